"""Files made to do harm: bombs, endless tables, pipes and links; one clear sentence, little memory, no scale."""

import json
import lzma
import os
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile

from hand_made_binary import make_velox, velox_metadata
from hand_made_instruments import (
    GREY,
    hitachi_text,
    ome_xml,
    tescan_text,
    thermo_text,
    write_jeol_sem,
    write_thermo,
    write_tiff,
    write_with_sidecar,
)
from nanocaliper.errors import ReadError, UsageError
from nanocaliper.micrograph.data_strip import find_data_strips
from nanocaliper.micrograph.find import find_images
from nanocaliper.micrograph.formats.decoded import DEEPEST, MOST_VALUES, limit_metadata
from nanocaliper.micrograph.formats.tiff_expansion import check_expansion
from nanocaliper.micrograph.read import read

SQUARE = 'PhysicalSizeX="5" PhysicalSizeXUnit="nm" PhysicalSizeY="5" PhysicalSizeYUnit="nm"'


def write_strips(path: Path, side: int, compression: int, packed: bytes, strips: int = 1) -> Path:
    """A grey TIFF of 8 bits whose strips are all the same bytes of the file."""
    at = 8 + len(packed) + len(packed) % 2
    arrays = at + 2 + 10 * 12 + 4
    entries = [
        *((256, 4, 1, side), (257, 4, 1, side), (258, 3, 1, 8), (259, 3, 1, compression), (262, 3, 1, 1)),
        (273, 4, strips, arrays if strips > 1 else 8),
        *((277, 3, 1, 1), (278, 4, 1, side // strips)),
        (279, 4, strips, arrays + 4 * strips if strips > 1 else len(packed)),
        (284, 3, 1, 1),
    ]
    content = (b"II*\0" + struct.pack("<I", at) + packed).ljust(at, b"\0") + struct.pack("<H", 10)
    content += b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(4)
    if strips > 1:
        content += struct.pack(f"<{2 * strips}I", *[8] * strips, *[len(packed)] * strips)
    path.write_bytes(content)
    return path


def pack(compression: int, nbytes: int) -> bytes:
    zeros = bytes(nbytes)
    if compression == 8:
        return zlib.compress(zeros)
    return lzma.compress(zeros, preset=0) if compression == 34925 else b"\x81\0" * (nbytes // 128)


@pytest.mark.parametrize(
    ("compression", "nbytes"), [(8, 150_000_000), (34925, 150_000_000), (32773, 140_000_000)]
)
def test_bomb_in_one_strip(tmp_path: Path, compression: int, nbytes: int) -> None:
    path = write_strips(tmp_path / "a.tif", 100, compression, pack(compression, nbytes))
    with pytest.raises(ReadError, match="unpack to more than the 100 x 100 px"):
        read(path)


def test_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not the package that would bound it is installed."""
    monkeypatch.setattr(tifffile.TiffPage, "asarray", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(ReadError, match="fill the memory"):
        read(write_strips(tmp_path / "a.tif", 100, 8, pack(8, 150_000_000)))


def test_strips_that_are_the_same_bytes(tmp_path: Path) -> None:
    path = write_strips(tmp_path / "a.tif", 20_000, 8, zlib.compress(bytes(20_000)), strips=20_000)
    with pytest.raises(ReadError, match="several parts are the same bytes"):
        read(path)


@pytest.mark.parametrize("compression", [None, "zlib", "lzma"])
def test_honest_large_strip_passes(tmp_path: Path, compression: str | None) -> None:
    image = np.random.default_rng(3).integers(0, 250, (1500, 1500), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", image, compression=compression, rowsperstrip=1500)
    assert np.array_equal(read(tmp_path / "a.tif").pixels, image)


def test_honest_large_strip_of_packbits_passes(tmp_path: Path) -> None:
    image = np.random.default_rng(3).integers(0, 250, (1920, 1920), dtype=np.uint8)
    # Literal runs of 128 bytes: a byte 127, then the bytes themselves.
    runs = image.reshape(-1, 128)
    packed = np.hstack([np.full((len(runs), 1), 127, np.uint8), runs]).tobytes()
    path = write_strips(tmp_path / "a.tif", 1920, 32773, packed)
    assert np.array_equal(read(path).pixels, image)


def test_length_of_every_packed_part_is_counted(tmp_path: Path) -> None:
    """An honest strip is followed to its end: the count is of bytes, not of the limit."""
    path = write_strips(tmp_path / "a.tif", 12_000, 8, zlib.compress(bytes(144_000_000), 1))
    with path.open("rb") as stream, tifffile.TiffFile(path) as tif:
        check_expansion(tif.pages.first, stream, path.stat().st_size)


@pytest.mark.parametrize("code", [34680, 34682, 34118])
def test_endless_table_of_a_maker(tmp_path: Path, code: int) -> None:
    text = thermo_text(5e-9, 5e-9) + "\r\n" + "".join(f"[S{i}]\r\nk=1\r\n" for i in range(400_000))
    micrograph = read(write_tiff(tmp_path / "a.tif", [(code, 2, 0, text, True)]))
    assert micrograph.nm_per_px is None
    assert "expected at most 4,000,000" in micrograph.warnings[0]


def test_endless_description_of_imagej(tmp_path: Path) -> None:
    text = "ImageJ=1.53\nunit=nm\n" + "".join(f"k{i}=1\n" for i in range(500_000))
    micrograph = read(write_tiff(tmp_path / "a.tif", [(270, 2, 0, text, True)], resolution=(1, 1)))
    assert micrograph.nm_per_px is None
    assert "expected at most 4,000,000" in micrograph.warnings[0]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<a/>" * 1_100_000, "more than 500,000 elements"),
        ("<a>" * 600_000 + "</a>" * 600_000, "more than 500,000 elements"),
        ("<a " + " ".join(f'a{i}=""' for i in range(1_100_000)) + "/>", "1,000,000 attributes"),
        ("x" * 17_000_000, "characters long"),
    ],
)
def test_endless_xml(tmp_path: Path, body: str, words: str) -> None:
    xml = ome_xml(SQUARE).replace("</OME>", f"{body}</OME>")
    micrograph = read(write_tiff(tmp_path / "a.tif", [(270, 2, 0, xml, True)]))
    assert micrograph.nm_per_px is None
    assert words in micrograph.warnings[0]


def test_metadata_that_are_too_large_are_left_out_in_words() -> None:
    deep: object = 1
    for _ in range(50 * DEEPEST):
        deep = {"a": deep}
    kept = limit_metadata({"a": {"b": [1, "x"]}, "many": list(range(MOST_VALUES)), "deep": deep})
    assert kept["a"] == {"b": [1, "x"]}
    assert kept["many"].startswith("[left out: more than 100,000 values")
    assert kept["deep"] == "[left out: nested more than 64 deep]"
    json.dumps(kept)


@pytest.mark.parametrize("size", ["\u0665e-10", "5_0e-10", "nan", "inf", "\uff15e-10"])
def test_number_in_other_digits_is_no_pixel_size(tmp_path: Path, size: str) -> None:
    (tmp_path / "a.emd").write_bytes(make_velox([GREY[..., None]], velox_metadata(size)))
    micrograph = read(tmp_path / "a.emd")
    assert micrograph.nm_per_px is None
    assert "is no number" in micrograph.warnings[0]


def test_voltage_beyond_all_floats_costs_no_image(tmp_path: Path) -> None:
    about = velox_metadata()
    about["Optics"]["AccelerationVoltage"] = 10**400
    (tmp_path / "a.emd").write_bytes(make_velox([GREY[..., None]], about))
    micrograph = read(tmp_path / "a.emd")
    assert micrograph.nm_per_px == pytest.approx(0.5)
    assert micrograph.acquisition is not None
    assert micrograph.acquisition.voltage_kv is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes and links")
class TestWhatIsNoFile:
    def test_pipe_is_refused_without_waiting(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a.tif")
        with pytest.raises(ReadError, match="a pipe or a device"):
            read(tmp_path / "a.tif")

    def test_device_without_end(self) -> None:
        with pytest.raises(ReadError, match="a pipe or a device"):
            read("/dev/zero")

    def test_link_to_itself_does_not_end_the_run(self, tmp_path: Path) -> None:
        (tmp_path / "loop.tif").symlink_to("loop.tif")
        write_thermo(tmp_path / "z.tif", 5e-9, 5e-9)
        assert [path.name for path in find_images([tmp_path])] == ["loop.tif", "z.tif"]
        with pytest.raises(ReadError, match="cannot open it"):
            read(tmp_path / "loop.tif")


def test_names_that_no_system_takes(tmp_path: Path) -> None:
    endless = str(tmp_path / ("x" * 5000 + ".tif"))
    with pytest.raises(UsageError, match="There is no file or folder"):
        find_images([endless])
    with pytest.raises(ReadError, match="cannot open it"):
        read(endless)
    with pytest.raises(UsageError, match="an empty name"):
        find_images([""])


def test_two_sidecars_that_disagree_give_no_scale(tmp_path: Path) -> None:
    path = write_with_sidecar(tmp_path / "a.tif", "a.txt", hitachi_text(5))
    for metres, expected in ((7e-9, None), (5e-9, 5.0)):
        (tmp_path / "a-tif.hdr").write_text(tescan_text(metres, metres), encoding="utf-8")
        micrograph = read(path)
        assert micrograph.nm_per_px == (None if expected is None else pytest.approx(expected))
        assert any("give different nm per pixel" in one for one in micrograph.warnings) == (expected is None)


def test_long_name_is_no_reason_to_warn_of_sidecars(tmp_path: Path) -> None:
    assert read(write_thermo(tmp_path / ("x" * 251 + ".tif"), 5e-9, 5e-9)).warnings == ()


def test_whole_pixels_of_a_jeol_bar_are_its_uncertainty(tmp_path: Path) -> None:
    by_bar = read(write_jeol_sem(tmp_path / "a.tif", 200))
    assert by_bar.nm_per_px == pytest.approx(5)
    assert by_bar.nm_per_px_relative_uncertainty == pytest.approx(1 / (np.sqrt(3) * 200))
    stated = read(write_jeol_sem(tmp_path / "b.tif", 200, stated="5.01nm 5.01nm"))
    assert stated.nm_per_px == pytest.approx(5.01)
    assert stated.nm_per_px_relative_uncertainty == 0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("largest", [3.4e38, 1e30, 1e-40])
def test_data_strips_of_extreme_decimals(largest: float) -> None:
    rng = np.random.default_rng(5)
    image = (rng.uniform(-1, 1, (100, 100)) * largest).astype(np.float32)
    assert find_data_strips(image) == ()
