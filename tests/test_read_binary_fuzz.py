"""Instrument files with changed bytes: an image or one clear sentence, never a crash or an invented scale."""

import math
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

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
from nanocaliper.errors import NanocaliperError
from nanocaliper.micrograph.read import read

GREY = np.random.default_rng(67).integers(0, 60_000, (20, 30), dtype=np.uint16)
NM = {"scales": (0.5, 0.5), "units": ("nm", "nm")}
SEEDS: dict[str, bytes] = {
    "a.dm3": DmWriter(3).file([DmImage(GREY, 10, **NM, tags=[("Microscope Info", [("Voltage", 2e5)])])]),
    "a.dm4": DmWriter(4, ">").file([DmImage(np.stack([GREY] * 3), 10, **NM)]),
    "a_1.ser": make_ser([GREY, GREY]),
    "b_1.ser": make_ser([GREY], version=0x0210),
    "a.emi": make_emi([make_emi_block(), make_emi_block()]),
    "a.mrc": make_mrc(GREY[None], 6, (150, 100, 5), ">"),
    "b.mrc": make_mrc(np.stack([GREY] * 2), 6, None, extension=make_fei_record() * 2, extension_kind=b"FEI1"),
    "a.emd": make_velox([np.dstack([GREY, GREY])]),
    "b.emd": make_velox([GREY[..., None]], compression="gzip"),
    "c.emd": make_berkeley(GREY, [0.5, 0.5], ["nm", "nm"], compression="gzip"),
}
#: Numbers at the ends of what a length can be.
EXTREMES = [
    *(struct.pack(order + "i", n) for order in "<>" for n in (0, 1, -1, 2**31 - 1, -(2**31), 2**24)),
    *(struct.pack(order + "q", n) for order in "<>" for n in (0, -1, 2**63 - 1, -(2**63), 2**40)),
    *(struct.pack(order + "d", n) for order in "<>" for n in (math.nan, math.inf, -1.0, 0.0, 1e300, 5e-324)),
]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def check(scratch: Path, name: str, content: bytes) -> None:
    for old in scratch.iterdir():
        old.unlink()
    if name == "a_1.ser":
        (scratch / "a.emi").write_bytes(SEEDS["a.emi"])
    if name == "a.emi":
        (scratch / "a_1.ser").write_bytes(SEEDS["a_1.ser"])
    path = scratch / name
    path.write_bytes(content)
    for page in (0, 1):
        message = ""
        try:
            micrograph = read(path, page=page)
        except NanocaliperError as error:
            message = str(error)
        if message:
            assert str(path) in message
            assert len(message) < 700
            continue
        assert np.isfinite(micrograph.pixels).all()
        assert micrograph.pixels.size <= 10 * len(content) or name == "a.emi"
        size = micrograph.nm_per_px
        assert size is None or 1e-5 <= size <= 1e6


def apply(content: bytes, changes: list[tuple[int, bytes]], length: int) -> bytes:
    changed = bytearray(content)
    for at, new in changes:
        start = at % len(changed)
        changed[start : start + len(new)] = new
    return bytes(changed[: max(1, length)])


# Most of what a header says stands in its first kilobyte; pixels may hold anything.
PLACES = st.integers(0, 1100) | st.integers(0, 2**16)
CHANGES = st.lists(
    st.tuples(PLACES, st.sampled_from(EXTREMES) | st.binary(min_size=1, max_size=3)), min_size=1, max_size=4
)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(SEEDS)), changes=CHANGES, length=st.just(2**20) | st.integers(1, 4000))
@example(name="a.dm3", changes=[(12, b"\1\0\x7f\xff\xff\xff")], length=2**20)
@example(
    name="a_1.ser",
    changes=[(18, struct.pack("<i", 2**31 - 1)), (14, struct.pack("<i", 2**31 - 1))],
    length=2**20,
)
@example(name="a.mrc", changes=[(0, struct.pack(">4i", 46_000, 46_000, 1, 2))], length=2**20)
def test_changed_bytes(scratch: Path, name: str, changes: list[tuple[int, bytes]], length: int) -> None:
    check(scratch, name, apply(SEEDS[name], changes, length))


@pytest.mark.slow
@settings(max_examples=5_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(SEEDS)), changes=CHANGES, length=st.just(2**20) | st.integers(1, 4000))
def test_changed_bytes_at_length(
    scratch: Path, name: str, changes: list[tuple[int, bytes]], length: int
) -> None:
    check(scratch, name, apply(SEEDS[name], changes, length))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scale=st.floats(allow_nan=True, allow_infinity=True),
    ratio=st.sampled_from([1.0, 1.0, 1.0005, 0.5, -1.0, math.nan]),
    name=st.sampled_from(["a.dm4", "a_1.ser", "a.mrc"]),
)
def test_any_pixel_size_is_kept_or_refused(scratch: Path, scale: float, ratio: float, name: str) -> None:
    sizes = (scale, scale * ratio)
    if name == "a.dm4":
        content, unit = DmWriter(4).file([DmImage(GREY, 10, scales=sizes, units=("nm", "nm"))]), 1.0
    elif name == "a_1.ser":
        content, unit = make_ser([GREY], sizes), 1e9
    else:
        with np.errstate(over="ignore"):
            cell = tuple(float(np.float32(size * side)) for size, side in zip(sizes, (30, 20), strict=True))
        content, unit = make_mrc(GREY[None], 6, (*cell, 1.0)), 0.1
        sizes = (cell[0] / 30, cell[1] / 20)
    path = scratch / f"only_{name}"
    path.write_bytes(content)
    micrograph = read(path)
    nm = [size * unit for size in sizes]
    is_square = all(1e-5 <= size <= 1e6 for size in nm) and abs(nm[0] - nm[1]) <= 1e-3 * nm[0]
    if name == "a.mrc" and sizes == (1, 1):
        is_square = False
    if is_square:
        assert micrograph.nm_per_px == pytest.approx(nm[0], rel=1e-9)
    else:
        assert micrograph.nm_per_px is None
        assert len(micrograph.warnings) == 1 or sizes == (0, 0)
