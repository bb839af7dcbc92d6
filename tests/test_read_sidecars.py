"""Text files that instruments write beside an image: read where they are its own, refused in words where not."""

import hashlib
import json
from pathlib import Path

import pytest
import tifffile
from PIL import Image

from hand_made_instruments import (
    COLS,
    GREY,
    ROWS,
    hitachi_text,
    jeol_text,
    tescan_text,
    write_ome,
    write_tescan,
    write_thermo,
    write_with_sidecar,
)
from nanocaliper.micrograph.acquisition import Acquisition
from nanocaliper.micrograph.formats.sidecars.texts import (
    decode_text,
    read_count_pair,
    read_keys,
    read_number,
    read_quantity,
)
from nanocaliper.micrograph.read import read

TEXTS = {
    "hitachi": ("a.txt", hitachi_text(5.0)),
    "jeol": ("a.txt", jeol_text(200, "1um")),
    "tescan": ("a-tif.hdr", tescan_text("5e-9", "5e-9")),
}


@pytest.mark.parametrize("maker", TEXTS)
@pytest.mark.parametrize("ending", ["tif", "png", "bmp", "jpg"])
def test_every_maker_beside_every_format(tmp_path: Path, maker: str, ending: str) -> None:
    name, text = TEXTS[maker]
    path = write_with_sidecar(tmp_path / f"a.{ending}", name.replace("-tif", f"-{ending}"), text)
    micrograph = read(path)
    assert micrograph.nm_per_px == pytest.approx(5.0, rel=1e-9)
    assert micrograph.warnings == ()
    assert micrograph.acquisition is not None
    assert micrograph.acquisition.voltage_kv == 15.0
    assert micrograph.acquisition.acquired_at == "2019-03-12T10:22:13"
    used = micrograph.metadata["sidecar"]
    assert used["maker"].lower() == maker
    assert used["sha256"] == hashlib.sha256((tmp_path / used["name"]).read_bytes()).hexdigest()
    json.dumps(dict(micrograph.metadata), allow_nan=False)


