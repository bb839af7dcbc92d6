"""What the workbench takes at most."""

from dataclasses import dataclass

from nanocaliper.micrograph.formats import MAX_PIXELS

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """What the workbench takes at most.

    Parameters
    ----------
    upload_bytes : int
        Of one request.
    files : int
        Files of one request.
    pixels : int
        Of an image.
    patience_s : float
        How long an answer waits for another process.
    archive_patience_s : float
        The same for archives and exports of whole projects.
    """

    upload_bytes: int = 2 * 2**30
    files: int = 500
    pixels: int = MAX_PIXELS
    patience_s: float = 60.0
    archive_patience_s: float = 3600.0
