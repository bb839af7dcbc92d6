"""Which networks are there: the shipped ones and folders a user points at."""

from importlib import resources
from pathlib import Path

from nanocaliper.errors import ModelError
from nanocaliper.inference.model_card import ModelCard, read_card

__all__ = ["DEFAULT_MODEL", "find_model", "shipped_models"]

#: The network used where the user names none.
DEFAULT_MODEL = "particle_unet"


def _shipped_folder() -> Path:
    return Path(str(resources.files("nanocaliper"))) / "models"


def shipped_models() -> dict[str, ModelCard]:
    """Cards of the shipped networks, by name, sorted."""
    folders = sorted(card.parent for card in _shipped_folder().glob("*/card.toml"))
    return {folder.name: read_card(folder) for folder in folders}


def find_model(name: str) -> ModelCard:
    """Find a network by the name of a shipped one or the path of a folder with ``card.toml``.

    Parameters
    ----------
    name : str

    Returns
    -------
    ModelCard

    Raises
    ------
    ModelError
        If there is no such network, or its card is damaged.
    """
    shipped = _shipped_folder() / name
    if name and Path(name).name == name and (shipped / "card.toml").is_file():
        return read_card(shipped)
    if (Path(name) / "card.toml").is_file():
        return read_card(Path(name))
    known = ", ".join(["threshold", *shipped_models()])
    raise ModelError(
        f"No model {name!r}: it is neither one of {known} nor a folder with a card.toml. "
        "'nanocaliper models' lists what is there."
    )
