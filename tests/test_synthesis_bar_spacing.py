"""Rulers and dotted bars of every number of parts can be drawn, and their parts stand apart."""

import numpy as np
import pytest

from nanocaliper.synthesis.grounds import GroundPool
from nanocaliper.synthesis.random_bars import make_bar_image


@pytest.mark.parametrize("style", ["ruler", "dots"])
def test_no_draw_runs_together(style: str) -> None:
    pool = GroundPool(3, count=2, largest_px=900)
    for number in range(40):
        made = make_bar_image(np.random.default_rng([17, number]), pool, "one bar", style)
        assert made.bars[0].style == style
