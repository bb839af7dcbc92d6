"""Which images the training of a model has seen, as far as its card says."""

from pathlib import Path

from nanocaliper.cli.scored_images import TrueImages
from nanocaliper.errors import UsageError
from nanocaliper.inference.catalogue import find_model
from nanocaliper.inference.model_card import ModelCard
from nanocaliper.segmentation.parting import THRESHOLD

__all__ = ["describe_training", "find_fold_models", "warn_of_seen"]


def _held_out(card: ModelCard) -> str | None:
    """The fold that training did not see; None where the card names none."""
    fold = card.training.get("held_out_fold")
    return None if fold is None else str(fold)


def describe_training(model: str) -> str | None:
    """Say what the card of a model says of its training images; None where it says nothing."""
    data = None if model == THRESHOLD else find_model(model).training.get("data")
    return None if data is None else str(data)


def warn_of_seen(model: str, images: TrueImages) -> tuple[str, ...]:
    """Say how many images are of folds that the model may have been trained on.

    Parameters
    ----------
    model : str
    images : TrueImages

    Returns
    -------
    tuple of str
        Nothing where the card names no fold, or the images have none.
    """
    if model == THRESHOLD:
        return ()
    card = find_model(model)
    held_out = _held_out(card)
    folds = [images.fold_of[name] for name in images.folder.names if name in images.fold_of]
    seen = sum(fold != held_out for fold in folds)
    if held_out is None or not seen:
        return ()
    return (
        f"The card of '{card.name}' says that training held out fold {held_out} alone, and {seen} of the "
        f"{len(images.folder)} images are of other folds: if these are the folds of that training, it has seen "
        f"them, and the scores are too good. --fold {held_out} scores what it has not seen.",
    )


def find_fold_models(folder: str, images: TrueImages) -> dict[str, str]:
    """Find a model for each fold: ``fold0``, ``fold1``, ... below a folder.

    Parameters
    ----------
    folder : str
        What the user names as model.
    images : TrueImages

    Returns
    -------
    dict of str to str
        Model folders by fold; nothing where `folder` is itself a model.

    Raises
    ------
    UsageError
        If an image's fold has no model, or a model has not been trained without its fold.
    ModelError
        If a card is damaged.
    """
    if (Path(folder) / "card.toml").is_file() or not list(Path(folder).glob("fold*/card.toml")):
        return {}
    homeless = [name for name in images.folder.names if name not in images.fold_of]
    if homeless:
        raise UsageError(
            f"'{folder}' has a model for each fold, but the image '{homeless[0]}' is in none: name its fold in "
            "folds.csv, or pass --folds."
        )
    models = {}
    for fold in sorted(set(images.fold_of.values())):
        path = Path(folder) / f"fold{fold}"
        if not (path / "card.toml").is_file():
            raise UsageError(
                f"There is no model '{path}' for the images of fold {fold}; add it, or pass --fold."
            )
        held_out = _held_out(find_model(str(path)))
        if held_out != fold:
            raise UsageError(
                f"The card of '{path}' has {held_out} as training.held_out_fold; expected {fold}: each model is "
                "scored on images that it did not see."
            )
        models[fold] = str(path)
    return models
