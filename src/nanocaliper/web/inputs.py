"""What requests may hold."""

from typing import Annotated, Literal

from pydantic import Field

from nanocaliper.inference.catalogue import DEFAULT_MODEL
from nanocaliper.micrograph.pixel_limits import LARGEST_PIXEL_NM, SMALLEST_PIXEL_NM
from nanocaliper.web.api import Input

__all__ = [
    "Binned",
    "Compared",
    "ImageChange",
    "ImageChoice",
    "MarkedBar",
    "Measured",
    "MeasuredQuickly",
    "Named",
    "Notes",
    "Parting",
    "Reported",
    "SampleChange",
    "SampleNew",
    "Scale",
    "Settings",
    "SettingsChange",
    "Since",
    "Window",
]

Id = Annotated[int, Field(ge=1, le=2**53)]
Text = Annotated[str, Field(max_length=10_000)]
Point = tuple[Annotated[float, Field(ge=-1e7, le=1e7)], Annotated[float, Field(ge=-1e7, le=1e7)]]
Reach = Literal["image", "sample", "project"]
#: How a network that says particle or background for each pixel parts touching particles.
Parting = Literal["components", "watershed"]


class Named(Input):
    """A name."""

    name: str


class Notes(Input):
    """Free text about a sample."""

    material: Text | None = None
    operator: Text | None = None
    preparation: Text | None = None
    instrument: Text | None = None
    comment: Text | None = None


class SampleNew(Input):
    """A sample to be made."""

    name: str
    notes: Notes = Notes()


class SampleChange(Input):
    """What changes of a sample."""

    name: str | None = None
    notes: Notes | None = None


class ImageChange(Input):
    """What changes of an image."""

    name: str | None = None
    sample: Id | None = None


class ImageChoice(Input):
    """Some images of a project; null is all."""

    images: list[Id] | None = Field(None, max_length=100_000)


class Settings(Input):
    """How an image is measured; ``model``, ``split``, ``parting`` and ``page`` need the network again."""

    model: str = Field(DEFAULT_MODEL, max_length=200)
    split: float = Field(0.0, ge=-3, le=3)
    parting: Parting | None = None
    confidence: float | None = Field(None, ge=0, le=1)
    diameter_min_px: float | None = Field(None, ge=0, le=1e6)
    diameter_min_nm: float | None = Field(None, ge=0, le=1e9)
    border: Literal["leave_out", "count"] = "leave_out"
    page: int = Field(0, ge=0, le=1_000_000)


class SettingsChange(Input):
    """Settings that change; those that are not given stay."""

    model: str | None = Field(None, max_length=200)
    split: float | None = Field(None, ge=-3, le=3)
    parting: Parting | None = None
    confidence: float | None = Field(None, ge=0, le=1)
    diameter_min_px: float | None = Field(None, ge=0, le=1e6)
    diameter_min_nm: float | None = Field(None, ge=0, le=1e9)
    border: Literal["leave_out", "count"] | None = None
    page: int | None = Field(None, ge=0, le=1_000_000)
    apply_to: Reach = "image"


class MarkedBar(Input):
    """A scale bar that a person marked: its two ends in px, and what its label says."""

    start: Point
    stop: Point
    value: float = Field(gt=0, le=1e9)
    unit: Literal["pm", "A", "nm", "um", "mm", "cm", "m"]


class Scale(Input):
    """Where the scale comes from; the source ``user`` needs ``nm_per_px`` or ``bar``."""

    source: Literal["auto", "metadata", "bar", "user"]
    nm_per_px: float | None = Field(None, ge=SMALLEST_PIXEL_NM, le=LARGEST_PIXEL_NM)
    relative_uncertainty: float | None = Field(None, ge=0, le=1)
    bar: MarkedBar | None = None
    apply_to: Reach = "image"


class Since(Input):
    """The last change that the page knows of."""

    since: int = Field(0, ge=0, le=2**53)


class Binned(Input):
    """Which projects are listed."""

    deleted: bool = False


class Window(Input):
    """Grey values that become black and white; by default those of the picture's own window."""

    low: float | None = None
    high: float | None = None


class Measured(Input):
    """Which length statistics are made of, and what they count."""

    measurand: str = Field("diameter_equivalent", max_length=60)
    basis: Literal["number", "area", "volume"] = "number"


class MeasuredQuickly(Measured):
    """The same; ``full`` adds what takes seconds: bootstrap, fits, mixtures."""

    full: bool = False


class Compared(Measured):
    """The same, of several samples: their ids with commas."""

    samples: str | None = Field(None, pattern=r"^[0-9]{1,15}(,[0-9]{1,15}){0,99}$")


class Reported(Input):
    """Which samples: their ids with commas."""

    samples: str | None = Field(None, pattern=r"^[0-9]{1,15}(,[0-9]{1,15}){0,99}$")
