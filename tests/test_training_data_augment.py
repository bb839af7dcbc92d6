"""Augmentation changes image and labels in step, repeats for the same generator, and loses no class."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocaliper.errors import UsageError
from nanocaliper.training.data import augment_nsyolo, augment_residualformer, augment_tao
from nanocaliper.training.data.augment_nsyolo import NsyoloAugmentation
from nanocaliper.training.data.augment_residualformer import ResidualFormerAugmentation
from nanocaliper.training.data.augment_tao import TaoAugmentation
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph
from nanocaliper.training.data.warping import change_grey, compose, flip_sample, turn_sample, warp

ALL = {
    "tao": augment_tao.augment,
    "residualformer": augment_residualformer.augment,
    "nsyolo": augment_nsyolo.augment,
}
CLASSES = ("dark", "middle", "bright")


def draw_discs(seed: int, rows: int = 180, cols: int = 240, dtype: type = np.uint8) -> LabelledMicrograph:
    """Discs apart from each other, each as bright as its class says."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((rows, cols), np.int32)
    row, col = np.indices(labels.shape)
    for at_row in range(30, rows - 20, 60):
        for at_col in range(30, cols - 20, 60):
            radius = rng.uniform(9, 20)
            labels[np.hypot(row - at_row - rng.uniform(-5, 5), col - at_col) <= radius] = labels.max() + 1
    class_of = np.concatenate([[0], rng.integers(0, 3, labels.max())]).astype(np.int64)
    grey = np.where(labels > 0, np.array([90, 150, 210])[class_of[labels]], 20)
    pixels = (grey * (257 if dtype == np.uint16 else 1)).astype(dtype)
    return LabelledMicrograph("discs", pixels, labels, CLASSES, class_of, "group")


@pytest.mark.parametrize("name", ALL)
def test_discs_lie_where_their_labels_are(name):
    """The grey values of a single bright disc and its label have one centroid, in 200 draws that show it whole."""
    rng = np.random.default_rng(1)
    row, col = np.indices((160, 200))
    checked = draw = 0
    while checked < 200:
        draw += 1
        centre = rng.uniform((40, 40), (120, 160))
        disc = np.hypot(row - centre[0], col - centre[1]) <= rng.uniform(10, 25)
        sample = LabelledMicrograph(
            "disc",
            np.where(disc, 255, 0).astype(np.uint8),
            disc.astype(np.int32),
            ("a",),
            np.zeros(2, np.int64),
        )
        changed = ALL[name](sample, np.random.default_rng(draw))
        rest = changed.labels
        if changed.count == 0 or rest[[0, -1]].any() or rest[:, [0, -1]].any():
            continue
        inside = np.argwhere(rest)
        # Weights near the disc alone: the grey around the image is no particle.
        low, high = np.maximum(inside.min(0) - 3, 0), inside.max(0) + 4
        part = changed.pixels[low[0] : high[0], low[1] : high[1]].astype(float)
        part -= part[0, 0]
        if part[0].any() or part[-1].any() or part[:, 0].any() or part[:, -1].any():
            continue  # at the rim of the image, beside the grey
        grey = [(np.indices(part.shape)[axis] * part).sum() / part.sum() for axis in (0, 1)] + low
        assert np.abs(grey - inside.mean(0)).max() < 0.6, draw
        checked += 1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("name", ALL)
def test_classes_follow_their_labels(name, dtype):
    sample = draw_discs(3, dtype=dtype)
    plain = {
        "tao": TaoAugmentation(value=0.0),
        "residualformer": ResidualFormerAugmentation(brightness=0.0, contrast=0.0, zoom=2.0),
        "nsyolo": NsyoloAugmentation(),
    }[name]
    lost = 0
    for draw in range(40):
        changed = ALL[name](sample, np.random.default_rng(draw), plain)
        assert changed.pixels.dtype == dtype
        assert (changed.name, changed.classes, changed.group) == ("discs", CLASSES, "group")
        assert len(np.unique(changed.labels)) == changed.count + (changed.labels == 0).any()
        lost += changed.count < sample.count
        for label in range(1, changed.count + 1):
            inside = changed.labels == label
            if inside.sum() < 60:
                continue
            grey = np.median(changed.pixels[inside]) / (257 if dtype == np.uint16 else 1)
            assert abs(grey - (90, 150, 210)[changed.class_of[label]]) <= 2
    assert lost > 5  # else the test would not see what leaves the image


@pytest.mark.parametrize("name", ALL)
def test_the_generator_alone_decides(name):
    sample = draw_discs(3)
    before = sample.pixels.copy(), sample.labels.copy()
    first, again, other = (ALL[name](sample, np.random.default_rng(seed)) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first.pixels, again.pixels)
    np.testing.assert_array_equal(first.labels, again.labels)
    assert first.labels.shape != other.labels.shape or (first.pixels != other.pixels).any()
    np.testing.assert_array_equal(sample.pixels, before[0])
    np.testing.assert_array_equal(sample.labels, before[1])


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0.3, 2.5),
    st.floats(0.3, 2.5),
    st.floats(-4, 4),
    st.booleans(),
    st.booleans(),
    st.integers(0, 99),
)
def test_areas_scale_with_both_factors(row_factor, col_factor, angle, flip_rows, flip_cols, seed):
    sample = draw_discs(seed, 90, 120)
    canvas = (700, 700)
    affine = compose((90, 120), canvas, (row_factor, col_factor), angle, (flip_rows, flip_cols))
    changed = warp(sample, affine, canvas)
    assert changed.count == sample.count
    expected = sample.areas_px[1:] * row_factor * col_factor
    perimeter = 2 * np.sqrt(np.pi * expected) * max(row_factor / col_factor, col_factor / row_factor) ** 0.5
    assert (np.abs(changed.areas_px[1:] - expected) < 0.35 * perimeter + 4).all()
    centres = np.array([np.argwhere(sample.labels == k).mean(0) for k in range(1, sample.count + 1)])
    found = np.array([np.argwhere(changed.labels == k).mean(0) for k in range(1, changed.count + 1)])
    assert np.abs(affine.map(centres) - found).max() < 0.6


