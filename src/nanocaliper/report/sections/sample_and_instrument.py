"""The section on sample and instrument: what the laboratory says, and what the images' metadata say."""

from collections.abc import Mapping
from typing import Any

from nanocaliper.report.report_content import Block, Column, Paragraph, Section, Table
from nanocaliper.report.report_details import DETAIL_FIELDS
from nanocaliper.report.report_material import ReportMaterial
from nanocaliper.report.report_text import Blank, Cell

__all__ = ["make_sample_and_instrument"]

_OPTIONAL = ("storage", "operator", "instrument", "comment", "working_distance")
_KEYS = ("maker", "instrument", "voltage_kv", "magnification", "working_distance_mm", "detector")


def make_sample_and_instrument(material: ReportMaterial) -> tuple[Section, ...]:
    """Make the sections on samples and instrument.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    tuple of Section
    """
    details = material.details
    samples: list[Block] = []
    for number, sample in enumerate(material.samples):
        rows = _list_fields("sample", details.find_sample(sample.name))
        rows.insert(0, ("Sample", sample.name))
        samples.append(
            Table(
                f"table:sample:{number}",
                f"Sample {sample.name}",
                (Column("", 1.0), Column("", 2.0)),
                tuple(rows),
            )
        )
    instrument: list[Block] = [
        Table(
            "table:instrument",
            "Instrument, as the laboratory states",
            (Column("", 1.0), Column("", 2.0)),
            tuple(_list_fields("instrument", details.instrument)),
        )
    ]
    acquisition = _tabulate_acquisition(material)
    instrument.append(
        acquisition
        or Paragraph("The image files say nothing of instrument, voltage, magnification or detector.", "note")
    )
    return (
        Section("Sample and instrument", (), key="section:sample"),
        Section("Sample" if len(material.samples) == 1 else "Samples", tuple(samples), 2),
        Section("Instrument and acquisition", tuple(instrument), 2),
    )


def _list_fields(group: str, given: Mapping[str, str]) -> list[tuple[Cell, ...]]:
    return [
        (label, given[name] if name in given else (Blank(label),))
        for name, label in DETAIL_FIELDS[group].items()
        if name in given or name not in _OPTIONAL
    ]


def _tabulate_acquisition(material: ReportMaterial) -> Table | None:
    """A row for each way in which images were taken."""
    groups: dict[tuple[Any, ...], list[tuple[str, str]]] = {}
    for image in material.images:
        taken = image.result["image"].get("acquisition")
        if taken:
            key = tuple(taken.get(name) for name in _KEYS)
            groups.setdefault(key, []).append((image.name, taken.get("acquired_at") or ""))
    if not groups:
        return None
    rows = []
    for (maker, instrument, voltage, magnification, distance, detector), members in groups.items():
        dates = sorted(when for _, when in members if when)
        when = "–" if not dates else dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
        rows.append(
            (
                members[0][0] if len(members) == 1 else f"{len(members)} images, the first {members[0][0]}",
                " ".join(str(part) for part in (maker, instrument) if part),
                "–" if voltage is None else f"{voltage:g}",
                "–" if magnification is None else f"{magnification:,.0f} ×",
                "–" if distance is None else f"{distance:g}",
                detector or "–",
                when,
            )
        )
    columns = (
        Column("Images", 1.6),
        Column("Instrument", 1.5),
        Column("Voltage / kV", 0.8, True),
        Column("Magnification", 1.1, True),
        Column("Working distance / mm", 0.9, True),
        Column("Detector", 1.0),
        Column("Taken", 1.5),
    )
    return Table(
        "table:acquisition", "Acquisition, as the metadata of the image files say", columns, tuple(rows)
    )
