"""The distribution in numbers."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocaliper.statistics.distribution import Distribution, describe

SIZES = st.lists(st.floats(0, 1e6), min_size=2, max_size=60)


def test_a_hand_worked_set() -> None:
    found = describe([4.0, 1.0, 2.0, 5.0, 3.0])
    assert found.count == 5
    assert found.mean == pytest.approx(3)
    assert found.sd == pytest.approx(math.sqrt(2.5))
    # Definition 7: position 1 + 4 q in the ordered sizes.
    assert (found.d10, found.d50, found.d90) == pytest.approx((1.4, 3.0, 4.6))


def test_a_normal_population_is_found_again() -> None:
    sizes = np.random.default_rng(1).normal(50, 5, 20_000)
    found = describe(sizes)
    # Four standard errors: 5/√n of the mean, 5/√(2n) of the SD, √(q(1 - q)/n) / density of a quantile.
    assert found.mean == pytest.approx(50, abs=4 * 5 / math.sqrt(20_000))
    assert found.sd == pytest.approx(5, abs=4 * 5 / math.sqrt(40_000))
    reach = 4 * 0.3 * 5 / 0.1755 / math.sqrt(20_000)
    assert found.d10 == pytest.approx(50 - 1.2816 * 5, abs=reach)
    assert found.d90 == pytest.approx(50 + 1.2816 * 5, abs=reach)


def test_too_few_sizes_leave_entries_empty() -> None:
    assert describe([]) == Distribution(0, None, None, None, None, None)
    assert describe([7.0]) == Distribution(1, 7.0, None, 7.0, 7.0, 7.0)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -1.0])
def test_impossible_sizes_are_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="1 of 3 sizes are impossible"):
        describe([1.0, wrong, 2.0])


@settings(deadline=None)
@given(sizes=SIZES, seed=st.integers(0, 99))
def test_order_does_not_matter_and_quantiles_are_ordered(sizes: list[float], seed: int) -> None:
    found = describe(sizes)
    shuffled = describe(np.random.default_rng(seed).permutation(sizes))
    assert None not in (found.mean, found.sd, found.d10, found.d50, found.d90)
    assert (shuffled.d10, shuffled.d50, shuffled.d90) == (found.d10, found.d50, found.d90)
    assert shuffled.mean == pytest.approx(found.mean)
    assert min(sizes) <= found.d10 <= found.d50 <= found.d90 <= max(sizes)  # type: ignore[operator]
    assert found.d50 == pytest.approx(statistics.median(sizes))
    assert found.sd == pytest.approx(statistics.stdev(sizes), rel=1e-6, abs=1e-9)