def test_a_map_that_changes_nothing_changes_nothing():
    sample = draw_discs(2)
    same = warp(sample, compose((180, 240), (180, 240), (1.0, 1.0)), (180, 240))
    np.testing.assert_array_equal(same.pixels, sample.pixels)
    np.testing.assert_array_equal(same.labels, sample.labels)


def test_flips_and_quarter_turns_are_exact():
    sample = draw_discs(2)
    for back, there in (
        (
            lambda one: flip_sample(one, rows=True, cols=False),
            lambda one: flip_sample(one, rows=True, cols=False),
        ),
        (lambda one: turn_sample(one, 3), lambda one: turn_sample(one, 1)),
    ):
        again = back(there(sample))
        np.testing.assert_array_equal(again.pixels, sample.pixels)
        np.testing.assert_array_equal(again.labels, sample.labels)
    assert turn_sample(sample, 1).labels.shape == (240, 180)
    # A flip by the map is the same as the exact one.
    warped = warp(sample, compose((180, 240), (180, 240), (1.0, 1.0), flips=(False, True)), (180, 240))
    np.testing.assert_array_equal(warped.labels, flip_sample(sample, rows=False, cols=True).labels)


def test_tao_scales_from_a_quarter_to_twice_and_places_on_grey():
    sample = replace(draw_discs(1, 128, 128), pixels=np.full((128, 128), 255, np.uint8))
    options = TaoAugmentation(value=0.0, aspect_jitter=0.0)
    shares = []
    for draw in range(300):
        changed = augment_tao.augment(sample, np.random.default_rng(draw), options)
        white = changed.pixels == 255
        assert (changed.pixels >= 128).all()
        shares.append(np.sqrt(white.mean()))
        where = np.argwhere(white)
        assert (where.max(0) - where.min(0) + 1).prod() == white.sum()
    assert min(shares) == pytest.approx(0.25, abs=0.03)
    assert max(shares) == 1
    # Evenly from 1/4 to 2, so that 4 in 7 fill the canvas.
    assert np.mean(np.array(shares) > 0.99) == pytest.approx(4 / 7, abs=0.1)


def test_tao_changes_the_value_by_30_percent_at_most():
    sample = replace(draw_discs(1, 64, 64), pixels=np.full((64, 64), 100, np.uint8))
    options = TaoAugmentation(scale=(1.0, 1.0), aspect_jitter=0.0)
    values = [
        int(augment_tao.augment(sample, np.random.default_rng(k), options).pixels[32, 32]) for k in range(200)
    ]
    assert min(values) == pytest.approx(70, abs=2)
    assert max(values) == pytest.approx(130, abs=2)


def test_tao_takes_a_canvas():
    changed = augment_tao.augment(draw_discs(1), np.random.default_rng(0), TaoAugmentation(canvas=(64, 96)))
    assert changed.labels.shape == (64, 96)


def test_zoom_never_shows_what_is_outside():
    sample = replace(draw_discs(1), pixels=np.full((180, 240), 255, np.uint8))
    options = ResidualFormerAugmentation(brightness=0.0, contrast=0.0, zoom=2.0)
    for draw in range(60):
        changed = augment_residualformer.augment(sample, np.random.default_rng(draw), options)
        assert (changed.pixels == 255).all()


def test_grey_values():
    pixels = np.array([[0, 100], [100, 200]], np.uint8)
    np.testing.assert_array_equal(change_grey(pixels, contrast=0.5), [[50, 100], [100, 150]])
    np.testing.assert_array_equal(change_grey(pixels, brightness=0.5), [[128, 228], [228, 255]])


def test_mosaic_of_four():
    samples = [replace(draw_discs(seed), name=f"{seed}") for seed in range(4)]
    options = NsyoloAugmentation(mosaic=1.0)
    found = augment_nsyolo.augment(samples[0], np.random.default_rng(2), options, samples[1:])
    assert found.labels.shape == (180, 240)
    assert found.count > 4
    for label in range(1, found.count + 1):
        inside = found.labels == label
        if inside.sum() > 60:
            assert abs(np.median(found.pixels[inside]) - (90, 150, 210)[found.class_of[label]]) <= 2
    with pytest.raises(UsageError, match="mosaic of 1 other"):
        augment_nsyolo.augment(samples[0], np.random.default_rng(2), options, samples[1:2])
    with pytest.raises(UsageError, match="differ in their classes"):
        augment_nsyolo.augment(
            samples[0], np.random.default_rng(2), options, [s.in_classes(("one",)) for s in samples[1:]]
        )
    assert NsyoloAugmentation().mosaic == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: TaoAugmentation(scale=(2.0, 1.0)),
        lambda: TaoAugmentation(value=1.5),
        lambda: ResidualFormerAugmentation(zoom=0.5),
        lambda: NsyoloAugmentation(scale=(0.0, 1.0)),
        lambda: NsyoloAugmentation(mosaic=2.0),
    ],
)
def test_impossible_options(make):
    with pytest.raises(UsageError, match="expected"):
        make()
