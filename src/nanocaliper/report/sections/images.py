"""The section on the images: their scale, what was counted on them, and some of them to look at."""

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from nanocaliper.report.picture_view import choose_view
from nanocaliper.report.report_content import Block, Column, Figure, Paragraph, Picture, Section, Table
from nanocaliper.report.report_material import ReportImage, ReportMaterial, ReportSample
from nanocaliper.report.scale_words import name_source
from nanocaliper.report.written_numbers import write_percent, write_size
from nanocaliper.statistics.image_particles import ImageParticles

__all__ = ["MOST_ROWS", "choose_representative", "make_images"]

#: Longer tables of images are cut, and the report says so; the workbook has all.
MOST_ROWS = 100

_SHOWN_PX = 1600
_WIDTH_MM, _HEIGHT_MM = 150.0, 94.0
_QUALITY = 88


def make_images(material: ReportMaterial) -> tuple[Section, ...]:
    """Make the sections on the images.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    tuple of Section
    """
    several = len(material.samples) > 1
    rows = [
        (*((sample.name,) if several else ()), *_describe(image, sample))
        for sample in material.samples
        for image in sample.images
    ]
    columns = (
        *((Column("Sample", 1.0),) if several else ()),
        Column("Image", 2.0),
        Column("Pixel size / nm", 0.9, True),
        Column("Scale from", 1.4),
        Column("u of the reading", 0.9, True),
        Column("Field / px", 1.1, True),
        Column("Counted", 0.95, True),
        Column("Not counted", 0.95, True),
        Column("D50", 1.1, True),
    )
    blocks: list[Block] = [
        Table("table:images", "Images, their scale, and particles on them", columns, tuple(rows[:MOST_ROWS])),
        Paragraph(
            "u of the reading is the relative standard uncertainty with which the scale was read; what the "
            "instrument's "
            "own scale is off by is in the uncertainty budget. The field is the part of the image that "
            "shows the sample "
            "(rows × columns). SHA-256 digests of the files are in the workbook.",
            "note",
        ),
    ]
    if len(rows) > MOST_ROWS:
        blocks.append(
            Paragraph(f"The first {MOST_ROWS} of {len(rows)} images; all are in the workbook.", "note")
        )
    if material.failed:
        failures = tuple((name, why) for name, why in material.failed.items())
        blocks.append(
            Table(
                "table:failed",
                "Not measured or not analysed",
                (Column("What", 1.0), Column("Why", 2.5)),
                failures[:MOST_ROWS],
            )
        )
    shown: list[Block] = [
        Paragraph(
            "Chosen by rule: for each sample the image whose median diameter is nearest to that of all its "
            "particles, "
            "and the one whose median is furthest from it (by ratio). Every counted particle is outlined "
            "(colours only tell "
            "neighbours apart); dashed outlines are cut by the border and not counted. The scale bar is "
            "that of the image, "
            "marked where it was read; what is shaded blue was not measured."
        )
    ]
    for sample in material.samples:
        shown += _show_representative(sample, several)
    return (
        Section("Images", tuple(blocks), key="section:images"),
        Section("Representative images", tuple(shown), 2, "section:overlays"),
    )


def _describe(image: ReportImage, sample: ReportSample) -> tuple[str, ...]:
    particles, result = image.particles, image.result
    source = (
        name_source((result["calibration"] or {}).get("source"))
        if particles.nm_per_px
        else "none: sizes in px"
    )
    conflict = result["conflict"]
    if conflict:
        off = write_percent(abs(conflict["relative_difference"]))
        settled = f"settled by {name_source(conflict['settled_by'])}" if conflict["settled_by"] else "OPEN"
        source += f"; CONFLICT, metadata and bar differ by {off}, {settled}"
    alone = sample.analysis.images.get(image.name)
    if alone is None:
        return (
            image.name,
            _write_scale(particles),
            source,
            write_percent(particles.relative_uncertainty),
            f"{particles.field_rows} × {particles.field_cols}",
            "left out",
            "–",
            "–",
        )
    outlined = sum(alone.selection.left_out.values())
    not_outlined = sum(n for why, n in result["counts"]["left_out"].items() if why != "touches_border")
    d50 = alone.distribution.d50
    return (
        image.name,
        _write_scale(particles),
        source,
        write_percent(particles.relative_uncertainty),
        f"{particles.field_rows} × {particles.field_cols}",
        f"{alone.selection.sizes.size:,}",
        f"{outlined + not_outlined:,}",
        "–" if d50 is None else f"{write_size(d50)} {alone.unit}",
    )


