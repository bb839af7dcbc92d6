"""What is wrong with a data set, and where."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth a look.

    Parameters
    ----------
    severity : {'error', 'notice'}
        An error keeps the image from being used or makes training wrong; a notice may be as it should be.
    file : str
        The file below the data set's folder, with ``/``.
    sentence : str
        What was found, what was expected, what to do.
    """

    severity: Literal["error", "notice"]
    file: str
    sentence: str
