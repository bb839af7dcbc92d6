"""Distribution functions, against SciPy."""

import math

import numpy as np
import pytest
from scipy import stats

from nanocaliper.statistics.special_functions import (
    beta_cdf,
    beta_quantile,
    chi_square_tail,
    fisher_tail,
    invert_log_normal_cdf,
    log_normal_cdf,
    normal_cdf,
    normal_quantile,
    student_cdf,
    student_quantile,
)


def test_normal_distribution() -> None:
    z = np.linspace(-80, 12, 20_001)
    np.testing.assert_allclose(log_normal_cdf(z), stats.norm.logcdf(z), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(normal_cdf(z[z > -30]), stats.norm.cdf(z[z > -30]), rtol=1e-10)
    inner = np.linspace(-30, 5, 1001)
    np.testing.assert_allclose(invert_log_normal_cdf(stats.norm.logcdf(inner)), inner, atol=1e-8)
    assert normal_quantile(0.975) == pytest.approx(stats.norm.ppf(0.975), rel=1e-12)


@pytest.mark.parametrize("a", [0.3, 1.0, 2.5, 40.0, 900.0])
@pytest.mark.parametrize("b", [0.5, 1.0, 7.0, 300.0])
def test_beta_distribution(a: float, b: float) -> None:
    for x in (0.0, 1e-6, 0.01, 0.3, 0.5, 0.77, 0.999, 1.0):
        assert beta_cdf(x, a, b) == pytest.approx(stats.beta.cdf(x, a, b), rel=1e-9, abs=1e-13)
    for p in (0.001, 0.025, 0.5, 0.975):
        assert beta_quantile(p, a, b) == pytest.approx(stats.beta.ppf(p, a, b), rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("degrees", [1.0, 2.0, 3.7, 9.0, 49.0, 1999.0, math.inf])
def test_student_distribution(degrees: float) -> None:
    for p in (0.001, 0.025, 0.4, 0.5, 0.9, 0.975, 0.9995):
        assert student_quantile(p, degrees) == pytest.approx(stats.t.ppf(p, degrees), rel=1e-8, abs=1e-12)
    for t in (-12.0, -1.3, 0.0, 0.7, 4.0):
        assert student_cdf(t, degrees) == pytest.approx(stats.t.cdf(t, degrees), rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("degrees", [1.0, 2.0, 5.5, 30.0, 400.0])
def test_chi_square_and_fisher_tails(degrees: float) -> None:
    for value in (0.0, 0.01, 1.0, 7.0, 42.0, 500.0):
        expected = stats.chi2.sf(value, degrees)
        assert chi_square_tail(value, degrees) == pytest.approx(expected, rel=1e-8, abs=1e-14)
        expected = stats.f.sf(value, degrees, 12.0)
        assert fisher_tail(value, degrees, 12.0) == pytest.approx(expected, rel=1e-8, abs=1e-14)
