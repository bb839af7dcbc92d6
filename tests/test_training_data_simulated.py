"""Simulated samples with known classes, data sets of them, and streams that mix them with real ones."""

import pickle
from itertools import islice

import numpy as np
import pytest

from data_sets import write_labelme
from nanocaliper.errors import ReadError, UsageError
from nanocaliper.synthesis.polygons import measure_feret
from nanocaliper.synthesis.polyhedra import make_polyhedron
from nanocaliper.training.data.annotated_folder import open_folder
from nanocaliper.training.data.mixed_source import MixedSource
from nanocaliper.training.data.simulated_samples import SimulatedOptions, SimulatedSamples, simulate_sample
from nanocaliper.training.data.simulated_set import simulate_set

SMALL = SimulatedOptions(size=(128, 160), diameter_px=(16.0, 30.0))


def aspect(labels, label):
    """Length over width of a label, from its second moments."""
    where = np.argwhere(labels == label)
    low, high = np.linalg.eigvalsh(np.cov(where.T))
    return np.sqrt(high / low)


def test_classes_are_what_is_drawn():
    options = SimulatedOptions(("rod", "sphere"), (256, 256), diameter_px=(24.0, 40.0), mixed=1.0)
    aspects = {0: [], 1: []}
    for number in range(5):
        sample = simulate_sample(options, 3, number)
        assert sample.classes == ("rod", "sphere")
        inner = sample.labels.copy()
        edge = np.unique(np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]]))
        for label in range(1, sample.count + 1):
            if label not in edge and sample.areas_px[label] > 100:
                aspects[int(sample.class_of[label])].append(aspect(sample.labels, label))
    assert np.median(aspects[0]) > 1.5
    assert np.median(aspects[1]) < 1.1


def test_pentagons_have_five_corners():
    shape = make_polyhedron("pentagonal_plate", 50.0, 4.0, 0.0, 0.0, np.random.default_rng(0))
    radius = np.hypot(*shape.outline.T)
    corners = shape.outline[radius > radius.max() - 1e-6]
    assert len(np.unique(np.round(corners, 6), axis=0)) == 5
    # A regular pentagon: A = (5/2) R^2 sin 72 degrees.
    assert shape.area_px == pytest.approx(2.5 * radius.max() ** 2 * np.sin(np.radians(72)))
    assert measure_feret(shape.outline)[0] == pytest.approx(shape.feret_max_px)


def test_a_sample_depends_on_seed_and_number_alone():
    samples = SimulatedSamples(SMALL, 3, 5)
    again = pickle.loads(pickle.dumps(samples))
    np.testing.assert_array_equal(samples[2].pixels, again[2].pixels)
    assert (samples[2].pixels != samples[1].pixels).any()
    assert [sample.name for sample in samples] == [f"simulated_0000{k}" for k in range(3)]
    with pytest.raises(IndexError):
        samples[3]


def test_a_written_set_is_read_back_in_both_formats(tmp_path):
    options = SimulatedOptions(
        ("sphere", "triangle", "pentagon"), (160, 128), diameter_px=(16.0, 30.0), mixed=1.0
    )
    samples = SimulatedSamples(options, 3, 1)
    for _, _, files in simulate_set(samples):
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(content)
    exact, outlined = open_folder(tmp_path), open_folder(tmp_path, format="yolo")
    assert exact.classes == outlined.classes == options.classes
    assert (exact.format, exact.findings, outlined.findings) == ("label-images", (), ())
    for sample, first, second in zip(samples, exact, outlined, strict=True):
        np.testing.assert_array_equal(first.pixels, sample.pixels)
        np.testing.assert_array_equal(first.labels, sample.labels)
        np.testing.assert_array_equal(first.class_of, sample.class_of)
        # Outlines are of the largest part of each particle, and cut corners by half a pixel.
        assert (second.labels == sample.labels).mean() > 0.97
        assert second.class_of.tolist() == sample.class_of.tolist()


def test_processes_change_nothing():
    samples = SimulatedSamples(SMALL, 2, 9)
    assert list(simulate_set(samples, 2)) == list(simulate_set(samples, 1))
    with pytest.raises(UsageError, match="0 workers"):
        list(simulate_set(samples, 0))


def names(source, count):
    return [sample.name for sample in islice(iter(source), count)]


def test_the_share_of_simulated_samples_is_as_stated(tmp_path):
    real = list(open_folder(write_labelme(tmp_path)))
    simulated = list(SimulatedSamples(SMALL, 2, 0))
    drawn = names(MixedSource(real, simulated, 0.3, 4), 4000)
    share = np.mean([name.startswith("simulated") for name in drawn])
    assert share == pytest.approx(0.3, abs=4 * np.sqrt(0.3 * 0.7 / 4000))
    # Every real one comes once before any comes again.
    only = [name for name in drawn if not name.startswith("simulated")]
    assert all(set(only[at : at + 3]) == {"a", "b", "c"} for at in range(0, 60, 3))
    assert names(MixedSource(real, simulated, 0.3, 4), 50) == drawn[:50]
    assert names(MixedSource(real, simulated, 0.3, 5), 50) != drawn[:50]
    assert set(names(MixedSource(real, [], 0.0, 0), 9)) == {"a", "b", "c"}
    assert names(MixedSource([], simulated, 1.0, 0), 5)[0].startswith("simulated")


def test_mixed_classes_become_one_list(tmp_path):
    real = open_folder(write_labelme(tmp_path))
    simulated = SimulatedSamples(SMALL, 1, 0)
    source = pickle.loads(pickle.dumps(MixedSource(real, simulated, 0.5, 0, ("sphere", "cube", "rod"))))
    for sample in islice(iter(source), 8):
        assert sample.classes == ("sphere", "cube", "rod")
        if sample.name == "a":
            assert sample.class_of.tolist() == [0, 2, 1]
    assert all(
        sample.classes == ("particle",)
        for sample in islice(iter(MixedSource(real, simulated, 0.5, 0, ["particle"])), 4)
    )
    with pytest.raises(ReadError, match="expected one of cube"):
        list(islice(iter(MixedSource(real, simulated, 0.0, 0, ("cube", "sphere"))), 3))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"classes": ("ghost",)}, "no class 'ghost'"),
        ({"classes": ()}, "expected some of"),
        ({"classes": ("rod", "rod")}, "each once"),
        ({"size": (10, 640)}, "10 x 640 px"),
        ({"mixed": 2.0}, "share of mixed images is 2"),
    ],
)
def test_impossible_options(change, match):
    with pytest.raises(UsageError, match=match):
        SimulatedOptions(**change)


def test_impossible_streams():
    simulated = SimulatedSamples(SMALL, 1, 0)
    with pytest.raises(UsageError, match=r"share of simulated samples is 1.5"):
        MixedSource(simulated, simulated, 1.5, 0)
    with pytest.raises(UsageError, match="no real samples"):
        MixedSource([], simulated, 0.5, 0)
    with pytest.raises(UsageError, match="0 images"):
        SimulatedSamples(SMALL, 0, 0)
    with pytest.raises(UsageError, match="expected 0 or more"):
        simulate_sample(SMALL, -1, 0)
