import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.hypothesis_tests import (
    compare_by_permutation,
    compare_by_ranks,
    compare_distributions,
    compare_groups,
    compare_means,
    compare_ranks_of_groups,
    correct_by_holm,
)


@pytest.fixture(params=[(8, 11), (40, 30), (500, 700)])
def groups(request):
    rng = np.random.default_rng(request.param[0])
    # One decimal, so that there are ties.
    sizes = (*request.param, request.param[1])
    return [np.round(rng.normal(0.3 * k, 1 + 0.3 * k, n), 1) for k, n in enumerate(sizes)]


def test_against_scipy(groups):
    a, b, _ = groups
    for ours, theirs in (
        (compare_means(a, b), scipy.stats.ttest_ind(a, b, equal_var=False)),
        (compare_by_ranks(a, b), scipy.stats.mannwhitneyu(a, b, method="asymptotic")),
        (compare_groups(groups), scipy.stats.f_oneway(*groups)),
        (compare_ranks_of_groups(groups), scipy.stats.kruskal(*groups)),
    ):
        assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-9)
        assert ours.p == pytest.approx(theirs.pvalue, rel=1e-7)


def test_kolmogorov_smirnov_against_the_exact_distribution(groups):
    a, b, _ = groups
    ours, exact = compare_distributions(a, b), scipy.stats.ks_2samp(a, b, method="exact")
    assert ours.statistic == pytest.approx(exact.statistic)
    # Stephens' approximation, good to some percent of p.
    assert ours.p == pytest.approx(exact.pvalue, rel=0.1, abs=0.01)


def test_permutation_of_two_triples_by_hand():
    # Of the 20 ways to choose three of six, {1, 2, 3} and {4, 5, 6} are furthest apart: p = 2/20.
    found = compare_by_permutation([1, 2, 3], [4, 5, 6], np.random.default_rng(0))
    assert (found.p, found.smallest_p, found.statistic) == (0.1, 0.1, -3)
    # Of 35 ways to choose three of seven, no other is as far apart: {11, 12, 30} comes close with 13.67 to 13.75.
    assert compare_by_permutation([1, 2, 3], [10, 11, 12, 30], np.random.default_rng(0)).p == 1 / 35


def test_drawn_permutations_agree_with_the_t_test():
    rng = np.random.default_rng(5)
    a, b = rng.normal(0, 1, 15), rng.normal(0.8, 1, 14)
    drawn = compare_by_permutation(a, b, np.random.default_rng(1))
    assert drawn.p == pytest.approx(compare_means(a, b).p, rel=0.3)
    assert drawn.p == compare_by_permutation(a, b, np.random.default_rng(1)).p


def test_holm_by_hand():
    # Sorted 0.005·4, 0.01·3, 0.03·2, 0.04·1 = 0.02, 0.03, 0.06, 0.04 -> not falling: 0.06.
    assert correct_by_holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert correct_by_holm([0.6, 0.7]) == (1.0, 1.0)
    assert correct_by_holm([]) == ()
    with pytest.raises(StatisticsError, match="p value"):
        correct_by_holm([math.nan])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_never_lowers_p_and_keeps_the_order(p):
    corrected = correct_by_holm(p)
    assert all(c >= raw for c, raw in zip(corrected, p, strict=True))
    order = np.argsort(p, kind="stable")
    assert (np.diff(np.array(corrected)[order]) >= 0).all()


def test_what_cannot_be_tested_gives_nothing():
    assert compare_means([1.0], [1.0, 2.0]) is None
    assert compare_means([3.0, 3.0], [3.0, 3.0]) is None
    assert compare_by_ranks([], [1.0]) is None
    assert compare_by_ranks([2.0, 2.0], [2.0]) is None
    assert compare_distributions([], [1.0]) is None
    assert compare_by_permutation([1.0], [2.0, 3.0], np.random.default_rng(0)) is None
    assert compare_groups([[1.0, 2.0]]) is None
    assert compare_groups([[1.0], [2.0]]) is None
    assert compare_groups([[0.1, 0.1], [0.3, 0.3]]) is None
    assert compare_ranks_of_groups([[1.0], [1.0]]) is None
    with pytest.raises(StatisticsError, match="not finite"):
        compare_means([1.0, math.nan], [1.0, 2.0])
