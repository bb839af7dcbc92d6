"""What every registered format keeps, one test for each promise; a new format only adds its samples."""

import hashlib
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from hand_made_binary import (
    DmImage,
    DmWriter,
    make_berkeley,
    make_emi,
    make_emi_block,
    make_fei_record,
    make_mrc,
    make_ser,
    make_velox,
)
from nanocaliper.errors import NanocaliperError, ReadError
from nanocaliper.micrograph.find import find_images
from nanocaliper.micrograph.formats import EXTENSIONS, FORMATS, HEAD_BYTES, Format
from nanocaliper.micrograph.read import read

GREY = np.random.default_rng(65).integers(0, 200, (20, 30), dtype=np.uint8)
DEEP = GREY.astype(np.uint16) * 300


def save_with_pillow(kind: str, **options: object) -> bytes:
    content = io.BytesIO()
    Image.fromarray(GREY).save(content, kind, **options)
    return content.getvalue()


def save_tiff(**options: object) -> bytes:
    content = io.BytesIO()
    tifffile.imwrite(content, DEEP, **options)  # type: ignore[arg-type]
    return content.getvalue()


DM = DmImage(DEEP, 10, scales=(0.5, 0.5), units=("nm", "nm"))
SAMPLES: dict[str, bytes] = {
    "a.tif": save_tiff(imagej=True, metadata={"unit": "nm"}, resolution=(2.0, 2.0)),
    "a.tiff": save_tiff(bigtiff=True, compression="zlib"),
    "a.btf": save_tiff(bigtiff=True, tile=(16, 16)),
    "a.tf8": save_tiff(bigtiff=True),
    "a.png": save_with_pillow("PNG"),
    "a.jpg": save_with_pillow("JPEG"),
    "a.jpeg": save_with_pillow("JPEG", progressive=True),
    "a.jpe": save_with_pillow("JPEG"),
    "a.bmp": save_with_pillow("BMP"),
    "a.webp": save_with_pillow("WEBP"),
    "a.gif": save_with_pillow("GIF"),
    "a.dm3": DmWriter(3, ">").file([DmImage(np.zeros((16, 16), np.uint32), 23), DM], thumbnails=[0]),
    "a.dm4": DmWriter(4).file([DM, DM]),
    "a.emd": make_velox([np.dstack([DEEP, DEEP])]),
    "b.emd": make_berkeley(DEEP, [0.5, 0.5], ["nm", "nm"], compression="gzip"),
    "a.mrc": make_mrc(DEEP[None, ::-1], 6, (150, 100, 5)),
    "b.mrc": make_mrc(DEEP[None, ::-1], 6, (150, 100, 5), marked=False),
    "a.mrcs": make_mrc(np.stack([DEEP] * 3), 6, None, extension=make_fei_record(), extension_kind=b"FEI1"),
    "a_1.ser": make_ser([DEEP, DEEP]),
    "a.emi": make_emi([make_emi_block()]),
}
#: A file that another one needs beside it.
BESIDE = {"a.emi": "a_1.ser"}
CALIBRATED = {name for name in SAMPLES if name.startswith(("a.dm", "a.mrc", "b.mrc", "a_1", "a.em", "b.em"))}
CALIBRATED.add("a.tif")


def save(folder: Path, name: str, content: bytes | None = None) -> Path:
    if name in BESIDE:
        (folder / BESIDE[name]).write_bytes(SAMPLES[BESIDE[name]])
    path = folder / name
    path.write_bytes(SAMPLES[name] if content is None else content)
    return path


def choose(path: Path) -> Format:
    head = path.read_bytes()[:HEAD_BYTES]
    return next(one for one in FORMATS if one.matches(head, path))


def test_every_ending_of_every_format_has_a_sample() -> None:
    assert len(EXTENSIONS) == len(set(EXTENSIONS))
    assert {Path(name).suffix for name in SAMPLES} == set(EXTENSIONS)
    for one in FORMATS:
        assert one.name
        assert all(ending == ending.lower() and ending.startswith(".") for ending in one.extensions)