def _write_scale(particles: ImageParticles) -> str:
    if particles.nm_per_px is None:
        return "–"
    return write_size(particles.nm_per_px, (particles.relative_uncertainty or 0.0) * particles.nm_per_px, 5)


def choose_representative(medians: Mapping[str, float], pooled: float) -> tuple[str, ...]:
    """Choose the images nearest to and furthest from a pooled median, by ratio.

    Parameters
    ----------
    medians : mapping of str to float
        Median size by image, positive.
    pooled : float

    Returns
    -------
    tuple of str
        None, one or two names; of equal ones the first.
    """
    distances = {name: abs(math.log(median / pooled)) for name, median in medians.items()}
    if not distances:
        return ()
    nearest = min(distances, key=lambda name: distances[name])
    furthest = max(distances, key=lambda name: distances[name])
    if nearest == furthest and len(distances) > 1:
        furthest = next(name for name in distances if name != nearest)
    return (nearest,) if nearest == furthest else (nearest, furthest)


def _show_representative(sample: ReportSample, several: bool) -> Sequence[Block]:
    pooled = sample.analysis.pooled.distribution.d50
    medians = {
        name: alone.distribution.d50
        for name, alone in sample.analysis.images.items()
        if alone.distribution.d50
    }
    chosen = choose_representative(medians, pooled) if pooled else tuple(sample.analysis.images)[:1]
    by_name = {image.name: image for image in sample.images}
    blocks: list[Block] = []
    for place, name in enumerate(chosen):
        try:
            picture = _open_picture(by_name[name])
        except (OSError, Image.DecompressionBombError):
            blocks.append(Paragraph(f"The picture of {name}, overlay.png, is missing or damaged.", "note"))
            continue
        role = (
            ""
            if len(chosen) == 1
            else ", nearest to the pooled median"
            if not place
            else ", furthest from the pooled median"
        )
        of = f"Sample {sample.name}: " if several else ""
        alone = sample.analysis.images[name]
        size = f", D50 {write_size(alone.distribution.d50)} {alone.unit}" if alone.distribution.d50 else ""
        counted = f"{alone.selection.sizes.size:,} counted particles{size}"
        blocks.append(
            Figure(
                f"figure:overlay:{sample.name}:{place}",
                f"{of}{name}{role}; {counted}",
                f"Micrograph {name} with the outlines of its particles; {counted}.",
                picture,
            )
        )
    return blocks


def _open_picture(image: ReportImage) -> Picture:
    """The overlay without its caption, whose small print would not be read: the report says the same."""
    with Image.open(image.folder / "overlay.png") as opened:
        picture: Any = opened.convert("RGB")
    shape = (int(image.result["image"]["rows"]), int(image.result["image"]["cols"]))
    rows, cols = choose_view(shape).shape
    if picture.width == cols and picture.height > rows:
        picture = picture.crop((0, 0, cols, rows))
    picture.thumbnail((_SHOWN_PX, _SHOWN_PX), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    # Thin coloured outlines need their colours at full resolution.
    picture.save(buffer, format="JPEG", quality=_QUALITY, subsampling=0, optimize=True)
    width = min(_WIDTH_MM, _HEIGHT_MM * picture.width / picture.height)
    return Picture(buffer.getvalue(), None, width, width * picture.height / picture.width)
