"""Particles from boxes, classes and prototypes, from an image file to a table."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("onnx", reason="needs the train extra")

import nanocaliper
from nanocaliper.editing.candidate_file import load_candidates, save_candidates
from nanocaliper.editing.candidates import find_candidates
from nanocaliper.errors import ModelError
from nanocaliper.inference.catalogue import find_model
from nanocaliper.segmentation import by_detections
from nanocaliper.segmentation.by_network import find_by_network
from nanocaliper.segmentation.parting import PartingOptions
from nanocaliper.synthesis.scene import SceneOptions
from nanocaliper.synthesis.simulate import simulate
from network_stand_ins import DISC_PX, draw_discs, write_prototypes

PLACES = [(60.3, 70.8), (150.0, 60.0), (110.5, 190.2)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_prototypes(tmp_path_factory.mktemp("models") / "prototypes")


def _measure(pixels, folder, **more):
    return nanocaliper.measure(pixels, model=str(folder), nm_per_px=1.0, **more)


def _draw(zoom=1.0, dark=(), shape=(220, 260), places=PLACES):
    size = tuple(round(side * zoom) for side in shape)
    pixels = draw_discs(size, [(row * zoom, col * zoom, DISC_PX * zoom) for row, col in places])
    for index in dark:
        row, col = places[index]
        pixels[draw_discs(size, [(row * zoom, col * zoom, 9 * zoom)]) == 200] = 165
    return pixels


@pytest.mark.parametrize(
    ("scale", "zoom"),
    [("scale = 1.0", 1), ("scale = 0.5", 2), ("short_side_px = 220", 3), ("long_side_px = 260", 0.6)],
)
def test_discs_have_their_diameters_and_places_at_any_working_scale(tmp_path, scale, zoom):
    found = _measure(_draw(zoom), write_prototypes(tmp_path / "model", scale)).particles
    assert len(found) == 3
    for row, col in PLACES:
        near = found.iloc[np.hypot(found["row"] - row * zoom, found["col"] - col * zoom).argmin()]
        assert near["diameter_equivalent_px"] == pytest.approx(2 * DISC_PX * zoom, rel=0.01)
        assert (near["row"], near["col"]) == pytest.approx((row * zoom, col * zoom), abs=0.5 * max(zoom, 1))


def test_classes_reach_the_table_of_particles(tmp_path, model):
    from PIL import Image

    from nanocaliper.cli.app import main

    Image.fromarray(_draw(dark=[1])).save(tmp_path / "discs.png")
    with pytest.raises(SystemExit) as ended:
        main(["measure", str(tmp_path / "discs.png"), "-o", str(tmp_path / "out"), "--model", str(model)])
    assert ended.value.code == 0
    table = pd.read_csv(tmp_path / "out" / "particles.csv", comment="#").sort_values("row")
    assert table["shape"].tolist() == ["sphere", "sphere", "rod"]
    assert (table["shape_probability"] > 0.9).all()
    assert table["score"].to_numpy() == pytest.approx(table["shape_probability"].to_numpy())


def test_classes_of_a_network_s_own_can_be_written_for_other_programs(tmp_path):
    from PIL import Image

    from nanocaliper.cli.app import main

    model = write_prototypes(tmp_path / "model", classes='["gold", "silver"]')
    Image.fromarray(_draw(dark=[1])).save(tmp_path / "discs.png")
    out = str(tmp_path / "out")
    measuring = ["measure", str(tmp_path / "discs.png"), "-o", out, "--model", str(model)]
    for arguments in (measuring, ["outlines", out, "--to", "coco"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
    table = pd.read_csv(tmp_path / "out" / "particles.csv", comment="#").sort_values("row")
    assert table["shape"].tolist() == ["gold", "gold", "silver"]


def test_one_class_is_none_and_shapes_come_from_outlines(tmp_path):
    folder = write_prototypes(tmp_path / "model", classes='["particle"]')
    with pytest.raises(ModelError, match=r"output\.classes"):  # the network gives two
        _measure(_draw(), folder)
    found = by_detections._name_classes(None, ("particle",))
    assert found == {}


def test_candidates_with_classes_come_back_from_a_file(tmp_path, model):
    pixels = _draw(dark=[1])
    found = find_candidates(pixels, model=str(model))
    save_candidates(found, tmp_path / "candidates.npz")
    back = load_candidates(tmp_path / "candidates.npz", pixels)
    assert back.segmentation.shapes == found.segmentation.shapes
    assert np.array_equal(back.segmentation.shape_probabilities, found.segmentation.shape_probabilities)


def test_confidence_keeps_unsure_ones_or_leaves_them_out(model):
    pixels = np.minimum(_draw(), 255 - draw_discs((220, 260), [(60.3, 70.8, 30)], dark=0, bright=95))
    usual = _measure(pixels, model)
    scores = usual.particles["score"]
    assert len(_measure(pixels, model, confidence=float(scores.max()) - 1e-4).particles) < len(scores)
    everything = _measure(pixels, model, confidence=0.05)
    assert len(everything.particles) >= len(scores)
    # What is sure is not changed by what is not.
    sure = everything.particles[everything.particles["score"] >= 0.5]
    assert sure["area_px"].to_numpy() == pytest.approx(usual.particles["area_px"].to_numpy())


def test_score_map_of_the_card_holds(tmp_path, model):
    folder = write_prototypes(tmp_path / "model", more="[decoder.score]\nbias = -1.0\nslope = 0.5")
    plain, mapped = (
        _measure(_draw(), one, confidence=0.0).particles["score"].to_numpy() for one in (model, folder)
    )
    assert mapped == pytest.approx(1 / (1 + np.exp(1 - 0.5 * np.log(plain / (1 - plain)))), rel=1e-4)


def test_in_tiles_each_particle_comes_once_and_whole(model, monkeypatch):
    rng = np.random.default_rng(2)
    shape = (620, 800)
    places = [
        (row + rng.uniform(-5, 5), col + rng.uniform(-5, 5))
        for row in range(45, 600, 64)
        for col in range(45, 780, 64)
    ]
    pixels = draw_discs(shape, [(row, col, DISC_PX) for row, col in places])
    card = find_model(str(model))
    whole = find_by_network(pixels, card, PartingOptions())
    monkeypatch.setattr(by_detections, "_TILES", {"core": 256, "margin": 96, "whole_px": 1})
    tiled = find_by_network(pixels, card, PartingOptions())
    assert whole.settings["tiles"] == 1
    assert tiled.settings["tiles"] == 12
    assert int((whole.scores >= 0.5).sum()) == len(places)
    assert np.array_equal(whole.scores, tiled.scores)
    # Particles of the same score may come in another order.
    pairs = np.unique(np.stack([whole.labels, tiled.labels]).reshape(2, -1), axis=1)
    assert pairs.shape[1] == whole.labels.max() + 1 == tiled.labels.max() + 1
    assert np.array_equal(whole.level, tiled.level)
    assert tiled.warnings == ()


def test_a_particle_larger_than_the_overlap_is_told(model, monkeypatch):
    monkeypatch.setattr(by_detections, "_TILES", {"core": 96, "margin": 32, "whole_px": 1})
    monkeypatch.setattr(by_detections, "_CUT_PX", 16.0)
    found = find_by_network(_draw(), find_model(str(model)), PartingOptions())
    assert "may be cut" in found.warnings[0]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('["sphere", "rod"]', '["sphere", "sphere"]', "a list of different names"),
        ('["sphere", "rod"]', '"sphere"', "a list of different names"),
        ('["sphere", "rod"]', '["a", "b", "c"]', "correct output.classes"),
        ("stride = 4", "stride = 8", "correct output.classes and output.stride"),
        ("stride = 4", "stride = 3", "a multiple of output.stride"),
        ("nms_iou = 0.6", "nms_iou = 2", "decoder.nms_iou = 2"),
        ("nms_iou = 0.6", "", "lacks decoder.nms_iou"),
        ("confidence = 0.5", "confidence = 0.0", "decoder.confidence = 0.0"),
        ('"prototypes"', '"semantic"', "lacks"),
    ],
)
def test_a_card_with_an_impossible_entry_is_refused_in_a_sentence(tmp_path, old, new, message):
    folder = write_prototypes(tmp_path / "model")
    text = (folder / "card.toml").read_text()
    assert old in text
    (folder / "card.toml").write_text(text.replace(old, new))
    with pytest.raises(ModelError, match=message) as caught:
        _measure(_draw(shape=(220, 250)), folder)
    assert "\n" not in str(caught.value)


def test_a_large_image_of_small_particles_is_looked_at_closer():
    scene = SceneOptions(kind="SEM", shape=(1500, 1800), count=300, diameter_px=22)
    made = simulate(scene, np.random.default_rng(0))
    found = nanocaliper.measure(made.pixels, model="nsyolo", nm_per_px=1.0)
    assert len(found.particles) == pytest.approx(len(made.particles), rel=0.02)
    assert found.segmentation.settings["working_scale"] > 0.9
    assert not [text for text in found.warnings if "reduced" in text]
