"""Statistics of a data set, against values known beforehand."""

import csv
import io

import numpy as np
import pytest
from PIL import Image

from data_sets import COLS, RECTANGLES, ROWS, write_labelme
from nanocaliper.errors import ReadError
from nanocaliper.training.data.annotated_folder import open_folder
from nanocaliper.training.data.data_figures import draw_figures
from nanocaliper.training.data.data_report import write_markdown
from nanocaliper.training.data.data_statistics import encode_images, encode_particles, gather, measure_image
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph


def make(pixels, labels=None):
    labels = np.zeros(pixels.shape, np.int32) if labels is None else labels
    return LabelledMicrograph("x", pixels, labels, ("particle",), np.zeros(labels.max() + 1, np.int64))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_values_of_a_ramp(dtype):
    most = np.iinfo(dtype).max
    ramp = np.tile(np.arange(256) * (most // 255), (100, 1)).astype(dtype)
    found = measure_image(make(ramp))
    assert found.grey_mean == pytest.approx(0.5)
    # Even from 0 to 1 in 256 steps: sqrt((256^2 - 1) / 12) / 255.
    assert found.grey_contrast == pytest.approx(np.sqrt((256**2 - 1) / 12) / 255, rel=1e-5)
    assert found.grey_entropy_bits == pytest.approx(8)
    # 1/255 a column; at both borders the mirrored image is flat.
    assert found.grey_gradient == pytest.approx(254 / 256 / 255, rel=1e-5)


def test_an_even_image_without_particles():
    found = measure_image(make(np.full((10, 20), 51, np.uint8)))
    assert (found.grey_mean, found.grey_contrast) == (pytest.approx(0.2), pytest.approx(0, abs=1e-6))
    assert (found.grey_entropy_bits, found.grey_gradient) == (0, 0)
    assert (found.particles, found.particle_share) == (0, 0)
    assert np.isnan(found.diameter_median_px)


@pytest.fixture(scope="module")
def statistics(tmp_path_factory):
    return gather(open_folder(write_labelme(tmp_path_factory.mktemp("set"))))


def test_numbers_of_a_set(statistics):
    areas = {n: [(b[2] - b[0]) * (b[3] - b[1]) for b, _ in boxes] for n, boxes in RECTANGLES.items()}
    assert [one.particles for one in statistics.images] == [2, 1, 3]
    for one in statistics.images:
        assert one.particle_share == pytest.approx(sum(areas[one.name]) / (ROWS * COLS))
        assert one.particles_per_mpx == pytest.approx(len(areas[one.name]) * 1e6 / (ROWS * COLS))
    total = sum(map(sum, areas.values()))
    assert statistics.pixels == (total, 3 * ROWS * COLS - total)
    diameters = np.sqrt(4 * np.concatenate(list(areas.values())) / np.pi)
    np.testing.assert_allclose(np.sort(statistics.particle_diameter_px), np.sort(diameters))
    assert np.bincount(statistics.particle_class).tolist() == [3, 3]
    assert statistics.groups == 3


def test_tables(statistics):
    rows = list(csv.DictReader(io.StringIO(encode_images(statistics).decode())))
    assert [row["name"] for row in rows] == ["a", "b", "c"]
    assert float(rows[0]["particle_share"]) == pytest.approx(statistics.images[0].particle_share, rel=1e-5)
    rows = list(csv.DictReader(io.StringIO(encode_particles(statistics).decode())))
    assert [(row["name"], row["class"]) for row in rows] == [
        (name, kind) for name, boxes in RECTANGLES.items() for _, kind in boxes
    ]


def test_figures_and_report(statistics):
    figures = draw_figures(statistics)
    assert list(figures)[-1] == "classes.png"
    for content in figures.values():
        with Image.open(io.BytesIO(content)) as image:
            assert image.width > 900
            assert np.asarray(image.convert("L")).std() > 10
    text = write_markdown("mine", statistics, list(figures)).decode()
    assert "3 images in 3 groups, 6 particles" in text
    assert "| cube | 3 | 3 |" in text
    for name in figures:
        assert f"]({name})" in text


@pytest.mark.parametrize("particles", [0, 1])
def test_figures_of_almost_nothing(particles):
    labels = np.zeros((30, 30), np.int32)
    labels[5:9, 5:9] = particles
    statistics = gather([make(np.full((30, 30), 9, np.uint8), labels)])
    figures = draw_figures(statistics)
    assert "classes.png" not in figures
    assert b"1 images" in write_markdown("x", statistics, list(figures))


def test_no_images():
    with pytest.raises(ReadError, match="no image"):
        gather([])
