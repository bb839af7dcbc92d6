"""What answers hold; the OpenAPI document is made of these."""

from typing import Any, Literal

from pydantic import BaseModel

from nanocaliper.web.inputs import Parting

__all__ = [
    "About",
    "Changes",
    "Edited",
    "Edits",
    "Failure",
    "Image",
    "Images",
    "Particles",
    "Picture",
    "Project",
    "Sample",
    "Uploaded",
]


class Failure(BaseModel):
    """Why a request was not done."""

    error: str


class Model(BaseModel):
    """A network."""

    name: str
    summary: str
    confidence: float
    parting: Parting | None
    """How it parts touching particles unless told otherwise; null where there is no such choice."""
    takes_split: bool


class TakenLimits(BaseModel):
    """What is taken at most."""

    upload_bytes: int
    pixels: int


class About(BaseModel):
    """This program."""

    version: str
    models: list[Model]
    default_model: str
    extensions: list[str]
    sidecar_extensions: list[str]
    examples: list[str]
    shapes: list[str]
    measurands: list[str]
    limits: TakenLimits
    token_required: bool


class Project(BaseModel):
    """A project; times are UTC, ``deleted`` is null unless it is in the bin."""

    id: str
    name: str
    created: str
    modified: str
    deleted: str | None
    images: int
    samples: int
    particles: int
    error: str | None = None


class SampleNotes(BaseModel):
    """Free text about a sample."""

    material: str
    operator: str
    preparation: str
    instrument: str
    comment: str


class Sample(BaseModel):
    """A sample."""

    id: int
    name: str
    notes: SampleNotes
    created: str
    deleted: str | None


class StoredSettings(BaseModel):
    """How an image is measured."""

    model: str
    split: float
    parting: Parting | None
    confidence: float | None
    diameter_min_px: float | None
    diameter_min_nm: float | None
    border: Literal["leave_out", "count"]
    page: int


class StoredBar(BaseModel):
    """A scale bar a person marked; ends are [row, col] in px."""

    start: tuple[float, float]
    stop: tuple[float, float]
    value: float
    unit: str


class StoredScale(BaseModel):
    """Where the scale of an image comes from, as it was asked for."""

    source: Literal["auto", "metadata", "bar", "user"]
    nm_per_px: float | None
    relative_uncertainty: float | None
    bar: StoredBar | None


class EditCounts(BaseModel):
    """How many edits hold, and how many there are with those undone."""

    cursor: int
    total: int


class Image(BaseModel):
    """An image; what is not known yet is null."""

    id: int
    project: str
    sample: int | None
    name: str
    status: Literal["waiting", "measuring", "measured", "failed", "cancelled"]
    stage: str | None
    error: str | None
    position: int | None
    bytes: int
    rows: int | None
    cols: int | None
    bits: int | None
    page: int | None
    pages: int | None
    revision: int
    counted: int | None
    left_out: dict[str, int]
    candidates: int | None
    diameter_mean: float | None
    diameter_sd: float | None
    unit: Literal["nm", "px"] | None
    calibration: dict[str, Any] | None
    warnings: list[str]
    settings: StoredSettings
    scale: StoredScale
    edits: EditCounts
    seconds: float | None
    created: str
    deleted: str | None


class Images(BaseModel):
    """Some images."""

    images: list[Image]


class Refused(BaseModel):
    """A file that was not taken."""

    name: str
    error: str


class Uploaded(Images):
    """Images that were taken, and files that were not."""

    refused: list[Refused]


class Changes(Images):
    """What changed."""

    change: int
    removed: list[int]


class Level(BaseModel):
    """One size of a picture."""

    level: int
    factor: int
    rows: int
    cols: int


class Greys(BaseModel):
    """Two grey values."""

    low: float
    high: float


class Picture(BaseModel):
    """A picture in tiles."""

    rows: int
    cols: int
    tile: int
    levels: list[Level]
    window: Greys
    range: Greys
    histogram: list[int]


class Region(BaseModel):
    """A region that is left out."""

    region: int
    outline: list[tuple[float, float]]


class Counts(BaseModel):
    """How many particles count, and why others do not."""

    counted: int
    left_out: dict[str, int]


class Particles(BaseModel):
    """Particles; row k, state k and outline k (row, col, row, col, ...) belong together."""

    revision: int
    unit: Literal["nm", "px"]
    columns: list[str]
    rows: list[list[float | str | bool | None]]
    states: list[str]
    outlines: list[list[float]]
    regions: list[Region]
    counts: Counts


class ChangedParticles(Particles):
    """Particles that are new or differ, and the ids of those that are gone."""

    removed: list[int]


class Edited(BaseModel):
    """What edits changed."""

    image: Image
    changed: ChangedParticles


class StoredEdit(BaseModel):
    """An edit; those of one step are undone and redone together."""

    number: int
    step: int
    edit: dict[str, Any]
    at: str


class Edits(BaseModel):
    """The edits of an image; the first ``cursor`` hold."""

    cursor: int
    edits: list[StoredEdit]