@pytest.mark.parametrize("maker", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_every_encoding(tmp_path: Path, maker: str, encoding: str) -> None:
    name, text = TEXTS[maker]
    text = text.replace("1um", "1µm").replace("WorkingDistance=8100 um", "WorkingDistance=8100 µm")
    micrograph = read(write_with_sidecar(tmp_path / "a.tif", name, text, encoding))
    assert micrograph.nm_per_px == pytest.approx(5.0)
    assert micrograph.warnings == ()
    assert micrograph.acquisition is not None
    assert micrograph.acquisition.working_distance_mm == {"hitachi": 8.1}.get(maker, 10.0)


def test_hitachi_record(tmp_path: Path) -> None:
    micrograph = read(write_with_sidecar(tmp_path / "a.tif", "a.TXT", hitachi_text(5.0)))
    assert micrograph.acquisition == Acquisition(
        "Hitachi",
        instrument="SU8230",
        voltage_kv=15.0,
        magnification=10000.0,
        working_distance_mm=8.1,
        detector="SE(U)",
        acquired_at="2019-03-12T10:22:13",
        rows=ROWS,
        cols=COLS,
    )


@pytest.mark.parametrize("name", ["a-tif.hdr", "a.tif.hdr", "a.hdr"])
def test_names_of_tescan(tmp_path: Path, name: str) -> None:
    path = write_with_sidecar(tmp_path / "a.tif", name, TEXTS["tescan"][1])
    assert read(path).nm_per_px == pytest.approx(5.0)


def test_tescan_with_two_beams_does_not_say_which(tmp_path: Path) -> None:
    text = TEXTS["tescan"][1] + "[FIB]\r\nHV=30000\r\nWD=0.006\r\n"
    micrograph = read(write_with_sidecar(tmp_path / "a.tif", "a.hdr", text))
    assert micrograph.nm_per_px == pytest.approx(5.0)
    record = micrograph.acquisition
    assert record is not None
    assert (record.voltage_kv, record.working_distance_mm, record.detector) == (None, None, None)
    assert record.magnification == 5000.0


@pytest.mark.parametrize(
    ("name", "own"),
    [("a.tif", True), ("A.TIF", True), ("C:\\data\\a.bmp", True), ("b.tif", False), ("a_2.tif", False)],
)
def test_sidecar_that_names_another_image(tmp_path: Path, name: str, own: bool) -> None:
    micrograph = read(write_with_sidecar(tmp_path / "a.tif", "a.txt", hitachi_text(5.0, name)))
    assert micrograph.nm_per_px == (pytest.approx(5.0) if own else None)
    assert "sidecar" not in micrograph.metadata or own
    if not own:
        assert len(micrograph.warnings) == 1
        for part in ("Hitachi's text file 'a.txt'", "was not used", repr(name)):
            assert part in micrograph.warnings[0]
        assert micrograph.acquisition is None


@pytest.mark.parametrize("maker", ["hitachi", "jeol"])
def test_sidecar_of_an_image_of_another_width(tmp_path: Path, maker: str) -> None:
    text = TEXTS[maker][1].replace(str(COLS), "1280")
    micrograph = read(write_with_sidecar(tmp_path / "a.tif", "a.txt", text))
    assert micrograph.nm_per_px is None
    assert micrograph.acquisition is None
    assert len(micrograph.warnings) == 1
    for part in (f"1280 x {ROWS} px and 5 nm per pixel", f"{COLS} x {ROWS} px", "--nm-per-px"):
        assert part in micrograph.warnings[0]


def test_rows_of_the_data_bar_may_differ(tmp_path: Path) -> None:
    """JEOL's full size is that of the scan, without the bar below it."""
    text = jeol_text(200, "1um", size=f"{COLS} {ROWS - 8}")
    micrograph = read(write_with_sidecar(tmp_path / "a.tif", "a.txt", text))
    assert micrograph.nm_per_px == pytest.approx(5.0)
    assert "rows were cut off or added" in micrograph.warnings[0]


@pytest.mark.parametrize(
    ("pixel", "expected", "word"),
    [
        ("4.960938", 4.960938, None),
        ("4.96e0", 4.96, None),
        ("", None, None),
        ("0", None, "impossible"),
        ("-4.9", None, "impossible"),
        ("1e999", None, "impossible"),
        ("4.9 nm", None, "no number"),
        ("4,9", None, "no number"),
        ("nan", None, "no number"),
        ("４.９", None, "no number"),
        ("4" * 5000, None, "no number"),
    ],
)
def test_hitachi_sizes(tmp_path: Path, pixel: str, expected: float | None, word: str | None) -> None:
    micrograph = read(write_with_sidecar(tmp_path / "a.tif", "a.txt", hitachi_text(pixel)))
    assert micrograph.nm_per_px == (None if expected is None else pytest.approx(expected, rel=1e-9))
    assert len(micrograph.warnings) == (word is not None)
    if word is not None:
        assert word in micrograph.warnings[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "diameter_nm\n5.1\n5.3\n",
        "PixelSize=5\n",
        "ENVI\nsamples = 512\n",
        "$ echo CM_MAG\n",
        "\0" * 500,
        "[MAIN]\nA=1",
    ],
)
def test_text_of_another_kind_is_passed_over(tmp_path: Path, text: str) -> None:
    path = write_with_sidecar(tmp_path / "a.tif", "a.txt", text)
    (tmp_path / "a.hdr").write_text(text, encoding="utf-8")
    micrograph = read(path)
    assert micrograph.nm_per_px is None
    assert micrograph.warnings == ()