@pytest.mark.parametrize("name", SAMPLES)
def test_folders_take_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"a{Path(name).suffix}"
    path.write_bytes(SAMPLES[name])
    assert find_images([tmp_path]) == [path]


@pytest.mark.parametrize("name", SAMPLES)
def test_one_format_matches_and_reads(tmp_path: Path, name: str) -> None:
    path = save(tmp_path, name)
    head = path.read_bytes()[:HEAD_BYTES]
    matching = [one for one in FORMATS if one.matches(head, path)]
    assert len(matching) == 1
    assert path.suffix in matching[0].extensions
    with path.open("rb") as stream:
        decoded = matching[0].read(stream, 0, path)
    assert decoded.values.shape[:2] == GREY.shape
    assert np.asarray(decoded.values).dtype.kind in "iufb"
    assert decoded.format


@pytest.mark.parametrize("name", sorted(SAMPLES.keys() - {"a.emi", "b.mrc"}))
def test_content_decides_and_not_the_name(tmp_path: Path, name: str) -> None:
    expected = read(save(tmp_path, name))
    for other in ("wrong.png", "wrong.mrc", "wrong.dm3", "wrong.emi", "wrong"):
        (tmp_path / other).write_bytes(SAMPLES[name])
        assert np.array_equal(read(tmp_path / other).pixels, expected.pixels)


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_read(tmp_path: Path, name: str) -> None:
    path = save(tmp_path, name)
    micrograph = read(path)
    if path.suffix not in (".jpg", ".jpeg", ".jpe", ".webp"):
        assert np.array_equal(micrograph.pixels, DEEP if micrograph.pixels.dtype == np.uint16 else GREY)
    assert micrograph.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert micrograph.source == str(path)
    assert (micrograph.nm_per_px is not None) == (name in CALIBRATED)
    assert micrograph.nm_per_px is None or (math.isfinite(micrograph.nm_per_px) and micrograph.nm_per_px > 0)
    assert all(isinstance(note, str) and note.endswith(".") for note in micrograph.warnings)
    json.dumps(dict(micrograph.metadata), allow_nan=False)
    assert not micrograph.pixels.flags.writeable


@pytest.mark.parametrize("name", SAMPLES)
def test_pages(tmp_path: Path, name: str) -> None:
    path = save(tmp_path, name)
    pages = read(path).pages
    for page in range(pages):
        assert (read(path, page=page).page, read(path, page=page).pages) == (page, pages)
    for page in (pages, 10**6, 2**63, 10**30):
        with pytest.raises(ReadError, match=f"page {page} was asked for"):
            read(path, page=page)


@pytest.mark.parametrize("name", SAMPLES)
def test_cut_short(tmp_path: Path, name: str) -> None:
    content = SAMPLES[name]
    whole = read(save(tmp_path, name))
    places = {*range(0, 64, 3), *np.linspace(64, len(content) - 1, 80).astype(int).tolist()}
    for length in sorted(places):
        path = save(tmp_path, name, content[:length])
        message = ""
        try:
            cut = read(path)
        except ReadError as error:
            message = str(error)
        if message:
            assert str(path) in message
            assert "\n" not in message
            continue
        # What is missing may be a closing mark that holds no pixels, or a description beside the image.
        assert np.array_equal(cut.pixels, whole.pixels)
        assert cut.nm_per_px in (None, whole.nm_per_px)


@pytest.mark.parametrize("name", SAMPLES)
def test_other_bytes_behind_its_mark_are_refused_in_words(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(66)
    for length in (1, 30, 600, 3000):
        noise = SAMPLES[name][:8] + rng.bytes(length)
        path = tmp_path / f"noise{Path(name).suffix}"
        path.write_bytes(noise)
        with pytest.raises(NanocaliperError, match="noise"):
            read(path)
