"""The one tree of errors.

Every error a user can meet says what was found, what was expected and the next step::

    NanocaliperError
    ├── UsageError            an option or argument makes no sense (exit status 2)
    ├── ReadError             a file is missing, unreadable, damaged or not an image
    │   └── UnsupportedImageError   a readable image of a kind that cannot be measured
    ├── CalibrationError      a scale is impossible (zero, negative, not finite)
    ├── ModelError            a network's card or weights are missing, damaged or unknown
    ├── SegmentationError     segmentation cannot run on this image with these settings
    ├── EditError             a correction by hand makes no sense for this image
    ├── StatisticsError       sizes, weights or settings of a statistic are impossible; also a ValueError
    ├── OutputError           results cannot be written
    └── RequestError          the workbench was asked for what is not there or cannot be; has an HTTP status
"""

__all__ = [
    "CalibrationError",
    "EditError",
    "ModelError",
    "NanocaliperError",
    "OutputError",
    "ReadError",
    "RequestError",
    "SegmentationError",
    "StatisticsError",
    "UnsupportedImageError",
    "UsageError",
]


class NanocaliperError(Exception):
    """Base of every error raised on purpose; its message is one clear sentence for the user."""


class UsageError(NanocaliperError):
    """An option or argument makes no sense."""


class ReadError(NanocaliperError):
    """A file is missing, unreadable, damaged or not an image."""


class UnsupportedImageError(ReadError):
    """A readable image of a kind that cannot be measured."""


class CalibrationError(NanocaliperError):
    """A scale is impossible: zero, negative or not finite."""


class ModelError(NanocaliperError):
    """A network's card or weights are missing, damaged or unknown."""


class SegmentationError(NanocaliperError):
    """Segmentation cannot run on this image with these settings."""


class EditError(NanocaliperError):
    """A correction by hand makes no sense: its form is wrong, or it names what is not in the image."""


class StatisticsError(NanocaliperError, ValueError):
    """Sizes, weights or settings of a statistic are impossible."""


class OutputError(NanocaliperError):
    """Results cannot be written where they were asked for."""


class RequestError(NanocaliperError):
    """The workbench was asked for something that is not there, not allowed, or not possible now.

    Parameters
    ----------
    message : str
        One clear sentence.
    status : int
        Of the HTTP answer.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
