"""Segmentation by the shipped network, on simulated micrographs whose truth is exact."""

from dataclasses import replace
from types import MappingProxyType

import cv2
import numpy as np
import pytest

from nanocaliper.errors import ModelError, SegmentationError, UsageError
from nanocaliper.evaluation.labels import particle_sizes
from nanocaliper.inference.catalogue import DEFAULT_MODEL, find_model
from nanocaliper.inference.tiling import TileOptions
from nanocaliper.micrograph.read import read
from nanocaliper.particles.descriptors import measure_particles
from nanocaliper.particles.filters import ParticleLimits, keep_particles
from nanocaliper.segmentation.decoders.fields import BoundaryJudge
from nanocaliper.segmentation.field_options import FieldOptions
from nanocaliper.segmentation.looks import Looker, look_closely
from nanocaliper.segmentation.segment import segment
from nanocaliper.synthesis.scene import AnnotationOptions, BarOptions, SceneOptions
from nanocaliper.synthesis.simulate import simulate


@pytest.fixture(scope="module", params=["SEM", "TEM"])
def scene(request):
    options = SceneOptions(
        kind=request.param,
        shape=(400, 520),
        count=30,
        diameter_px=44,
        gsd=1.1,
        arrangement="touching",
        group=3,
    )
    return simulate(options, np.random.default_rng(11))


def _segment(pixels, **limits):
    return keep_particles(segment(read(pixels)), ParticleLimits(**limits))


def _whole(scene):
    return scene.particles[~scene.particles["touches_border"]]


def test_touching_particles_come_out_one_by_one(scene):
    found = _segment(scene.pixels)
    assert found.labels.shape == scene.pixels.shape
    for particle in _whole(scene)["particle"]:
        votes = np.bincount(found.labels[scene.labels == particle])
        assert votes.argmax() > 0
        assert votes.max() > 0.9 * votes.sum()
        assert votes.max() > 0.85 * (found.labels == votes.argmax()).sum()


def test_sizes_are_true(scene):
    micrograph = read(scene.pixels)
    found = measure_particles(keep_particles(segment(micrograph)), micrograph.field, None).measured
    assert len(found) == len(_whole(scene))
    mean = _whole(scene)["diameter_equivalent_px"].mean()
    assert found["diameter_equivalent_px"].mean() == pytest.approx(mean, rel=0.03)


def test_scores_and_level_fit_the_labels(scene):
    found = _segment(scene.pixels)
    assert found.scores.shape == (found.labels.max(),)
    assert ((found.scores > 0) & (found.scores <= 1)).all()
    assert found.level[found.labels > 0].mean() > 200
    assert found.level[found.labels == 0].mean() < 60


