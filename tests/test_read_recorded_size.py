"""Images that were cropped, resampled or extended after they were taken."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from hand_made_instruments import (
    COLS,
    GREY,
    ROWS,
    ome_xml,
    write_tescan,
    write_thermo,
    write_tiff,
    write_zeiss,
)
from nanocaliper.micrograph.read import read


def crop(rows: int, cols: int) -> np.ndarray:
    return np.ascontiguousarray(np.tile(GREY, (2, 2))[:rows, :cols])


@pytest.mark.parametrize("cols", [300, 256, 511, 1024])
def test_cropped_or_resampled_images_are_noticed(tmp_path: Path, cols: int) -> None:
    image = crop(ROWS, cols)
    paths = [
        write_thermo(tmp_path / "thermo.tif", 5e-9, 5e-9, image=image),
        write_zeiss(tmp_path / "zeiss.tif", 2.5e-9, image=image),
        write_tiff(
            tmp_path / "ome.tif",
            [(270, 2, 0, ome_xml('PhysicalSizeX="0.005" PhysicalSizeY="0.005"'), True)],
            image,
        ),
    ]
    for path in paths:
        micrograph = read(path)
        assert micrograph.nm_per_px is None
        assert len(micrograph.warnings) == 1
        for part in ("5 nm per pixel", f"{COLS} x {ROWS} px", f"{cols} x {ROWS} px", "--nm-per-px"):
            assert part in micrograph.warnings[0], path.name


def test_zeiss_without_a_stored_size(tmp_path: Path) -> None:
    assert read(write_zeiss(tmp_path / "a.tif", 5e-9, stored="")).nm_per_px == pytest.approx(10.0)
    # The same field stored with 1024 columns.
    wide = write_zeiss(tmp_path / "b.tif", 5e-9, stored="", image=crop(ROWS, 1024))
    assert read(wide).nm_per_px == pytest.approx(5.0)
    micrograph = read(write_zeiss(tmp_path / "c.tif", 5e-9, stored="", image=crop(ROWS, 500)))
    assert micrograph.nm_per_px is None
    assert "500 columns" in micrograph.warnings[0]


def test_rows_cut_off_or_added_keep_the_scale(tmp_path: Path) -> None:
    for rows in (50, 80):
        micrograph = read(write_thermo(tmp_path / "a.tif", 5e-9, 5e-9, image=crop(rows, COLS)))
        assert micrograph.nm_per_px == pytest.approx(5.0)
        assert len(micrograph.warnings) == 1
        assert f"{rows} rows, but had {ROWS}" in micrograph.warnings[0]


def test_data_bar_needs_no_word(tmp_path: Path) -> None:
    bar = np.zeros((16, COLS), np.uint8)
    cv2.putText(bar, "5.00 kV 5000 x 10 mm", (20, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 255)
    with_bar = np.vstack([crop(100, COLS), bar])
    named = write_thermo(tmp_path / "a.tif", 5e-9, 5e-9, rows=100, bar=16, image=with_bar)
    found = write_thermo(tmp_path / "b.tif", 5e-9, 5e-9, rows=100, image=with_bar)
    for path in (named, found):
        micrograph = read(path)
        assert micrograph.nm_per_px == pytest.approx(5.0)
        assert micrograph.warnings == ()


def test_data_bar_of_another_height_tells_that_the_image_was_resampled(tmp_path: Path) -> None:
    """TESCAN records no width; its bar gives a shrunk image away."""
    bar = np.zeros((24, COLS), np.uint8)
    cv2.putText(bar, "5.00 kV 5000 x 10 mm", (20, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 255)
    with_bar = np.vstack([crop(100, COLS), bar])
    for strip, expected in ((24, 5.0), (0, 5.0), (48, None), (12, None)):
        path = write_tescan(tmp_path / "a.tif", "5e-9", "5e-9", strip, with_bar)
        micrograph = read(path)
        assert [one.height for one in micrograph.data_strips] == [24]
        assert micrograph.nm_per_px == (None if expected is None else pytest.approx(expected))
        assert bool(micrograph.warnings) == (expected is None)
    assert "a data bar of 12 rows, but the bar in the image has 24" in micrograph.warnings[0]
