"""Checks of the options of a scene."""

from nanocaliper.errors import UsageError

__all__ = ["require", "require_share"]


def require(condition: bool, name: str, found: object, expected: str) -> None:
    """Refuse an option that makes no sense.

    Parameters
    ----------
    condition : bool
        Whether the option is right.
    name : str
        Its name.
    found : object
        Its value.
    expected : str
        What it may be.

    Raises
    ------
    UsageError
        If the condition is false.
    """
    if not condition:
        raise UsageError(f"Scene option {name} is {found!r}; expected {expected}. Change that option.")


def require_share(owner: object, *names: str) -> None:
    """Refuse options that are not between 0 and 1.

    Parameters
    ----------
    owner : object
        The record of options.
    *names : str
        Names of its fields.

    Raises
    ------
    UsageError
        If one of them is below 0 or above 1.
    """
    for name in names:
        value = getattr(owner, name)
        require(0 <= value <= 1, name, value, "a number from 0 to 1")
