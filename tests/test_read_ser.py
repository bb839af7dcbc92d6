"""FEI TIA's .ser files and the .emi files that describe them."""

import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from hand_made_binary import make_emi, make_emi_block, make_ser
from nanocaliper.errors import ReadError, UnsupportedImageError
from nanocaliper.micrograph.find import find_images
from nanocaliper.micrograph.read import read

RNG = np.random.default_rng(63)
GREY = RNG.integers(0, 60_000, (20, 30), dtype=np.uint16)


def save(folder: Path, content: bytes, name: str = "a_1.ser") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("version", [0x0210, 0x0220])
@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8"])
def test_all_kinds_of_pixels(tmp_path: Path, dtype: str, version: int) -> None:
    low = 0 if dtype.startswith("u") else -100
    images = [RNG.uniform(low, 100, (20, 30)).astype(dtype) for _ in range(3)]
    path = save(tmp_path, make_ser(images, version=version))
    for page, image in enumerate(images):
        micrograph = read(path, page=page)
        assert np.array_equal(micrograph.pixels, image.astype(micrograph.pixels.dtype))
        assert micrograph.nm_per_px == pytest.approx(2.0, rel=1e-12)
        assert (micrograph.page, micrograph.pages) == (page, 3)
    with pytest.raises(ReadError, match="3 pages, 0 to 2"):
        read(path, page=3)


def test_series_that_was_stopped(tmp_path: Path) -> None:
    path = save(tmp_path, make_ser([GREY] * 4, valid=2))
    assert read(path).pages == 2
    with pytest.raises(ReadError, match="page 2 was asked for"):
        read(path, page=2)
    with pytest.raises(ReadError, match="no image was recorded"):
        read(save(tmp_path, make_ser([GREY] * 4, valid=0)))


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedImageError, match="spectra, not images"):
        read(save(tmp_path, make_ser([GREY], kind=0x4120)))
    with pytest.raises(UnsupportedImageError, match="complex numbers"):
        read(save(tmp_path, make_ser([np.ones((20, 30), np.complex64)])))


@pytest.mark.parametrize(
    ("size_m", "words"),
    [
        ((2e-9, 3e-9), "not square"),
        ((0.0, 0.0), "impossible pixel size"),
        ((-2e-9, -2e-9), "impossible pixel size"),
        ((float("nan"), float("nan")), "impossible pixel size"),
        # A diffraction pattern: reciprocal metres.
        ((2.5e7, 2.5e7), "impossible pixel size"),
    ],
)
def test_no_pixel_size_and_why(tmp_path: Path, size_m: tuple[float, float], words: str) -> None:
    micrograph = read(save(tmp_path, make_ser([GREY], size_m)))
    assert micrograph.nm_per_px is None
    assert words in micrograph.warnings[0]


def test_without_companion_the_time_is_known(tmp_path: Path) -> None:
    micrograph = read(save(tmp_path, make_ser([GREY])))
    assert micrograph.acquisition is not None
    assert micrograph.acquisition.acquired_at == "2016-02-22T18:50:01+00:00"
    assert micrograph.warnings == ()


@pytest.mark.parametrize("ending", [".emi", ".EMI"])
def test_companion_describes_its_series(tmp_path: Path, ending: str) -> None:
    blocks = [make_emi_block(voltage="80"), make_emi_block(magnification="12500")]
    save(tmp_path, make_emi(blocks), f"a{ending}")
    first = read(save(tmp_path, make_ser([GREY]), "a_1.ser")).acquisition
    second = read(save(tmp_path, make_ser([GREY]), "a_2.ser")).acquisition
    assert first is not None
    assert second is not None
    assert (first.voltage_kv, second.voltage_kv) == (80.0, 200.0)
    assert (first.magnification, second.magnification) == (50_000.0, 12_500.0)
    assert (first.instrument, first.detector) == ("Tecnai 200 kV", "BM-Orius")
    assert first.acquired_at == "2015-09-09T13:08:40"


def test_diffraction_mode_has_no_pixel_size(tmp_path: Path) -> None:
    save(tmp_path, make_emi([make_emi_block(mode="TEM uP SA Zoom Diffraction")]), "a.emi")
    micrograph = read(save(tmp_path, make_ser([GREY])))
    assert micrograph.nm_per_px is None
    assert "diffraction pattern" in micrograph.warnings[0]
    # A scanned image is taken in the diffraction mode of the lenses.
    save(tmp_path, make_emi([make_emi_block(mode="STEM nP SA Zoom Diffraction")]), "a.emi")
    assert read(tmp_path / "a_1.ser").nm_per_px == pytest.approx(2.0)


def test_emi_gives_its_first_series_and_says_so(tmp_path: Path) -> None:
    content = make_ser([GREY])
    save(tmp_path, content, "a_1.ser")
    save(tmp_path, make_ser([GREY + 1]), "a_2.ser")
    save(tmp_path, make_ser([GREY + 2]), "ab_1.ser")
    micrograph = read(save(tmp_path, make_emi([make_emi_block()]), "a.emi"))
    assert np.array_equal(micrograph.pixels, GREY)
    assert micrograph.nm_per_px == pytest.approx(2.0)
    assert (
        micrograph.warnings[0]
        == "The image was read from 'a_1.ser'; 1 more stand beside it: pass them by name."
    )
    assert micrograph.metadata["tia"]["ser_sha256"] == hashlib.sha256(content).hexdigest()


