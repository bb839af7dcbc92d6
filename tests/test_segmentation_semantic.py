"""Particles from a map of probability: discs of known size, parted or not, in one piece or in tiles."""

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the train extra")

import nanocaliper
from nanocaliper.errors import ModelError, SegmentationError, UsageError
from nanocaliper.inference.catalogue import find_model
from nanocaliper.segmentation import by_probability
from nanocaliper.segmentation.by_network import find_by_network
from nanocaliper.segmentation.glimpses import Glimpsed
from nanocaliper.segmentation.parting import PartingOptions
from nanocaliper.segmentation.working_scale import look_closer, warn_of_reduction
from network_stand_ins import draw_discs, write_semantic

DISCS = [(60.3, 70.8, 24.0), (150.0, 60.0, 30.5), (110.5, 190.2, 40.0)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_semantic(tmp_path_factory.mktemp("models") / "semantic")


def _measure(pixels, folder, **more):
    return nanocaliper.measure(pixels, model=str(folder), nm_per_px=1.0, **more)


@pytest.mark.parametrize("scale", ["scale = 1.0", "scale = 0.4", "short_side_px = 400", "long_side_px = 130"])
def test_discs_have_their_diameters_and_places_at_any_working_scale(tmp_path, scale):
    folder = write_semantic(tmp_path / "model", scale)
    found = _measure(draw_discs((200, 260), DISCS), folder).particles
    assert len(found) == 3
    for row, col, radius in DISCS:
        near = found.iloc[np.hypot(found["row"] - row, found["col"] - col).argmin()]
        assert near["diameter_equivalent_px"] == pytest.approx(2 * radius, rel=0.01)
        assert (near["row"], near["col"]) == pytest.approx((row, col), abs=0.2)
        assert near["score"] > 0.9


def test_touching_discs_are_parted_by_the_watershed_only(model):
    pixels = draw_discs((120, 200), [(60, 60, 30), (60, 119, 30)])
    assert len(_measure(pixels, model).particles) == 1
    parted = _measure(pixels, model, parting="watershed")
    assert parted.particles["diameter_equivalent_px"].to_numpy() == pytest.approx([60, 60], rel=0.02)
    assert parted.settings["parting"] == parted.segmentation.settings["parting"] == "watershed"
    whole = _measure(pixels, model, parting="components")
    assert len(whole.particles) == 1
    assert whole.segmentation.settings["parting"] == "components"


def test_a_speck_in_a_particle_does_not_part_it(model):
    pixels = draw_discs((120, 120), [(60, 60, 40)])
    pixels[58:60, 50:52] = 0
    assert len(_measure(pixels, model, parting="watershed").particles) == 1


def test_tiles_give_what_the_whole_gives(model, monkeypatch):
    rng = np.random.default_rng(5)
    discs = [
        (r + rng.uniform(-8, 8), c + rng.uniform(-8, 8), rng.uniform(8, 22))
        for r in range(40, 700, 60)
        for c in range(40, 900, 60)
    ]
    pixels = draw_discs((700, 900), discs)
    card = find_model(str(model))
    whole = find_by_network(pixels, card, PartingOptions())
    monkeypatch.setattr(by_probability, "_WHOLE_PX", 1)
    monkeypatch.setattr(by_probability, "_CORE_PX", 256)
    monkeypatch.setattr(by_probability, "_MARGIN_PX", 64)
    tiled = find_by_network(pixels, card, PartingOptions())
    assert tiled.settings["tiles"] == 12
    assert whole.settings["tiles"] == 1
    assert np.array_equal(whole.labels, tiled.labels)
    assert np.array_equal(whole.level, tiled.level)
    assert whole.warnings == ()
    assert "12 tiles" in tiled.warnings[0]


def test_a_network_that_sees_no_further_than_a_tile_needs_no_warning(tmp_path, monkeypatch):
    folder = write_semantic(tmp_path / "model", "scale = 1.0\nreach_px = 2")
    monkeypatch.setattr(by_probability, "_WHOLE_PX", 1)
    assert not _measure(draw_discs((200, 260), DISCS), folder).segmentation.warnings


def test_confidence_leaves_out_and_counts(tmp_path):
    folder = write_semantic(tmp_path / "model", steepness=2.0)
    pixels = np.maximum(draw_discs((200, 260), DISCS), draw_discs((200, 260), [(30, 230, 20)], bright=135))
    everything = _measure(pixels, folder, confidence=0.0)
    assert len(everything.particles) == 4
    faint = everything.particles["score"].min()
    strict = _measure(pixels, folder, confidence=faint + 0.01)
    assert len(strict.particles) == 3
    assert strict.segmentation.left_out["low_score"] == 1


def test_score_map_and_outline_uncertainty_of_the_card_hold(tmp_path):
    more = "outline_uncertainty = 0.1\n[decoder.score]\nbias = -1.0\nslope = 0.5"
    folder = write_semantic(tmp_path / "mapped", more=more, steepness=2.0)
    pixels = draw_discs((200, 260), DISCS)
    plain = _measure(pixels, write_semantic(tmp_path / "plain", steepness=2.0), confidence=0.0).particles
    mapped = _measure(pixels, folder, confidence=0.0).particles
    mean = plain["score"].to_numpy()
    assert mapped["score"].to_numpy() == pytest.approx(
        1 / (1 + np.exp(1 - 0.5 * np.log(mean / (1 - mean)))), rel=1e-4
    )
    assert (mapped["outline_uncertainty_px"] > 0).all()
    assert plain["outline_uncertainty_px"].isna().all()


def test_methods_without_a_choice_of_parting_refuse_it(model):
    pixels = draw_discs((200, 260), DISCS)
    for name in ("threshold", "particle_unet"):
        with pytest.raises(UsageError, match="parts particles in one way only"):
            nanocaliper.measure(pixels, model=name, parting="watershed")
    with pytest.raises(UsageError, match="'components', 'watershed'"):
        _measure(pixels, model, parting="magic")
    with pytest.raises(UsageError, match="no judge of boundaries"):
        _measure(pixels, model, split=1.0)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("scale = 1.0", "", "no working scale"),
        ("scale = 1.0", "scale = 1.0\nlong_side_px = 640", "long_side_px and scale"),
        ("scale = 1.0", "scale = 0", "input.scale = 0.0|input.scale = 0;"),
        ("scale = 1.0", 'short_side_px = "big"', "expected a number from 32"),
        ("multiple = 32", "multiple = 1000000", "input.multiple"),
        ('parting = "components"', 'parting = "magic"', "'components' or 'watershed'"),
        ('parting = "components"', "", "lacks decoder.parting"),
        ("boundary = 0.5", "boundary = 1.5", "decoder.boundary = 1.5"),
        ("boundary = 0.5", "boundary = nan", "decoder.boundary = nan"),
        ("confidence = 0.5", "confidence = true", "decoder.confidence = True"),
        ("confidence = 0.5", "", "lacks decoder.confidence"),
        ('name = "semantic"', 'name = ["semantic"]', "expected 'fields' or 'semantic' or 'prototypes'"),
        ("stride = 1", "stride = 2", "correct output.channels and output.stride"),
        ('channels = ["probability"]', "channels = []", "a list of different names"),
        ("[input]", "[[input]]", "input = "),
    ],
)
def test_a_card_with_an_impossible_entry_is_refused_in_a_sentence(tmp_path, old, new, message):
    folder = write_semantic(tmp_path / "model")
    text = (folder / "card.toml").read_text()
    assert old in text
    (folder / "card.toml").write_text(text.replace(old, new))
    with pytest.raises(ModelError, match=message) as caught:
        _measure(draw_discs((100, 100), [(50, 50, 20)]), folder)
    assert "\n" not in str(caught.value)


