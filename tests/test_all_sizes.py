"""Large and small particles in one image: what looks of several scales make of it together."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocaliper.inference.tiling import TileOptions
from nanocaliper.segmentation import all_sizes
from nanocaliper.segmentation.all_sizes import add_large, add_small, find_all_sizes, hints_at_more
from nanocaliper.segmentation.decoders.fields import BoundaryJudge
from nanocaliper.segmentation.field_options import FieldOptions, LookOptions
from nanocaliper.segmentation.looks import Look, Looker
from nanocaliper.segmentation.sight import lay, lay_level, measure_sight

LOOKS = LookOptions(step=2.5, small_px=24, small_fewest=5, small_share=0.1, small_sure=0.67, large_px=160)
OPTIONS = FieldOptions(
    diameter_px=40,
    first_look_px=128,
    scale_max=2.0,
    foreground=0.5,
    boundary=0.5,
    smoothing_px=1.0,
    diameter_min_px=4,
    confidence=0.5,
    judge=BoundaryJudge(-10, 0, 0, 0, 0),
    tiles=TileOptions(),
    looks=LOOKS,
)


# A stand-in for the network, at half resolution: bright is particle, deep in its middle; what is smaller than 10
# working px is not seen, and what is larger than 200 falls into four pieces, less sure than a whole.
def _sees_middle_sizes(grey):
    half = cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0] // 2), interpolation=cv2.INTER_AREA)
    count, labels, stats, centres = cv2.connectedComponentsWithStats((half > 0).astype(np.uint8))
    inside, sure = np.zeros(half.shape, np.uint8), np.ones(half.shape, np.float32)
    for k in range(1, count):
        if stats[k, cv2.CC_STAT_AREA] < np.pi / 4 * 5**2:
            continue
        inside[labels == k] = 1
        if stats[k, cv2.CC_STAT_AREA] > np.pi / 4 * 100**2:
            col, row = centres[k].astype(int)
            sure[labels == k] = 0.8
            inside[row - 2 : row + 3][labels[row - 2 : row + 3] == k] = 0
            inside[:, col - 2 : col + 3][labels[:, col - 2 : col + 3] == k] = 0
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    depth = depth / max(float(depth.max()), 1e-6)
    zero = np.zeros_like(half)
    return np.stack([inside * sure, depth, zero, zero, zero])


def _discs(shape, discs):
    rows, cols = np.indices(shape)
    grey = np.full(shape, -1, np.float32)
    for row, col, diameter in discs:
        grey[np.hypot(rows - row, cols - col) <= diameter / 2] = 1
    return grey


# Typical are discs of 60 px, in whose close look the large one (300 px, 200 working px) falls apart, and specks of
# 10 px (6.7 working px) are not seen.
LARGE, MIDDLE = [(220, 220, 330)], [(90 + 85 * i, 470 + 85 * j, 60) for i in range(5) for j in range(6)]
SPECKS = [(600, 60 + 40 * i, 12) for i in range(20)]


def _sizes(labels):
    areas = np.bincount(labels.ravel())[1:]
    return np.sort(np.sqrt(4 * areas[areas > 0] / np.pi))


def test_large_and_small_particles_of_one_image_come_out_whole():
    grey = _discs((640, 1000), LARGE + MIDDLE + SPECKS)
    # Some specks that are just seen hint at the others.
    for col in range(100, 900, 100):
        cv2.circle(grey, (col, 560), 8, 1, -1)
    found = find_all_sizes(Looker(grey, _sees_middle_sizes, OPTIONS))
    sizes = _sizes(found.sight.labels)
    assert len(sizes) == len(LARGE + MIDDLE + SPECKS) + 8
    assert sizes[-1] == pytest.approx(330, rel=0.02)
    assert sizes[-31:-1] == pytest.approx(60, rel=0.03)
    assert sizes[:20] == pytest.approx(12, rel=0.1)
    scale = found.scales[0]
    assert scale == pytest.approx(40 / 60, rel=0.05)
    assert found.scales[1:] == pytest.approx((scale / 2.5, min(scale * 2.5, 2.0)))


def test_one_look_where_the_card_says_nothing_of_several():
    grey = _discs((640, 1000), LARGE + MIDDLE + SPECKS)
    found = find_all_sizes(Looker(grey, _sees_middle_sizes, replace(OPTIONS, looks=None)))
    assert len(_sizes(found.sight.labels)) == len(MIDDLE) + 4
    assert len(found.scales) == 1


def test_particles_of_one_size_are_looked_at_no_closer():
    found = find_all_sizes(Looker(_discs((640, 1000), MIDDLE), _sees_middle_sizes, OPTIONS))
    assert len(found.scales) == 1
    assert len(_sizes(found.sight.labels)) == len(MIDDLE)


def test_parts_give_what_the_whole_gives(monkeypatch):
    grey = _discs((640, 1000), MIDDLE + SPECKS)
    looker = Looker(grey, _sees_middle_sizes, OPTIONS)
    labels = np.zeros(grey.shape, np.int32)
    empty = measure_sight(labels, np.zeros(grey.shape, np.uint8), None)
    whole = add_small(empty, looker, 0.3, 2.0, LOOKS)
    monkeypatch.setattr(all_sizes, "_CORE_PX", 192)
    monkeypatch.setattr(all_sizes, "_MARGIN_PX", 64)
    looker = replace(looker, options=replace(OPTIONS, tiles=TileOptions(whole_px=1000)))
    parts = add_small(empty, looker, 0.3, 2.0, LOOKS)
    assert len(_sizes(whole.labels)) == len(MIDDLE + SPECKS)
    assert len(_sizes(parts.labels)) == len(MIDDLE + SPECKS)
    assert np.mean((whole.labels > 0) != (parts.labels > 0)) < 1e-4


@given(
    st.tuples(st.integers(16, 700), st.integers(16, 700)),
    st.floats(0.05, 4),
    st.sampled_from([64, 192, 1024]),
)
@settings(deadline=None, max_examples=60)
def test_parts_cover_every_pixel_once(shape, scale, core):
    looker = Looker(
        np.zeros(shape, np.float32), _sees_middle_sizes, replace(OPTIONS, tiles=TileOptions(whole_px=1))
    )
    covered = np.zeros(shape, int)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(all_sizes, "_CORE_PX", core)
        patch.setattr(all_sizes, "_MARGIN_PX", 64)
        for part, kept in all_sizes._cut(looker, scale):
            assert covered[part].size > 0
            assert all(k.start >= 0 and k.stop <= s.stop - s.start for k, s in zip(kept, part, strict=True))
            covered[part][kept] += 1
    assert (covered == 1).all()


def _sight(labels, scores, score_map=None):
    level = np.zeros(labels.shape, np.uint8)
    for number, score in enumerate(scores, start=1):
        level[labels == number] = round(255 * score)
    return measure_sight(labels.astype(np.int32), level, score_map)


def _coarse_disc(diameter, score):
    """A look at a tenth of the scale at a 400 px image with one disc in the middle."""
    rows, cols = np.indices((40, 40))
    labels = (np.hypot(rows - 19.5, cols - 19.5) <= diameter / 20).astype(np.int32)
    fields = np.stack([labels * np.float32(score)] + [np.zeros(labels.shape, np.float32)] * 4)
    return Look(0.2, (0.1, 0.1), fields, labels)


@pytest.mark.parametrize(
    ("pieces_score", "whole_score", "found"),
    [(0.6, 0.9, 1), (0.95, 0.8, 4), (0.3, 0.9, 1), (0.3, 0.45, 4)],
    ids=["surer whole", "surer pieces", "unsure pieces", "unsure whole"],
)
def test_pieces_give_way_to_a_surer_whole(pieces_score, whole_score, found):
    rows, cols = np.indices((400, 400))
    inside = np.hypot(rows - 199.5, cols - 199.5) <= 140
    quarters = 1 + (rows > 199) + 2 * (cols > 199)
    gaps = (abs(rows - 199.5) < 12) | (abs(cols - 199.5) < 12)
    sight = _sight(np.where(inside & ~gaps, quarters, 0), [pieces_score] * 4)
    looker = Looker(np.zeros((400, 400), np.float32), _sees_middle_sizes, OPTIONS)
    joined = add_large(sight, looker, 1.0, _coarse_disc(280, whole_score), LOOKS)
    assert len(_sizes(joined.labels)) == found
    if found == 1:
        assert _sizes(joined.labels)[0] == pytest.approx(280, rel=0.03)


def test_a_large_particle_that_is_seen_already_keeps_its_finer_outline():
    rows, cols = np.indices((400, 400))
    sight = _sight((np.hypot(rows - 199.5, cols - 199.5) <= 133).astype(int), [0.6])
    looker = Looker(np.zeros((400, 400), np.float32), _sees_middle_sizes, OPTIONS)
    assert add_large(sight, looker, 1.0, _coarse_disc(280, 0.99), LOOKS) is sight


def test_small_particles_are_not_laid_on_what_is_well_seen():
    grey = _discs((300, 300), [(80, 80, 16), (200, 200, 16)])
    rows, cols = np.indices(grey.shape)
    sight = _sight((np.hypot(rows - 80, cols - 80) <= 40).astype(int), [0.9])
    joined = add_small(sight, Looker(grey, _sees_middle_sizes, OPTIONS), 1.0, 2.0, LOOKS)
    assert _sizes(joined.labels) == pytest.approx([16, 80], rel=0.05)


def test_a_small_particle_that_only_the_first_look_shows_stays():
    rows, cols = np.indices((300, 300))
    sight = _sight((np.hypot(rows - 80, cols - 80) <= 8).astype(int), [0.9])
    nothing = Looker(np.full((300, 300), -1, np.float32), _sees_middle_sizes, OPTIONS)
    joined = add_small(sight, nothing, 1.0, 2.0, LOOKS)
    assert ((joined.labels > 0) == (sight.labels > 0)).all()
    assert (joined.level == sight.level).all()


def _squares(count, diameter, start=20):
    labels = np.zeros((100, 40 * count + 40), int)
    for k in range(count):
        labels[start : start + diameter, 20 + 40 * k : 20 + 40 * k + diameter] = k + 1
    return labels


def test_enough_candidates_that_are_hardly_seen_ask_for_a_finer_look():
    assert hints_at_more(_sight(_squares(5, 10), [0.3] * 5), 1.0, LOOKS, 0.5)
    assert not hints_at_more(_sight(_squares(4, 10), [0.3] * 4), 1.0, LOOKS, 0.5)  # too few
    assert not hints_at_more(_sight(_squares(5, 10), [0.05] * 5), 1.0, LOOKS, 0.5)  # too faint
    assert not hints_at_more(_sight(_squares(5, 10), [0.3] * 5), 4.0, LOOKS, 0.5)  # well seen
    assert not hints_at_more(_sight(_squares(5, 10), [0.3] * 5), 0.3, LOOKS, 0.5)  # noise
    assert not hints_at_more(_sight(_squares(5, 10, 0), [0.3] * 5), 1.0, LOOKS, 0.5)  # cut by the edge


@pytest.mark.parametrize(("large", "hints"), [(49, True), (51, False)])
def test_a_few_small_ones_of_a_crowd_do_not_ask(large, hints):
    labels = _squares(large + 5, 30)
    for k in range(5):
        labels[labels == k + 1] = 0
        labels[20:30, 20 + 40 * k : 30 + 40 * k] = k + 1
    scores = [0.3] * 5 + [0.9] * large
    assert hints_at_more(_sight(labels, scores), 1.0, LOOKS, 0.5) is hints


def test_laid_where_enough_is_free():
    target = np.zeros((10, 20), np.int32)
    target[:, :10] = 7
    new = np.zeros((10, 20), int)
    new[0:4, 8:16] = 1  # a quarter lies on the other
    new[5:9, 6:14] = 2  # half
    lay(target, _sight(new, [0.9, 0.9]), np.array([False, True, True]), 100)
    assert set(np.unique(target)) == {0, 7, 101}
    assert (target == 101).sum() == 4 * 6


def test_level_follows_what_is_shown_and_a_little_around():
    target, level = np.zeros((40, 40), np.uint8), np.full((40, 40), 9, np.uint8)
    shown, free = np.zeros((40, 40), bool), np.ones((40, 40), bool)
    shown[20, 20] = True
    free[:, 22:] = False
    lay_level(target, level, shown, free)
    expected = np.zeros((40, 40), np.uint8)
    expected[17:24, 17:22] = 9
    assert (target == expected).all()
