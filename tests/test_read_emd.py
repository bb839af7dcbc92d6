"""EMD files: Velox and Berkeley."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pytest

from hand_made_binary import make_berkeley, make_velox, velox_metadata
from nanocaliper.errors import ReadError, UnsupportedImageError
from nanocaliper.micrograph.formats import emd
from nanocaliper.micrograph.read import read

RNG = np.random.default_rng(64)
STACK = RNG.integers(0, 60_000, (20, 30, 3), dtype=np.uint16)


def save(folder: Path, content: bytes, name: str = "a.emd") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def change(content: bytes, by: Callable[[h5py.File], object]) -> bytes:
    changed = io.BytesIO(content)
    with h5py.File(changed, "r+") as file:
        by(file)
    return changed.getvalue()


@pytest.mark.parametrize(
    "storage", [{}, {"compression": "gzip", "shuffle": True, "fletcher32": True}, {"compression": "lzf"}]
)
@pytest.mark.parametrize("dtype", ["i1", "u1", "<i2", ">u2", "<i4", "u4", "f4", "f8"])
def test_velox(tmp_path: Path, dtype: str, storage: dict[str, Any]) -> None:
    stack = RNG.uniform(0, 100, (20, 30, 3)).astype(dtype)
    path = save(tmp_path, make_velox([stack, stack[:, ::-1] + 1], **storage))
    for page in range(6):
        micrograph = read(path, page=page)
        expected = stack[..., page] if page < 3 else stack[:, ::-1, page - 3] + 1
        assert np.array_equal(micrograph.pixels, expected.astype(micrograph.pixels.dtype))
        assert micrograph.nm_per_px == pytest.approx(0.5, rel=1e-12)
        assert (micrograph.page, micrograph.pages, micrograph.format) == (page, 6, "Velox EMD")
        assert len(micrograph.warnings) == 1
    with pytest.raises(ReadError, match="6 pages, 0 to 5"):
        read(path, page=6)


def test_velox_in_one_piece(tmp_path: Path) -> None:
    path = save(tmp_path, make_velox([STACK], chunked=False))
    assert np.array_equal(read(path, page=1).pixels, STACK[..., 1])


def test_how_it_was_taken(tmp_path: Path) -> None:
    micrograph = read(save(tmp_path, make_velox([STACK])))
    about = micrograph.acquisition
    assert about is not None
    assert (about.maker, about.instrument, about.detector) == ("Thermo Fisher", "Talos", "HAADF")
    assert (about.voltage_kv, about.magnification) == (200.0, 320_000.0)
    assert about.acquired_at == "2019-12-05T10:03:44+00:00"
    assert micrograph.metadata["velox"]["BinaryResult"]["PixelUnitX"] == "m"


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (velox_metadata(unit="1/m"), "diffraction pattern"),
        (velox_metadata(unit="rad"), "expected a unit of length"),
        (velox_metadata(unit=None), "without a unit"),
        (velox_metadata(height="6e-10"), "not square"),
        (velox_metadata("0"), "impossible pixel size"),
        (velox_metadata("-5e-10"), "impossible pixel size"),
        (velox_metadata("nan"), "no number"),
        (velox_metadata("five"), "no number"),
        ([1, 2], "metadata could not be read"),
    ],
)
def test_no_pixel_size_and_why(tmp_path: Path, metadata: Any, words: str) -> None:
    micrograph = read(save(tmp_path, make_velox([STACK[..., :1]], metadata)))
    assert micrograph.nm_per_px is None
    assert words in micrograph.warnings[0]
    json.dumps(dict(micrograph.metadata), allow_nan=False)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[" * 100_000, b'{"a":' * 100_000, b"1" * 100_000, b"\xff\xfe", b'{"a": NaN}']
)
def test_metadata_that_cannot_be_read(tmp_path: Path, text: bytes) -> None:
    micrograph = read(save(tmp_path, make_velox([STACK[..., :1]], text=text)))
    assert micrograph.nm_per_px is None
    assert np.array_equal(micrograph.pixels, STACK[..., 0])
    assert micrograph.metadata == {"velox": {"a": "nan"} if b"NaN" in text else {}}
    assert ("metadata could not be read" in " ".join(micrograph.warnings)) == (b"NaN" not in text)


def test_frame_without_metadata(tmp_path: Path) -> None:
    def cut(file: h5py.File) -> None:
        group = next(iter(file["Data/Image"].values()))
        text = group["Metadata"][:, :1]
        del group["Metadata"]
        group["Metadata"] = text

    path = save(tmp_path, change(make_velox([STACK]), cut))
    assert read(path).nm_per_px == pytest.approx(0.5)
    assert read(path, page=1).nm_per_px is None
    assert "not for frame 1" in read(path, page=1).warnings[1]


def test_cut_out_is_noticed(tmp_path: Path) -> None:
    metadata = velox_metadata()
    metadata["BinaryResult"]["ImageSize"] = {"width": "4096", "height": "4096"}
    micrograph = read(save(tmp_path, make_velox([STACK[..., :1]], metadata)))
    assert "of an image of 4096" in micrograph.warnings[0]
    metadata["BinaryResult"]["ImageSize"] = {"width": "30", "height": "20"}
    assert read(save(tmp_path, make_velox([STACK[..., :1]], metadata))).warnings == ()


def test_real_file(shared_data: Path) -> None:
    path = shared_data / "instrument_files" / "fei_example_tem_stack.emd"
    with path.open("rb") as stream:
        decoded = emd.read(stream, 1, path)
    assert decoded.nm_per_px == pytest.approx(0.008172883192297851, rel=1e-12)
    assert (decoded.values.shape, decoded.pages) == ((3, 3), 2)
    assert "of an image of 4096" in decoded.warnings[1]


@pytest.mark.parametrize("first_axis", [0, 1])
@pytest.mark.parametrize(
    ("unit", "step", "expected"),
    [
        *(("[n_m]", 0.25, 0.25), ("nm", 0.25, 0.25), ("[u_m]", 0.002, 2.0), ("\u00c5", 3.0, 0.3)),
        *(("[n_m^-1]", 0.25, None), ("", 0.25, None), ("[pixels]", 1.0, None), ("nm", -1.0, None)),
    ],
)
def test_berkeley(tmp_path: Path, unit: str, step: float, expected: float | None, first_axis: int) -> None:
    pages = np.moveaxis(STACK, 2, 0)
    content = make_berkeley(pages, [1.0, step, step], ["", unit, unit], first_axis, compression="gzip")
    micrograph = read(save(tmp_path, content), page=2)
    assert np.array_equal(micrograph.pixels, STACK[..., 2])
    assert micrograph.nm_per_px == (None if expected is None else pytest.approx(expected, rel=1e-6))
    assert (micrograph.pages, micrograph.format) == (3, "EMD")
    assert len(micrograph.warnings) == (1 if expected else 2)


def test_berkeley_image(tmp_path: Path) -> None:
    path = save(tmp_path, make_berkeley(STACK[..., 0], [0.5, 0.5], ["nm", "nm"]))
    assert np.array_equal(read(path).pixels, STACK[..., 0])
    assert read(path).nm_per_px == pytest.approx(0.5)
    assert read(save(tmp_path, make_berkeley(STACK[..., 0], [0.5, 0.7], ["nm", "nm"]))).nm_per_px is None


def test_positions_that_are_not_even(tmp_path: Path) -> None:
    def bend(file: h5py.File) -> None:
        file["data/scan/dim1"][3] = 100.0

    content = change(make_berkeley(STACK[..., 0], [0.5, 0.5], ["nm", "nm"]), bend)
    micrograph = read(save(tmp_path, content))
    assert micrograph.nm_per_px is None
    assert "only one side" in micrograph.warnings[0]


@pytest.mark.parametrize(
    "data", [np.ones((20, 30), "c8"), np.ones((20, 30), "S4"), np.ones(600), np.ones((2, 2, 20, 30))]
)
def test_what_is_no_image_is_refused(tmp_path: Path, data: npt.NDArray[Any]) -> None:
    content = make_berkeley(data, [1.0] * data.ndim, ["nm"] * data.ndim)
    with pytest.raises(UnsupportedImageError, match=r"complex|expected"):
        read(save(tmp_path, content))


def test_other_hdf5_files(tmp_path: Path) -> None:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file["entry/data"] = STACK
        file["entry/itself"] = file["entry"]
    with pytest.raises(UnsupportedImageError, match="HDF5 file without images"):
        read(save(tmp_path, content.getvalue(), "a.h5"))


NAME = "0" * 32


def replace_data(make: Callable[[h5py.Group], object]) -> bytes:
    def by(file: h5py.File) -> None:
        group = file[f"Data/Image/{NAME}"]
        del group["Data"]
        make(group)

    return change(make_velox([STACK]), by)


def test_links_are_not_followed(tmp_path: Path) -> None:
    other = save(tmp_path, make_velox([STACK]), "other.emd")
    inside = f"/Data/Image/{NAME}/Data"

    def link(group: h5py.Group) -> None:
        group["Data"] = h5py.ExternalLink("other.emd", inside)

    with pytest.raises(ReadError, match=r"link to another file \('other\.emd'\)"):
        read(save(tmp_path, replace_data(link)))

    def link_group(file: h5py.File) -> None:
        del file["Data"]
        file["Data"] = h5py.ExternalLink(str(other), "/Data")

    with pytest.raises(ReadError, match="link to another file"):
        read(save(tmp_path, change(make_velox([STACK]), link_group)))

    def link_to_itself(group: h5py.Group) -> None:
        group["Data"] = h5py.SoftLink(inside)

    with pytest.raises(ReadError, match="link to another place"):
        read(save(tmp_path, replace_data(link_to_itself)))


def test_storage_elsewhere_is_not_read(tmp_path: Path) -> None:
    secret = save(tmp_path, bytes(range(256)) * 8, "secret.bin")

    def outside(group: h5py.Group) -> None:
        group.create_dataset("Data", (20, 30, 1), np.uint16, external=[(str(secret), 0, 1200)])

    with pytest.raises(ReadError, match="lie in other files"):
        read(save(tmp_path, replace_data(outside)))

    def virtual(group: h5py.Group) -> None:
        layout = h5py.VirtualLayout((20, 30, 1), np.uint16)
        layout[:] = h5py.VirtualSource("other.emd", "Data", (20, 30, 1), np.uint16)
        group.create_virtual_dataset("Data", layout)

    with pytest.raises(ReadError, match="lie in other files"):
        read(save(tmp_path, replace_data(virtual)))


@pytest.mark.parametrize(
    ("shape", "storage", "words"),
    [
        ((100_000, 100_000, 1), {"chunks": (100, 100, 1)}, "more than the 1,000,000,000 px"),
        ((2**31, 2**31, 1), {"chunks": (100, 100, 1)}, "more than the 1,000,000,000 px"),
        ((30_000, 30_000, 1), {"chunks": (10_000, 10_000, 1)}, "never written"),
        ((30_000, 30_000, 1), {"chunks": (10, 10, 1)}, "more than 100,000 chunks"),
        ((30_000, 30_000, 1), {}, "bytes of its pixels are missing"),
        ((20, 30, 2**50), {"chunks": (20, 30, 1)}, "never written"),
        ((20, 30, 2**40), {"chunks": (20, 30, 2**20), "maxshape": (None, None, None)}, "never written"),
        (
            (20, 30, 2**40),
            {"chunks": (20, 30, 2**21), "maxshape": (None, None, None)},
            "more than can be read",
        ),
        ((0, 30, 1), {"chunks": (20, 30, 1), "maxshape": (None, None, None)}, "empty"),
        ((20, 30, 0), {"chunks": (20, 30, 1), "maxshape": (None, None, None)}, "no image"),
    ],
)
def test_sizes_that_lie(tmp_path: Path, shape: tuple[int, ...], storage: dict[str, Any], words: str) -> None:
    def huge(group: h5py.Group) -> None:
        group.create_dataset("Data", shape, np.uint16, **storage)

    with pytest.raises(ReadError, match=words):
        read(save(tmp_path, replace_data(huge)))


def test_packed_more_than_packing_can(tmp_path: Path) -> None:
    def bomb(group: h5py.Group) -> None:
        data = group.create_dataset(
            "Data", (8000, 8000, 1), np.uint16, chunks=(8000, 8000, 1), compression="gzip"
        )
        data.id.write_direct_chunk((0, 0, 0), b"x" * 1000)

    with pytest.raises(ReadError, match="1,000 bytes, which cannot hold the 64,000,000 px"):
        read(save(tmp_path, replace_data(bomb)))


def test_packed_twice(tmp_path: Path) -> None:
    def twice(group: h5py.Group) -> None:
        settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        settings.set_chunk((20, 30, 1))
        settings.set_deflate(9)
        settings.set_deflate(9)
        space = h5py.h5s.create_simple((20, 30, 1))
        h5py.h5d.create(group.id, b"Data", h5py.h5t.STD_U16LE, space, settings)

    with pytest.raises(UnsupportedImageError, match=r"packed by the HDF5 filters \[1, 1\]"):
        read(save(tmp_path, replace_data(twice)))


def test_groups_within_each_other(tmp_path: Path) -> None:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        group = file.create_group("a")
        for number in range(120):
            group[f"again {number}"] = file["/"]
    with pytest.raises(ReadError, match="more than 10,000 groups"):
        read(save(tmp_path, content.getvalue()))