def test_emi_alone(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"named a_1\.ser and so on.*same folder"):
        read(save(tmp_path, make_emi([make_emi_block()]), "a.emi"))
    save(tmp_path, b"not a series", "a_1.ser")
    with pytest.raises(ReadError, match=r"'a_1\.ser', which is no \.ser file"):
        read(tmp_path / "a.emi")


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + "]>"
)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"JK\0\2 and no more",
        make_emi([make_emi_block(extra=BOMB)]),
        make_emi([make_emi_block(extra="<!ENTITY a SYSTEM 'file:///etc/passwd'>")]),
        make_emi([make_emi_block(extra="<a>" * 100_000)]),
        make_emi([make_emi_block(extra="<a>" * 100_000 + "</a>" * 100_000)]),
        make_emi([make_emi_block(extra="x" * 2_000_000)]),
        make_emi([make_emi_block()])[:-100],
        make_emi([make_emi_block()]).replace(b"<Root>", b"<Root>\xff\0\x01"),
    ],
    ids=["empty", "no-xml", "bomb", "outside", "unclosed", "deep", "endless", "cut", "damaged"],
)
def test_hostile_companion_does_not_harm_the_image(tmp_path: Path, content: bytes) -> None:
    save(tmp_path, content, "a.emi")
    micrograph = read(save(tmp_path, make_ser([GREY])))
    assert np.array_equal(micrograph.pixels, GREY)
    assert micrograph.nm_per_px == pytest.approx(2.0)
    said = [note for note in micrograph.warnings if note.startswith("The .emi file was not used: it")]
    # XML that is only deep is well formed; it says nothing then.
    assert len(said) == 1 or (micrograph.acquisition is not None and not said)
    assert "root:" not in str(micrograph.metadata)


def test_values_that_are_no_numbers(tmp_path: Path) -> None:
    save(tmp_path, make_emi([make_emi_block(voltage="nan", magnification="-1e999")]), "a.emi")
    about = read(save(tmp_path, make_ser([GREY]))).acquisition
    assert about is not None
    assert about.voltage_kv is None
    assert about.magnification is None


@pytest.mark.parametrize(
    ("at", "layout", "value", "words"),
    [
        (14, "<i", 2**31 - 1, "damaged or cut short"),
        (14, "<i", 0, "makes no sense"),
        (18, "<i", -1, "makes no sense"),
        (18, "<i", 9, "makes no sense"),
        (22, "<q", 2**63 - 1, "damaged or cut short"),
        (22, "<q", -8, "damaged or cut short"),
        (6, "<i", 0x4121, "expected 0x4122"),
    ],
)
def test_headers_that_lie(tmp_path: Path, at: int, layout: str, value: int, words: str) -> None:
    content = bytearray(make_ser([GREY]))
    struct.pack_into(layout, content, at, value)
    with pytest.raises(ReadError, match=words):
        read(save(tmp_path, bytes(content)))


@pytest.mark.parametrize("shape", [(2**31 - 1, 2**31 - 1), (-1, 5), (0, 30), (30, 21)])
def test_element_that_lies(tmp_path: Path, shape: tuple[int, int]) -> None:
    content = bytearray(make_ser([GREY]))
    at = content.index(struct.pack("<hii", 2, 30, 20))
    struct.pack_into("<ii", content, at + 2, *shape)
    with pytest.raises(ReadError, match=r"makes no sense|damaged or cut short"):
        read(save(tmp_path, bytes(content[:-8])))


def test_real_file(shared_data: Path) -> None:
    micrograph = read(shared_data / "instrument_files" / "128x128-TEM_search_1.ser")
    assert micrograph.nm_per_px == pytest.approx(5.261214205047081, rel=1e-12)
    assert (micrograph.shape, micrograph.pages, micrograph.pixels.dtype) == ((128, 128), 1, np.int32)
    # The needle lies a little below the middle of the picture.
    assert 64 < np.argwhere(micrograph.pixels < micrograph.pixels.mean() / 2)[:, 0].mean() < 70


def test_folder_takes_series_and_not_their_description(tmp_path: Path) -> None:
    for name in ("a.emi", "a_1.ser", "a_2.ser", "lone.emi", "b.mrc", "c.dm3", "d.DM4", "e.emd"):
        (tmp_path / name).write_bytes(b"x")
    names = [path.name for path in find_images([tmp_path])]
    assert names == ["a_1.ser", "a_2.ser", "b.mrc", "c.dm3", "d.DM4", "e.emd", "lone.emi"]
    assert [path.name for path in find_images([f"{tmp_path}/a*"])] == ["a_1.ser", "a_2.ser"]
    assert [path.name for path in find_images([f"{tmp_path}/*.emi"])] == ["a.emi", "lone.emi"]
    assert [path.name for path in find_images([tmp_path / "a.emi"])] == ["a.emi"]
