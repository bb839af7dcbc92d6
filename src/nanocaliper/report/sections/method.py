"""The section on the method: program, how outlines and scale came about, settings, edits by hand."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nanocaliper.particles.columns import COLUMNS
from nanocaliper.report.report_content import Block, Column, Paragraph, Section, Table
from nanocaliper.report.report_details import DETAIL_FIELDS
from nanocaliper.report.report_material import ReportImage, ReportMaterial
from nanocaliper.report.report_text import Blank, Cell, Ref
from nanocaliper.report.sections.summary import name_measurand
from nanocaliper.report.written_numbers import write_count, write_size

__all__ = ["count_edits", "make_method"]

_EDIT_NAMES = {
    "delete": "particles deleted",
    "restore": "particles restored",
    "draw": "particles drawn",
    "merge": "particles merged",
    "split": "particles split",
    "repaint": "outlines repainted",
    "set_class": "shape classes set",
    "exclude_region": "regions left out",
    "include_region": "regions taken in again",
}


def make_method(material: ReportMaterial) -> tuple[Section, ...]:
    """Make the sections on the method.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    tuple of Section
    """
    return (
        Section("Method", tuple(_describe_way(material)), key="section:method"),
        Section(
            "Settings", (_tabulate_settings(material), _tabulate_analysis(material)), 2, "section:settings"
        ),
        Section("Edits by hand", tuple(_describe_edits(material)), 2, "section:edits"),
    )


def _describe_way(material: ReportMaterial) -> list[Block]:
    pooled = material.samples[0].analysis.pooled
    meaning = COLUMNS[f"{pooled.selection.measurand}_px"].meaning.rstrip(".")
    counted = any(sample.analysis.pooled.selection.sizes.size for sample in material.samples)
    methods = {image.result["segmentation"]["method"] for image in material.images}
    blocks: list[Block] = [
        Paragraph(
            (
                f"Measurand: {name_measurand(material.samples[0])} of each particle ({meaning}), of the "
                "projection that the image shows; ",
                f"distributions by {pooled.options.basis} unless another basis is named.",
            ),
        )
    ]
    if methods - {"threshold"}:
        blocks.append(
            Paragraph(
                "Outlines: a neural network finds at every pixel whether it shows a particle, how far the "
                "particle's edge "
                "is, and whether two particles touch there; touching particles are parted by these. Each "
                "outline is the "
                "line on which the network's answer crosses its threshold, found between pixels, so that "
                "areas are known to "
                "fractions of a pixel."
            )
        )
    if "threshold" in methods:
        blocks.append(
            Paragraph(
                "Outlines by threshold: each outline is the line on which grey values cross a threshold "
                "chosen for the "
                "image, found between pixels."
            )
        )
    blocks += [
        Paragraph(
            (
                "Scale: from the file's metadata, the printed scale bar or the operator, as ",
                Ref("table:images"),
                " says for each image. Where metadata and bar disagree, neither is used until a person "
                "decides.",
            )
        ),
        Paragraph(
            (
                "Counting: particles wholly inside the field are counted; those that its border cuts are "
                "not, which is "
                "corrected for ",
                *(("in ", Ref("section:edges")) if counted else ("where it can be",)),
                ". Particles below the smallest diameter or the confidence named in ",
                Ref("table:settings"),
                " are left out, and counted by reason.",
            )
        ),
        Paragraph(
            "Intervals are of the bootstrap, or exact where order statistics give them; with several "
            "images, images are "
            "resampled, so that differences between them are in the interval. The uncertainty of results "
            "follows "
            "JCGM 100:2008 (GUM)."
        ),
    ]
    given = material.details.method
    rows: list[tuple[Cell, ...]] = [
        (label, given[name] if name in given else (Blank(label),))
        for name, label in DETAIL_FIELDS["method"].items()
    ]
    blocks.append(
        Table(
            "table:procedure",
            "Procedure, as the laboratory states",
            (Column("", 1.0), Column("", 2.0)),
            tuple(rows),
        )
    )
    return blocks


def _tabulate_settings(material: ReportMaterial) -> Table:
    """Settings of the measurement: one value where all images have it, else how many have which."""
    images = material.images

    def collect(read: Callable[[Mapping[str, Any]], Any]) -> str:
        found = Counter(_write(read(image.result)) for image in images)
        if len(found) == 1:
            return next(iter(found))
        listed = [f"{value} ({write_count(number, 'image')})" for value, number in found.most_common(4)]
        return "; ".join(listed) + ("; …" if len(found) > 4 else "")

    def setting(name: str) -> Callable[[Mapping[str, Any]], Any]:
        return lambda result: result["segmentation"]["settings"].get(name)

    def asked(name: str) -> Callable[[Mapping[str, Any]], Any]:
        return lambda result: result["provenance"]["settings"].get(name)

    rows: list[tuple[Cell, ...]] = [
        ("Program that measured", collect(lambda result: f"nanocaliper {result['provenance']['version']}")),
        ("Model", collect(lambda result: result["provenance"]["model"])),
        ("SHA-256 of the model's weights", collect(lambda result: result["provenance"]["model_sha256"])),
        ("Confidence (least score of a particle)", collect(setting("confidence"))),
        (
            "Smallest diameter kept / px",
            _range(images, "diameter_min_px") or collect(setting("diameter_min_px")),
        ),
        ("Working scale of the network", _range(images, "working_scale") or "–"),
        ("Scale given by the operator / (nm/px)", collect(asked("nm_per_px"))),
        ("Source of the scale, as asked", collect(asked("scale_source"))),
        ("Page of the file", collect(asked("page"))),
        ("Readier to split touching particles than tuned", collect(asked("split"))),
        ("Parting of touching particles, as asked", collect(asked("parting"))),
        ("Particles at the border, as asked", collect(asked("border"))),
    ]
    return Table(
        "table:settings",
        "Settings of the measurement",
        (Column("Setting", 1.0), Column("Value", 2.0)),
        tuple(rows),
    )


def _range(images: Sequence[ReportImage], name: str) -> str:
    values = [image.result["segmentation"]["settings"].get(name) for image in images]
    known = [float(value) for value in values if isinstance(value, int | float)]
    if len(known) < len(values) or min(known) == max(known):
        return ""
    return f"{write_size(min(known))} to {write_size(max(known))}, as the image needs"


def _write(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return "–" if value is None else str(value)


def _tabulate_analysis(material: ReportMaterial) -> Table:
    pooled, options = material.samples[0].analysis.pooled, material.options
    unit = pooled.unit
    rows: list[tuple[Cell, ...]] = [
        ("Program that made statistics and report", f"nanocaliper {material.version}"),
        ("Measurand", pooled.selection.column),
        ("Basis", options.basis),
        ("Confidence level", f"{100 * options.level:g} %"),
        ("Wanted precision", f"±{100 * options.precision:g} %"),
        ("Bootstrap replicates", f"{options.replicates:,}"),
        (
            "Seed of the resampling",
            ", ".join(str(sample.analysis.pooled.seed) for sample in material.samples),
        ),
        (
            "Detection limit",
            "none" if options.detection_limit is None else f"{options.detection_limit:g} {unit}",
        ),
        ("Shape class", options.shape or "all"),
        ("Particles cut by the border", "counted as if whole" if options.include_border else "not counted"),
    ]
    return Table(
        "table:analysis",
        "Settings of the statistics",
        (Column("Setting", 1.0), Column("Value", 2.0)),
        tuple(rows),
    )


def count_edits(images: Sequence[ReportImage]) -> Counter[str]:
    """Count the edits by hand in force on images, by kind.

    Parameters
    ----------
    images : sequence of ReportImage

    Returns
    -------
    Counter
        Empty where nothing was edited.
    """
    return Counter(
        str(edit.get("kind", "unknown"))
        for image in images
        for edit in (image.result.get("edits") or {}).get("list", ())
    )


def _describe_edits(material: ReportMaterial) -> list[Block]:
    counts = count_edits(material.images)
    if not counts:
        return [Paragraph("None: every outline is as the program found it.")]
    touched = sum(1 for image in material.images if count_edits([image]))
    edited: Counter[str] = Counter()
    for image in material.images:
        if "edited" in image.particles.table:
            marks = image.particles.table["edited"].fillna("").astype(str)
            edited.update(mark for mark in marks if mark)
    rows: list[tuple[Cell, ...]] = [
        (_EDIT_NAMES.get(kind, kind.replace("_", " ")), f"{number:,}")
        for kind, number in sorted(counts.items())
    ]
    sentence = (
        f"A person made {write_count(sum(counts.values()), 'edit')} on "
        f"{write_count(touched, 'image')} of {len(material.images):,}"
    )
    if edited:
        listed = ", ".join(f"{number} {mark}" for mark, number in sorted(edited.items()))
        particles = write_count(sum(edited.values()), "particle")
        sentence += f"; of the outlined particles {particles} were edited ({listed})"
    return [
        Paragraph((sentence, ": see ", Ref("table:edits"), ".")),
        Table(
            "table:edits",
            "Edits by hand, by kind",
            (Column("Edit", 2.0), Column("Number", 1.0, True)),
            tuple(rows),
        ),
    ]
