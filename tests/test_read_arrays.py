"""Arrays as images: every data type, shape and kind of number."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nanocaliper.errors import NanocaliperError, ReadError, UnsupportedImageError, UsageError
from nanocaliper.micrograph.formats import MAX_PIXELS
from nanocaliper.micrograph.micrograph import Micrograph
from nanocaliper.micrograph.read import read
from nanocaliper.pipeline import measure

KEPT = ("uint8", "uint16", "uint32", "int16", "int32", "float32")


@settings(max_examples=60, deadline=None)
@given(
    array=st.sampled_from(KEPT).flatmap(
        lambda name: hnp.arrays(
            np.dtype(name).newbyteorder(">") if len(name) % 2 else name,
            st.tuples(st.integers(16, 40), st.integers(16, 40)),
            elements={"allow_nan": False, "allow_infinity": False} if name == "float32" else None,
        )
    )
)
def test_kept_data_types_come_back_exactly(array: np.ndarray) -> None:
    micrograph = read(array)
    assert micrograph.pixels.dtype == array.dtype.newbyteorder("=")
    assert micrograph.pixels.dtype.isnative
    assert np.array_equal(micrograph.pixels, array)
    assert not micrograph.pixels.flags.writeable
    assert not np.shares_memory(micrograph.pixels, array)
    assert micrograph.warnings == ()
    assert (micrograph.source, micrograph.format, micrograph.nm_per_px) == ("array", "array", None)


@settings(max_examples=150, deadline=None)
@given(
    array=hnp.arrays(
        hnp.scalar_dtypes() | hnp.unicode_string_dtypes(),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=18),
    )
)
def test_any_array_gives_a_micrograph_or_a_clear_error(array: np.ndarray) -> None:
    try:
        micrograph = read(array)
    except NanocaliperError:
        return
    assert str(micrograph.pixels.dtype) in KEPT
    assert np.isfinite(micrograph.pixels).all()


@pytest.mark.parametrize(
    ("given_type", "kept_type"),
    [
        ("int8", "int16"),
        ("int64", "int32"),
        ("uint64", "uint32"),
        ("float16", "float32"),
        ("float64", "float32"),
    ],
)
def test_other_data_types_are_widened_or_narrowed_without_loss(given_type: str, kept_type: str) -> None:
    array = np.arange(-128, 128).reshape(16, 16)
    array = (array if given_type[0] != "u" else array + 128).astype(given_type)
    micrograph = read(array)
    assert micrograph.pixels.dtype == kept_type
    assert np.array_equal(micrograph.pixels, array)


def test_bool_becomes_black_and_white() -> None:
    array = np.eye(20, dtype=bool)
    assert np.array_equal(read(array).pixels, np.eye(20, dtype=np.uint8) * 255)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((20, 20), complex), "complex"),
        (np.zeros((20, 20), object), "object"),
        (np.full((20, 20), "a"), "type <U1"),
        (np.zeros((20, 20), "M8[s]"), "datetime64"),
        (np.zeros((0, 20)), "empty"),
        (np.zeros(400), "shape"),
        (np.zeros((5, 20, 20)), "shape"),
        (np.zeros((20, 20, 2)), "shape"),
        (np.zeros((2, 20, 20, 3)), "shape"),
        (np.full((20, 20), np.nan), "finite"),
        (np.full((20, 20), -np.inf, np.float32), "finite"),
        (np.full((20, 20), 1e39), "do not fit"),
        (np.full((20, 20), 2**32), "do not fit"),
        (np.full((20, 20), -(2**31) - 1), "do not fit"),
        (1e12 + np.arange(400.0).reshape(20, 20) / 1000, "cannot tell apart"),
    ],
)
def test_what_cannot_be_measured_is_refused(array: np.ndarray, words: str) -> None:
    with pytest.raises(UnsupportedImageError, match=words):
        read(array)


def test_gigapixel_limit() -> None:
    huge = np.broadcast_to(np.uint8(0), (40_000, 40_000))
    assert huge.size > MAX_PIXELS
    with pytest.raises(UnsupportedImageError, match="1,000,000,000 px"):
        read(huge)


def test_pixels_that_are_not_finite_get_the_median_and_are_counted() -> None:
    array = np.arange(400, dtype=np.float32).reshape(20, 20)
    array[0, 0], array[5, 5], array[7, 7] = np.nan, np.inf, -np.inf
    finite = array[np.isfinite(array)]
    micrograph = read(array)
    assert micrograph.pixels[0, 0] == micrograph.pixels[5, 5] == np.median(finite)
    assert np.array_equal(micrograph.pixels[np.isfinite(array)], finite)
    assert micrograph.warnings == (
        "3 of 400 pixels are not finite numbers; they got the median of the others.",
    )


def test_all_black_is_read() -> None:
    assert read(np.zeros((20, 20), np.uint8)).shape == (20, 20)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_equal_channels_stay_exactly_what_they_are(dtype: type) -> None:
    grey = np.random.default_rng(0).integers(0, 256, (20, 30)).astype(dtype)
    micrograph = read(np.dstack([grey, grey, grey]))
    assert np.array_equal(micrograph.pixels, grey)
    assert micrograph.pixels.dtype == dtype
    assert micrograph.colour is None


def test_colours_become_their_luminance() -> None:
    colours = np.zeros((20, 30, 3), np.uint16)
    colours[:10, :, 0], colours[10:, :15, 1], colours[10:, 15:, 2] = 10_000, 20_000, 60_000
    micrograph = read(colours)
    # ITU-R BT.601: 0.299 red, 0.587 green, 0.114 blue
    assert set(micrograph.pixels[:10].ravel()) == {2990}
    assert set(micrograph.pixels[10:, :15].ravel()) == {11_740}
    assert set(micrograph.pixels[10:, 15:].ravel()) == {6840}
    assert micrograph.colour is not None
    assert micrograph.colour.dtype == np.uint8
    assert micrograph.colour[0, 0].tolist() == [39, 0, 0]  # 10000 / 257
    assert not micrograph.colour.flags.writeable


def test_traces_of_colour_are_not_kept() -> None:
    colours = np.random.default_rng(0).integers(100, 110, (20, 30, 3)).astype(np.uint8)
    assert read(colours).colour is None


def test_transparency_is_ignored_with_a_word() -> None:
    rng = np.random.default_rng(1)
    colours = rng.integers(0, 256, (20, 30, 4), dtype=np.uint8)
    opaque = colours.copy()
    opaque[..., 3] = 255
    assert read(opaque).warnings == ()
    (warning,) = read(colours).warnings
    assert "transparency" in warning
    assert np.array_equal(read(colours).pixels, read(opaque).pixels)


def test_single_channel_axis_is_dropped() -> None:
    array = np.arange(400, dtype=np.uint16).reshape(20, 20, 1)
    assert np.array_equal(read(array).pixels, array[..., 0])


def test_sha256_is_of_the_bytes() -> None:
    array = np.arange(400, dtype=np.uint16).reshape(20, 20)
    assert read(array).sha256 == hashlib.sha256(array.tobytes()).hexdigest()
    assert read(array.T).sha256 == hashlib.sha256(array.T.copy().tobytes()).hexdigest()


def test_pages() -> None:
    with pytest.raises(ReadError, match="page 1 was asked for"):
        read(np.zeros((20, 20)), page=1)
    for page in (-1, 1.0, "0", True, None):
        with pytest.raises(UsageError, match="whole number from 0"):
            read(np.zeros((20, 20)), page=page)  # type: ignore[arg-type]


@pytest.mark.parametrize("source", [3, None, [[1, 2]], b"a.tif"])
def test_source_of_another_kind(source: object) -> None:
    with pytest.raises(UsageError, match="path or a numpy array"):
        read(source)  # type: ignore[arg-type]


def test_result_is_a_micrograph() -> None:
    assert isinstance(read(np.zeros((20, 20))), Micrograph)


@pytest.mark.parametrize("shape", [(1, 1), (3, 1000), (20, 15)])
def test_images_too_small_to_measure_are_read_but_not_measured(shape: tuple[int, int]) -> None:
    pixels = np.zeros(shape, np.uint8)
    assert read(pixels).shape == shape
    with pytest.raises(UnsupportedImageError, match=f"{shape[1]} x {shape[0]} px, and at least 16 px"):
        measure(pixels, model="threshold")
