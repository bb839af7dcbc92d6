"""Screening after the EU definition of nanomaterial."""

import math

import numpy as np
import pytest
from scipy import stats

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.verdict import count_constituents, judge_nanomaterial


def _sizes(small: int, large: int) -> np.ndarray:
    return np.r_[np.linspace(20, 90, small), np.linspace(120, 300, large)]


@pytest.mark.parametrize(
    ("small", "large", "expected", "screening"),
    [
        (180, 120, "yes", "nanomaterial indicated"),
        (120, 180, "no", "not indicated"),
        (151, 149, "not decided", "not decided"),
        (0, 50, "no", "not indicated"),
        (50, 0, "yes", "nanomaterial indicated"),
    ],
)
def test_the_conclusion_follows_the_interval(small: int, large: int, expected: str, screening: str) -> None:
    sizes = _sizes(small, large)
    found = judge_nanomaterial(sizes, sizes * 1.5)
    exact = stats.binomtest(small, small + large).proportion_ci(0.95, method="exact")
    assert found.conclusion == expected
    assert found.screening == screening
    assert (found.share_low, found.share_high) == pytest.approx((exact.low, exact.high))
    assert found.median_feret_min_nm == pytest.approx(np.median(sizes))
    assert found.by_size == small
    assert f"{small / (small + large):.1%} of the particles by number" in found.reason


def test_the_uncertainty_of_the_scale_can_undo_a_verdict() -> None:
    sizes = np.r_[np.full(250, 97.0), np.full(100, 200.0)]
    assert judge_nanomaterial(sizes, sizes, relative_uncertainty=0.001).conclusion == "yes"
    # 97 nm may be 103 nm when the scale is known to 3 %.
    found = judge_nanomaterial(sizes, sizes, relative_uncertainty=0.03)
    assert found.conclusion == "not decided"
    assert found.share_low == 0.0
    assert found.screening == "not decided"


def test_images_that_differ_can_undo_a_verdict() -> None:
    images = np.repeat(np.arange(6), 50)
    sizes = np.where(images < 4, 50.0, 200.0)
    assert judge_nanomaterial(sizes, sizes).conclusion == "yes"
    assert judge_nanomaterial(sizes, sizes, images=images).conclusion == "not decided"


def test_each_condition_of_the_definition() -> None:
    smallest = [0.5, 0.5, 0.5, 1.0, 100.0, 100.1, 200_000.0]
    largest = [0.9, 50.0, 5000.0, 1.0, 900.0, 900.0, 300_000.0]
    found = judge_nanomaterial(smallest, largest)
    # (a): largest 50; 1.0; 100.0. Thinner than 1 nm and longer than 100: one. None: the speck and 100.1.
    assert (found.by_size, found.by_thin, found.ignored, found.count) == (3, 1, 1, 6)
    assert found.share is not None
    assert found.share.share == pytest.approx(4 / 6)
    text = " ".join(found.warnings)
    assert "plates seen on edge" in text
    assert "2 particles are smaller than 1 nm" in text


def test_little_surface_excludes_and_no_speaks_of_plates() -> None:
    sizes = _sizes(200, 10)
    found = judge_nanomaterial(sizes, sizes, surface_per_volume=5.9)
    assert found.conclusion == "no"
    assert "below 6 m²/cm³" in found.reason
    assert "plates" in " ".join(judge_nanomaterial(_sizes(10, 200), _sizes(10, 200)).warnings)
    assert judge_nanomaterial(sizes, sizes, surface_per_volume=60).conclusion == "yes"


def test_a_single_particle_is_said_to_be_few() -> None:
    assert "1 particle is few for a verdict; measure more." in judge_nanomaterial([20.0], [30.0]).warnings


def test_no_particle_decides_nothing() -> None:
    found = judge_nanomaterial([], [])
    assert (found.conclusion, found.share, found.count) == ("not decided", None, 0)
    assert judge_nanomaterial([3e5], [4e5]).ignored == 1


@pytest.mark.parametrize(
    ("smallest", "largest", "options", "message"),
    [
        ([50.0, math.nan], [60.0, 70.0], {}, "without calibration"),
        ([50.0], [60.0, 70.0], {}, "1 smallest and 2 largest"),
        ([70.0], [60.0], {}, "swapped"),
        ([50.0], [60.0], {"relative_uncertainty": 0.6}, "calibrate first"),
        ([50.0], [60.0], {"surface_per_volume": -1.0}, "surface -1.0"),
        ([-50.0], [60.0], {}, "not negative"),
    ],
)
def test_impossible_input_is_refused(
    smallest: list[float], largest: list[float], options: dict[str, float], message: str
) -> None:
    with pytest.raises(StatisticsError, match=message):
        judge_nanomaterial(smallest, largest, **options)  # type: ignore[arg-type]


def test_edge_weights_count() -> None:
    sizes = np.r_[np.full(60, 50.0), np.full(50, 150.0)]
    assert judge_nanomaterial(sizes, sizes, np.where(sizes < 100, 1.0, 3.0)).conclusion == "no"


def test_constituent_particles_are_counted_once_each() -> None:
    # Free, free, three of agglomerate 4, two of 7, alone in 9, a clump.
    found = count_constituents([0, 0, 4, 4, 4, 7, 7, 9, 11], [False] * 8 + [True])
    assert (found.particles, found.free, found.agglomerates) == (8, 3, 2)
    assert (found.in_agglomerates, found.largest, found.unresolved) == (5, 3, 1)
    assert found.share_agglomerated == pytest.approx(5 / 8)
    assert found.counted.tolist() == [True] * 8 + [False]
    assert count_constituents([]).share_agglomerated is None
    with pytest.raises(StatisticsError, match="not all whole"):
        count_constituents([0.5])
    with pytest.raises(StatisticsError, match="2 marks"):
        count_constituents([1], [True, False])
