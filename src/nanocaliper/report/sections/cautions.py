"""All warnings in one place."""

from collections import Counter

from nanocaliper.report.report_content import Block, Bullets, Paragraph, Section
from nanocaliper.report.report_material import ReportMaterial
from nanocaliper.report.report_text import Cell, Strong

__all__ = ["make_cautions"]

_MOST_NAMED = 5


def make_cautions(material: ReportMaterial) -> tuple[Section, ...]:
    """Make the section of warnings.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    tuple of Section
    """
    items: list[Cell] = []
    if material.failed:
        items.append(f"{len(material.failed)} images or samples could not be used; they are in no statistic.")
    for sample in material.samples:
        prefix: Cell = (Strong(f"{sample.name}: "),) if len(material.samples) > 1 else ()
        items += [(*prefix, warning) for warning in sample.analysis.warnings]
    conflicts = [image.name for image in material.images if image.result["conflict"]]
    if conflicts:
        items.append(
            f"Metadata and printed bar disagree on {len(conflicts)} images: {_name_some(conflicts)}."
        )
    warnings = Counter(text for image in material.images for text in image.result["warnings"])
    for text, number in warnings.items():
        named = [image.name for image in material.images if text in image.result["warnings"]]
        of = named[0] if number == 1 else f"{number} images ({_name_some(named)})"
        items.append((Strong(f"{of}: "), text))
    blocks: tuple[Block, ...] = (Bullets(tuple(items)),) if items else (Paragraph("None."),)
    return (Section("Warnings", blocks, key="section:warnings"),)


def _name_some(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