def test_an_image_too_large_at_its_working_scale_is_refused(tmp_path):
    folder = write_semantic(tmp_path / "model", "scale = 1000")
    with pytest.raises(SegmentationError, match="at most 150 Mpx"):
        _measure(draw_discs((100, 100), [(50, 50, 20)]), folder)


CROWD = [(40 + 48 * row, 40 + 48 * col, 14.0) for row in range(16) for col in range(20)]


def test_a_large_image_of_small_particles_is_looked_at_closer(tmp_path):
    folder = write_semantic(tmp_path / "model", "short_side_px = 128")
    found = _measure(draw_discs((800, 1000), CROWD), folder)
    assert len(found.particles) == len(CROWD)
    assert found.particles["diameter_equivalent_px"].to_numpy() == pytest.approx(28, rel=0.02)
    assert found.segmentation.settings["working_scale"] == 1.0
    assert not [text for text in found.warnings if "reduced" in text]


def test_a_large_image_of_large_particles_is_not(tmp_path):
    folder = write_semantic(tmp_path / "model", "short_side_px = 128")
    found = _measure(draw_discs((1000, 1300), [(300, 300, 180), (650, 900, 220)]), folder)
    assert found.particles["diameter_equivalent_px"].to_numpy() == pytest.approx([360, 440], rel=0.02)
    assert found.segmentation.settings["working_scale"] == 0.128
    assert [text for text in found.warnings if "reduced to 13 %" in text]


@pytest.mark.parametrize(
    ("scale", "diameter", "shape", "closer"),
    [
        (0.1, 30.0, (3000, 4000), 1.0),  # would be enlarged: at most its own size
        (0.1, 60.0, (3000, 4000), 40 / 60),
        (0.3, 10.0, (1000, 1000), 0.3),  # hardly reduced: no glimpse
        (0.1, 30.0, (30000, 20000), 0.5),  # as far as 150 million working px go
    ],
)
def test_as_close_as_brings_the_typical_particle_to_40_px(scale, diameter, shape, closer):
    def seen(scale, part):
        return Glimpsed(np.full(3, diameter), np.zeros(3, bool))

    assert look_closer(scale, shape, seen) == pytest.approx(closer)


def test_an_image_that_is_much_reduced_has_a_warning():
    (sentence,) = warn_of_reduction(0.149)
    assert "reduced to 15 % of its size, so particles under about 54 px are missed" in sentence
    assert warn_of_reduction(0.3) == ()
