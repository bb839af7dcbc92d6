"""Files that are missing, empty, cut short, damaged or something else: one clear sentence each."""

import logging
import os
import warnings
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nanocaliper.errors import NanocaliperError, ReadError, UnsupportedImageError
from nanocaliper.micrograph.micrograph import Micrograph
from nanocaliper.micrograph.read import read

SMOOTH = cv2.GaussianBlur(np.random.default_rng(50).integers(0, 256, (48, 60), dtype=np.uint8), (0, 0), 1.5)
DEEP = SMOOTH.astype(np.uint16) * 251


def write_all(folder: Path) -> dict[str, bytes]:
    """One small file of every kind."""
    grey, deep = Image.fromarray(SMOOTH), Image.fromarray(DEEP)
    grey.save(folder / "a.png")
    deep.save(folder / "deep.png")
    grey.convert("P").save(folder / "palette.png")
    grey.save(folder / "a.jpg")
    grey.save(folder / "progressive.jpg", progressive=True)
    grey.save(folder / "a.bmp")
    grey.save(folder / "a.webp")
    grey.save(folder / "a.gif")
    deep.save(folder / "raw.tif")
    deep.save(folder / "lzw.tif", compression="tiff_lzw")
    deep.save(folder / "deflate.tif", compression="tiff_adobe_deflate")
    grey.save(folder / "jpeg.tif", compression="jpeg")
    grey.save(folder / "packbits.tif", compression="packbits")
    tifffile.imwrite(folder / "imagej.tif", DEEP, imagej=True, metadata={"unit": "nm"})
    tifffile.imwrite(folder / "big.tif", DEEP, bigtiff=True, tile=(16, 16))
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return write_all(tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bad") / "file.bin"


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_damaged_files_are_read_or_refused(
    files: dict[str, bytes], scratch: Path, data: st.DataObject
) -> None:
    content = bytearray(files[data.draw(st.sampled_from(sorted(files)), label="file")])
    for _ in range(data.draw(st.integers(1, 4), label="changes")):
        # Headers and directories stand at the start and at the end.
        at = data.draw(
            st.integers(0, min(300, len(content)) - 1)
            | st.integers(max(0, len(content) - 300), len(content) - 1)
            | st.integers(0, len(content) - 1)
        )
        content[at] = data.draw(st.integers(0, 255))
    scratch.write_bytes(bytes(content))
    try:
        micrograph = read(scratch)
    except NanocaliperError:
        return
    assert isinstance(micrograph, Micrograph)
    assert np.isfinite(micrograph.pixels).all()


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_file_cut_short_is_never_half_an_image(
    files: dict[str, bytes], scratch: Path, data: st.DataObject
) -> None:
    content = files[data.draw(st.sampled_from(sorted(files)), label="file")]
    scratch.write_bytes(content)
    whole = read(scratch)
    scratch.write_bytes(content[: data.draw(st.integers(1, len(content) - 1), label="bytes")])
    try:
        cut = read(scratch)
    except ReadError:
        return
    # What is missing may be a closing mark that holds no pixels.
    assert np.array_equal(cut.pixels, whole.pixels)


def test_every_format_is_refused_when_cut_in_half(files: dict[str, bytes], scratch: Path) -> None:
    for name, content in files.items():
        scratch.write_bytes(content[: len(content) // 2])
        with pytest.raises(ReadError, match=r"file\.bin.*(damaged|missing|cut short)"):
            pytest.fail(f"{name} was read as {read(scratch).shape}")


@settings(max_examples=60, deadline=None)
@given(
    head=st.sampled_from(
        [b"", b"II*\0", b"MM\0+", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"BM", b"RIFF"]
    ),
    rest=st.binary(min_size=1, max_size=200),
)
def test_any_bytes_are_refused_in_words(scratch: Path, head: bytes, rest: bytes) -> None:
    scratch.write_bytes(head + rest)
    with pytest.raises(NanocaliperError):
        read(scratch)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"gone\.tif.*no such file"):
        read(tmp_path / "gone.tif")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="is a folder"):
        read(tmp_path)


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    with pytest.raises(ReadError, match="it is empty"):
        read(tmp_path / "a.png")


@pytest.mark.parametrize("text", ["Particle sizes in nm\n1 2 3\n", "BMI and other indices", "II wins"])
def test_text_with_an_image_ending(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.tif").write_text(text, encoding="utf-8")
    with pytest.raises(ReadError, match="no image format that is read, whatever its name says"):
        read(tmp_path / "a.tif")


def test_name_that_no_system_takes() -> None:
    with pytest.raises(ReadError, match="cannot open"):
        read("a\0b.tif")


def test_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(SMOOTH).save(tmp_path / "a.png")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ReadError, match="does not allow"):
        read(tmp_path / "a.png")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="this user may read every file")
def test_permissions_of_the_system(tmp_path: Path) -> None:
    Image.fromarray(SMOOTH).save(tmp_path / "a.png")
    (tmp_path / "a.png").chmod(0)
    with pytest.raises(ReadError, match="does not allow"):
        read(tmp_path / "a.png")


def test_drive_that_fails_while_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(SMOOTH).save(tmp_path / "a.png")

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("hashlib.file_digest", fail)
    with pytest.raises(ReadError, match="to its end"):
        read(tmp_path / "a.png")


def test_header_that_promises_too_much(tmp_path: Path) -> None:
    """A small file must not take gigabytes of memory."""
    Image.fromarray(SMOOTH).save(tmp_path / "a.png")
    content = bytearray((tmp_path / "a.png").read_bytes())
    content[16:24] = (30_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    (tmp_path / "a.png").write_bytes(bytes(content))
    with pytest.raises(ReadError, match="cannot hold the 30000 x 30000 px"):
        read(tmp_path / "a.png")
    content[16:24] = (40_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    (tmp_path / "a.png").write_bytes(bytes(content))
    with pytest.raises(UnsupportedImageError, match="more than the 1,000,000,000 px"):
        read(tmp_path / "a.png")


def test_missing_strip_is_not_read_as_black(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", SMOOTH, rowsperstrip=8, compression="zlib")
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+") as tif:
        counts = list(tif.pages.first.databytecounts)
        tif.pages.first.tags[279].overwrite([*counts[:-1], 0])
    with pytest.raises(ReadError, match="is missing"):
        read(tmp_path / "a.tif")


def test_decoders_keep_their_words_to_themselves(
    files: dict[str, bytes], scratch: Path, caplog: pytest.LogCaptureFixture
) -> None:
    content = files["imagej.tif"].replace(b"ImageJ=", b"ImageJ?")
    with warnings.catch_warnings(record=True) as caught, caplog.at_level(logging.DEBUG, logger="tifffile"):
        warnings.simplefilter("always")
        for cut in (len(content), len(content) - 500, 300):
            scratch.write_bytes(content[:cut])
            try:
                read(scratch)
            except ReadError:
                continue
    assert caught == []
    assert caplog.records == []
    assert logging.getLogger("tifffile").filters == []
