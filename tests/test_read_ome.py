"""OME-TIFF: units, several images, damaged and hostile XML."""

from pathlib import Path

import numpy as np
import pytest

from hand_made_instruments import (
    COLS,
    GREY,
    ome_xml,
    write_ome,
    write_tiff,
)
from nanocaliper.micrograph.read import read


@pytest.mark.parametrize(
    ("size", "unit", "expected"),
    [
        ("2.5", None, 2500.0),
        ("2.5", "Å", 0.25),
        ("2.5", "pm", 0.0025),
        ("2.5e-3", "µm", 2.5),
        ("2.5e-3", "μm", 2.5),
        ("2.5e-6", "mm", 2.5),
        ("2.5e-9", "m", 2.5),
        ("2500", "fm", 0.0025),
        ("1e-7", "in", 2.54),
        ("2.5", "pixel", None),
        ("2.5", "reference frame", None),
        ("0.0", "nm", None),
        ("-1", "nm", None),
        ("NaN", "nm", None),
        ("two", "nm", None),
    ],
)
def test_ome_units(tmp_path: Path, size: str, unit: str | None, expected: float | None) -> None:
    units = "" if unit is None else f'PhysicalSizeXUnit="{unit}" PhysicalSizeYUnit="{unit}"'
    micrograph = read(write_ome(tmp_path / "a.tif", f'PhysicalSizeX="{size}" PhysicalSizeY="{size}" {units}'))
    assert micrograph.nm_per_px == (None if expected is None else pytest.approx(expected, rel=1e-9))
    assert bool(micrograph.warnings) == (expected is None and unit not in ("pixel", "reference frame"))


def test_ome_without_a_size_has_none(tmp_path: Path) -> None:
    micrograph = read(write_ome(tmp_path / "a.tif", ""))
    assert micrograph.nm_per_px is None
    assert micrograph.warnings == ()


@pytest.mark.parametrize(
    "prologue",
    [
        '<!DOCTYPE OME [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE OME SYSTEM "file:///etc/passwd">',
        '<!doctype OME [<!entity x SYSTEM "http://example.org/">]>',
    ],
)
def test_entity_bombs_are_refused(tmp_path: Path, prologue: str) -> None:
    size = 'PhysicalSizeX="0.005" PhysicalSizeY="0.005" Name="&b;"'
    micrograph = read(write_ome(tmp_path / "a.tif", size, prologue))
    assert micrograph.nm_per_px is None
    assert np.array_equal(micrograph.pixels, GREY)
    assert len(micrograph.warnings) == 1
    assert "declares a document type or entities" in micrograph.warnings[0]


def test_damaged_ome_xml(tmp_path: Path) -> None:
    xml = ome_xml('PhysicalSizeX="0.005" PhysicalSizeY="0.005"').replace("</Pixels>", "")
    micrograph = read(write_tiff(tmp_path / "a.tif", [(270, 2, 0, xml, True)]))
    assert micrograph.nm_per_px is None
    assert "OME-XML is damaged" in micrograph.warnings[0]


def test_ome_images_that_differ(tmp_path: Path) -> None:
    size = 'PhysicalSizeX="0.005" PhysicalSizeY="0.005"'
    both = ome_xml(size).replace(
        "</OME>",
        ome_xml('PhysicalSizeX="0.007" PhysicalSizeY="0.007"').split("</Instrument>")[1],
    )
    micrograph = read(write_tiff(tmp_path / "a.tif", [(270, 2, 0, both, True)]))
    assert micrograph.nm_per_px is None
    assert "several images with different pixel sizes" in micrograph.warnings[0]
    # An overview of another width does not matter.
    overview = both.replace(f'SizeX="{COLS}"', 'SizeX="99"').replace('SizeX="99"', f'SizeX="{COLS}"', 1)
    assert read(write_tiff(tmp_path / "b.tif", [(270, 2, 0, overview, True)])).nm_per_px == pytest.approx(5)


@pytest.mark.parametrize("unit", ["мкм", "нм", "微米", "ｎｍ", "Ａ", "µ"])
def test_units_in_other_alphabets(tmp_path: Path, unit: str) -> None:
    pixels = f'PhysicalSizeX="1" PhysicalSizeXUnit="{unit}" PhysicalSizeY="1" PhysicalSizeYUnit="{unit}"'
    micrograph = read(write_ome(tmp_path / "a.tif", pixels))
    assert micrograph.nm_per_px is None
    assert micrograph.warnings == (
        f"The file gives its pixel size in {unit!r}, which is no unit that is known; it was not used.",
    )