def test_sidecar_far_too_long(tmp_path: Path) -> None:
    path = write_with_sidecar(tmp_path / "a.tif", "a.txt", hitachi_text(5.0) + "x" * 1_000_000)
    micrograph = read(path)
    assert micrograph.nm_per_px is None
    assert "over 1,000,000 bytes" in micrograph.warnings[0]
    # Not one of these files at all: somebody's data.
    (tmp_path / "a.txt").write_text("1 2 3\n" * 300_000, encoding="utf-8")
    assert read(path).warnings == ()


def test_folder_named_like_a_sidecar(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "a.tif")
    (tmp_path / "a.txt").mkdir()
    assert read(tmp_path / "a.tif").warnings == ()


def test_sidecar_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_with_sidecar(tmp_path / "a.tif", "a.txt", hitachi_text(5.0))
    true_open = Path.open

    def refuse(self: Path, *arguments: object, **named: object) -> object:
        if self.suffix == ".txt":
            raise PermissionError(13, "Permission denied")
        return true_open(self, *arguments, **named)

    monkeypatch.setattr(Path, "open", refuse)
    micrograph = read(path)
    assert micrograph.nm_per_px is None
    assert "cannot be read (Permission denied)" in micrograph.warnings[0]


def test_image_and_sidecar_that_agree(tmp_path: Path) -> None:
    path = write_tescan(tmp_path / "a.tif", "5e-9", "5e-9")
    (tmp_path / "a-tif.hdr").write_text(tescan_text("5.00001e-9", "5.00001e-9"), encoding="utf-8")
    micrograph = read(path)
    assert micrograph.nm_per_px == pytest.approx(5.0, rel=1e-9)
    assert micrograph.warnings == ()


def test_image_and_sidecar_that_contradict_each_other(tmp_path: Path) -> None:
    path = write_thermo(tmp_path / "a.tif", 5e-9, 5e-9)
    (tmp_path / "a.txt").write_text(hitachi_text(7.0), encoding="utf-8")
    micrograph = read(path)
    assert micrograph.nm_per_px is None
    assert len(micrograph.warnings) == 1
    for part in ("The image gives 5 nm per pixel", "Hitachi's text file 'a.txt' beside it 7", "--nm-per-px"):
        assert part in micrograph.warnings[0]


def test_same_doubt_is_told_once(tmp_path: Path) -> None:
    path = write_tescan(tmp_path / "a.tif", "5e-9", "6e-9")
    (tmp_path / "a-tif.hdr").write_text(tescan_text("5e-9", "6e-9"), encoding="utf-8")
    assert len(read(path).warnings) == 1


def test_sidecar_fills_what_the_image_leaves_open(tmp_path: Path) -> None:
    path = write_ome(tmp_path / "a.tif", "")
    (tmp_path / "a.txt").write_text(hitachi_text(5.0), encoding="utf-8")
    micrograph = read(path)
    assert micrograph.nm_per_px == pytest.approx(5.0)
    assert "hitachi" in micrograph.metadata


def test_image_without_neighbours(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", GREY)
    micrograph = read(tmp_path / "a.tif")
    assert micrograph.acquisition is None
    assert "sidecar" not in micrograph.metadata


def test_lines_and_numbers() -> None:
    assert read_keys("junk\0\0A=1\r\n[ S ]\n b = 2=3 \nb=4\nno key") == {"": {"A": "1"}, "S": {"b": "2=3"}}
    assert read_quantity("15000 Volt") == (15000.0, "Volt")
    assert read_quantity("-1.5e-3um") == (-0.0015, "um")
    assert read_quantity(" um") is None
    assert read_number("1_000") is None
    assert read_number("0x10") is None
    assert read_number("infinity") is None
    assert read_number("٥") is None
    assert (
        read_count_pair("1280x960")
        == read_count_pair("1280 * 960")
        == read_count_pair("1280 960")
        == (1280, 960)
    )
    assert read_count_pair("1280x960x3") is None
    assert decode_text(b"\xb5m") == "µm"
    assert decode_text(b"") == ""
