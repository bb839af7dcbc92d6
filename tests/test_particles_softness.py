"""How soft the edges of particles are, and the uncertainty that follows."""

from dataclasses import replace

import numpy as np
import pytest

from nanocaliper.micrograph.micrograph import Box
from nanocaliper.particles.descriptors import measure_particles
from nanocaliper.particles.softness import measure_softness
from nanocaliper.segmentation.segmentation import Segmentation


def draw_ramp(width_px: float, radius: float = 30.0, shape: tuple[int, int] = (90, 100)) -> np.ndarray:
    """A disc whose level goes from 255 to 0 on `width_px` across its edge."""
    row, col = np.indices(shape)
    outside = np.hypot(row - 45, col - 50) - radius
    return np.rint(255 * np.clip(0.5 - outside / width_px, 0, 1)).astype(np.uint8)


@pytest.mark.parametrize("width_px", [4.0, 8.0, 15.0])
def test_a_ramp_is_as_soft_as_it_is_wide(width_px: float) -> None:
    level = draw_ramp(width_px)
    assert measure_softness((level > 127).astype(np.int32), level, 1) == pytest.approx([width_px], rel=0.03)


def test_borders_between_particles_do_not_count() -> None:
    level = draw_ramp(6.0)
    labels = (level > 127).astype(np.int32)
    labels[:, 50:] *= 2
    assert measure_softness(labels, level, 2) == pytest.approx([6.0, 6.0], rel=0.05)


def test_bands_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    level = rng.integers(0, 256, (60, 70)).astype(np.uint8)
    labels = rng.integers(0, 5, (60, 70)).astype(np.int32)
    whole = measure_softness(labels, level, 4)
    monkeypatch.setattr("nanocaliper.segmentation.label_bands._BAND_PIXELS", 200)
    np.testing.assert_allclose(measure_softness(labels, level, 4), whole)


def test_not_known_without_level_background_or_slope() -> None:
    full = np.ones((20, 20), np.int32)
    level = np.full((20, 20), 255, np.uint8)
    assert np.isnan(measure_softness(full, None, 1)).all()
    assert np.isnan(measure_softness(full, level, 1)).all()
    full[5:10, 5:10] = 0
    assert np.isnan(measure_softness(full, level, 1)).all()


def test_the_table_has_the_uncertainty_but_not_of_what_a_person_drew() -> None:
    level = draw_ramp(8.0)
    labels = (level > 127).astype(np.int32)
    found = Segmentation(labels, level, np.ones(1, np.float32), "m", outline_uncertainty=0.25)
    field = Box(0, 0, 90, 100)
    table = measure_particles(found, field, 3.0).table
    assert table["outline_uncertainty_px"].tolist() == pytest.approx([2.0], rel=0.03)
    assert table["outline_uncertainty_nm"].tolist() == pytest.approx([6.0], rel=0.03)
    for edited, known in (("drawn", False), ("repainted", False), ("merged", True), ("class", True)):
        changed = measure_particles(replace(found, edited=(edited,)), field, None).table
        assert changed["outline_uncertainty_px"].notna().tolist() == [known]
    silent = measure_particles(replace(found, outline_uncertainty=None), field, None).table
    assert silent["outline_uncertainty_px"].isna().all()