def test_depth_brightness_and_contrast_change_nothing_that_matters(scene):
    count = _segment(scene.pixels).labels.max()
    assert _segment(scene.pixels.astype(np.uint16) * 200 + 1000).labels.max() == count
    dim = (scene.pixels // 2 + 60).astype(np.uint8)
    assert abs(_segment(dim).labels.max() - count) <= 1


def test_the_same_scene_at_twice_the_pixels_has_twice_the_diameters(scene):
    large = cv2.resize(scene.pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    small, big = (particle_sizes(_segment(p).labels)[1:] for p in (scene.pixels, large))
    assert abs(len(small) - len(big)) <= 1
    # One may be found in one of them only: a sliver at the border, whose size is hardly known to a pixel either.
    both = min(len(small), len(big))
    assert np.sort(big)[-both:] == pytest.approx(2 * np.sort(small)[-both:], rel=0.03, abs=2)


def test_same_image_same_result(scene):
    first, second = _segment(scene.pixels), _segment(scene.pixels)
    assert np.array_equal(first.labels, second.labels)
    assert np.array_equal(first.level, second.level)


@pytest.mark.parametrize("shape", [(16, 16), (33, 300), (257, 255), (480, 640)])
def test_noise_alone_gives_no_particle_at_any_size(shape):
    noise = np.random.default_rng(0).normal(128, 20, shape).clip(0, 255).astype(np.uint8)
    assert _segment(noise).labels.max() == 0


@pytest.mark.parametrize("value", [0, 255])
def test_constant_image_gives_no_particle(value):
    assert _segment(np.full((200, 300), value, np.uint8)).labels.max() == 0


def test_confidence_leaves_out_and_counts(scene):
    everything = _segment(scene.pixels, confidence=0.0)
    strict = _segment(scene.pixels, confidence=0.97)
    assert len(strict.scores) < len(everything.scores)
    assert strict.left_out["low_score"] == len(everything.scores) - len(strict.scores)
    # Numbers stay.
    assert (strict.labels[strict.labels > 0] == everything.labels[strict.labels > 0]).all()


def test_split_parts_more_or_less_readily(scene):
    counts = [len(segment(read(scene.pixels), split=split).scores) for split in (-3.0, 0.0, 3.0)]
    assert counts == sorted(counts)
    card = find_model(DEFAULT_MODEL)
    judges = [FieldOptions.from_card(card, split).judge for split in (0.0, 1.5)]
    assert judges[1].bias == judges[0].bias + 1.5


def test_impossible_split_is_refused(scene):
    with pytest.raises(UsageError, match="from -3 to 3"):
        segment(read(scene.pixels), split=3.5)
    with pytest.raises(UsageError, match="no judge of boundaries"):
        segment(read(scene.pixels), model="threshold", split=1.0)


# A stand-in for the network, at half resolution: bright is particle, and a particle is deep in its middle.
def _bright_is_particle(grey):
    half = cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0] // 2), interpolation=cv2.INTER_AREA)
    inside = (half > 0).astype(np.uint8)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    depth = depth / max(float(depth.max()), 1e-6)
    zero = np.zeros_like(half)
    return np.stack([inside.astype(np.float32), depth, zero, zero, zero])


_OPTIONS = FieldOptions(
    diameter_px=40,
    first_look_px=64,
    scale_max=2.0,
    foreground=0.5,
    boundary=0.5,
    smoothing_px=1.0,
    diameter_min_px=4,
    confidence=0.5,
    judge=BoundaryJudge(-10, 0, 0, 0, 0),
    tiles=TileOptions(),
)


@pytest.mark.parametrize(
    ("diameter", "scale"),
    [(250, 0.25), (100, 0.4), (40, 1.0), (24, 40 / 24), (16, 2.0)],
    ids=["huge: first look", "large", "as wanted", "small", "tiny: at the limit"],
)
def test_working_scale_follows_the_particles(diameter, scale):
    r, c = np.indices((256, 256))
    grey = np.full((256, 256), -1, np.float32)
    grey[np.hypot(r % 128 - 64, c % 128 - 64) < diameter / 2] = 1  # four discs
    if diameter > 128:
        grey = np.where(np.hypot(r - 128, c - 128) < diameter / 2, 1, -1).astype(np.float32)
    close = look_closely(Looker(grey, _bright_is_particle, _OPTIONS))
    seen = close.look
    assert close.scales[0] == 0.25
    assert seen.scale == pytest.approx(scale, rel=0.3)
    assert np.median(seen.sizes_px()[seen.find_counting(4, 0.5)]) == pytest.approx(diameter, rel=0.12)


def test_a_crowd_too_small_for_the_first_look_is_not_taken_for_a_few_large_ones():
    crowd = SceneOptions(
        kind="SEM",
        shape=(768, 1024),
        count=922,
        diameter_px=16,
        arrangement="touching",
        nm_per_px=2.0,
        annotations=AnnotationOptions(bar=BarOptions()),
    )
    made = simulate(crowd, np.random.default_rng(0))
    found = keep_particles(segment(read(made.pixels)))
    assert found.labels.max() == pytest.approx(made.labels.max(), rel=0.03)
    assert np.median(particle_sizes(found.labels)[1:]) == pytest.approx(16, rel=0.08)


def test_sparse_specks_are_found():
    pixels = np.random.default_rng(0).normal(80, 4, (512, 720))
    centres = np.random.default_rng(5).uniform(20, 490, (7, 2))
    rows, cols = np.indices(pixels.shape)
    for row, col in centres:
        pixels += 110 * np.exp(-((((rows - row) ** 2 + (cols - col) ** 2) / (2 * 2.2**2)) ** 2))
    found = _segment(np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.7).clip(0, 255), np.uint8))
    assert found.labels.max() == len(centres)


def test_where_nothing_is_seen_it_looks_again_at_full_size_and_enlarged():
    empty = np.full((256, 256), -1, np.float32)
    assert look_closely(Looker(empty, _bright_is_particle, _OPTIONS)).scales == (0.25, 1.0, 2.0)


def test_an_empty_image_too_large_to_be_enlarged_is_no_error(monkeypatch):
    monkeypatch.setattr("nanocaliper.segmentation.looks.WORKING_PIXELS_MAX", 2 * 256**2)
    close = look_closely(Looker(np.full((256, 256), -1, np.float32), _bright_is_particle, _OPTIONS))
    assert close.scales == (0.25, 1.0)
    assert close.look.labels.max() == 0


def test_too_large_at_the_scale_it_needs_is_refused():
    empty = np.broadcast_to(np.float32(-1), (13000, 13000))
    with pytest.raises(SegmentationError, match="13000 x 13000 px"):
        look_closely(Looker(empty, _bright_is_particle, _OPTIONS))


@pytest.mark.parametrize(
    ("part", "entry", "value", "message"),
    [
        ("input", "diameter_px", None, "diameter_px"),
        ("input", "multiple", "many", "many"),
        ("decoder", "name", "stars", "'stars'"),
        ("decoder", "judge", {"bias": 1.0}, "contour"),
    ],
)
def test_card_with_a_wrong_entry_is_refused(part, entry, value, message):
    card = find_model(DEFAULT_MODEL)
    entries = {k: v for k, v in (dict(getattr(card, part)) | {entry: value}).items() if v is not None}
    with pytest.raises(ModelError, match=message):
        FieldOptions.from_card(replace(card, **{part: MappingProxyType(entries)}))
