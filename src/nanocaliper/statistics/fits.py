"""Normal, lognormal and Weibull distributions fitted by maximum likelihood."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.likelihood import FAMILIES, Array, climb_likelihood, find_information
from nanocaliper.statistics.weighting import are_equal, check_sizes, check_weights, count_effectively

__all__ = ["MODELS", "Fit", "QuantilePlot", "fit_model", "fit_models", "plot_quantiles"]

#: Names of the models and of their two parameters.
MODELS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {"normal": ("mean", "sd"), "lognormal": ("median", "geometric_sd"), "weibull": ("scale", "shape")}
)

_FEWEST = 5
_MOST_POINTS = 1000


@dataclass(frozen=True)
class Fit:
    """A distribution fitted to sizes.

    Parameters
    ----------
    model : str
        ``'normal'``, ``'lognormal'`` or ``'weibull'``.
    parameters : mapping of str to float
        normal: mean µ and sd σ; lognormal: median exp(µ) and geometric_sd exp(σ); weibull: scale λ and
        shape k of 1 - exp(-(x/λ)ᵏ). Empty where the likelihood has no maximum.
    standard_errors : mapping of str to float
        From the observed information, by the delta method.
    location, scale : float
        µ and σ of x (normal) or ln x; ln λ and 1/k (weibull). NaN where not converged.
    log_likelihood, aic, bic : float or None
        Of the density of x; comparable between models.
    count : int
        Particles.
    truncated_at : float or None
        Detection limit below which sizes cannot be seen; the likelihood is that of sizes above it.
    converged : bool
    warnings : tuple of str
    """

    model: str
    parameters: Mapping[str, float]
    standard_errors: Mapping[str, float]
    location: float
    scale: float
    log_likelihood: float | None
    aic: float | None
    bic: float | None
    count: int
    truncated_at: float | None
    converged: bool
    warnings: tuple[str, ...]

    def cdf(self, x: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Share of the particles above the detection limit that are smaller than `x`; 0 below it."""
        values = np.asarray(x, dtype=np.float64)
        with np.errstate(over="ignore"):
            log_tail = self._log_tail(values) - self._log_seen
        found = -np.expm1(np.minimum(log_tail, 0.0))
        return np.asarray(np.where(values < (self.truncated_at or -math.inf), 0.0, found), dtype=np.float64)

    def pdf(self, x: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Density of the particles above the detection limit; 0 below it."""
        values = np.asarray(x, dtype=np.float64)
        family = FAMILIES[self.model]
        inside = values > 0 if family.logarithmic else np.ones(values.shape, dtype=np.bool_)
        if self.truncated_at is not None:
            inside &= values >= self.truncated_at
        safe = np.where(inside, values, 1.0)
        y = np.log(safe) if family.logarithmic else safe
        with np.errstate(over="ignore", under="ignore"):
            log_density = family.log_density((y - self.location) / self.scale)[0] - math.log(self.scale)
            log_density = log_density - (y if family.logarithmic else 0.0) - self._log_seen
            return np.asarray(np.where(inside, np.exp(log_density), 0.0), dtype=np.float64)

    def quantile(self, share: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Size below which a share of the particles above the detection limit lies."""
        family = FAMILIES[self.model]
        p = np.asarray(share, dtype=np.float64)
        # In terms of the tail: ln S(z) = ln(1 - p) + ln S(limit).
        z = family.invert_tail(np.log1p(-p) + self._log_seen)
        y = self.location + self.scale * z
        return np.asarray(np.exp(y) if family.logarithmic else y, dtype=np.float64)

    def _log_tail(self, values: Array) -> Array:
        family = FAMILIES[self.model]
        if family.logarithmic:
            with np.errstate(divide="ignore"):
                values = np.log(np.maximum(values, 0.0))
        z = np.maximum((values - self.location) / self.scale, -1e8)
        return family.log_tail(z)[0]

    @property
    def _log_seen(self) -> float:
        """ln of the share of all particles that lies above the detection limit."""
        return 0.0 if self.truncated_at is None else float(self._log_tail(np.asarray(self.truncated_at)))


@dataclass(frozen=True)
class QuantilePlot:
    """Points of a Q-Q plot.

    Parameters
    ----------
    expected, observed : ndarray, shape (points,)
        Quantiles of the fit and of the sample at the same shares, in the unit of the sizes.
    share : ndarray, shape (points,)
        (i - ½)/n, Hazen's plotting positions.
    """

    expected: npt.NDArray[np.float64]
    observed: npt.NDArray[np.float64]
    share: npt.NDArray[np.float64]


def fit_model(
    sizes: npt.ArrayLike,
    model: str,
    weights: npt.ArrayLike | None = None,
    *,
    truncated_at: float | None = None,
) -> Fit:
    """Fit a distribution by maximum likelihood.

    ln L = Σ w [ln f(x) - ln S(limit)] with density f and tail S (A. C. Cohen, Truncated and Censored Samples,
    Marcel Dekker 1991). Without a detection limit normal and lognormal have the closed solution (σ with 1/n);
    else Newton's method on location and ln scale. Standard errors come from the inverse of the
    observed information, AIC = 4 - 2 ln L, BIC = 2 ln n - 2 ln L. With weights, n and ln L are those of Kish's
    effective number of particles.

    Parameters
    ----------
    sizes : array_like, shape (n,)
        At least 5, not all equal; positive for lognormal and Weibull.
    model : str
        One of `MODELS`.
    weights : array_like, shape (n,), optional
    truncated_at : float, optional
        Detection limit; no size may lie below it.

    Returns
    -------
    Fit
        With `converged` False and a warning where the likelihood has no maximum, as for sizes that fall off
        from the detection limit on.

    Raises
    ------
    StatisticsError
        If sizes, weights, model or limit are impossible, or there are too few or only equal sizes.
    """
    if model not in MODELS:
        raise StatisticsError(f"Model {model!r} is unknown; expected one of {', '.join(MODELS)}.")
    family = FAMILIES[model]
    x = check_sizes(sizes, positive=family.logarithmic)
    w = check_weights(weights, x.size)
    if w is not None:
        x, w = x[w > 0], w[w > 0]
    if x.size < _FEWEST:
        raise StatisticsError(f"{x.size} particles are too few for a fit; expected at least {_FEWEST}.")
    if are_equal(x):
        raise StatisticsError(f"All {x.size} sizes are equal; a distribution needs sizes that differ.")
    if truncated_at is not None:
        if not (math.isfinite(truncated_at) and truncated_at > 0):
            raise StatisticsError(f"Detection limit {truncated_at} is impossible; expected a positive size.")
        if x.min() < truncated_at:
            raise StatisticsError(
                f"{np.count_nonzero(x < truncated_at)} sizes lie below the detection limit {truncated_at:g}; leave "
                "them out or lower the limit."
            )
    n = count_effectively(w, x.size)
    mass = np.full(x.size, 1.0) if w is None else w * (n / w.sum())
    y = np.log(x) if family.logarithmic else x
    limit = None
    if truncated_at is not None:
        limit = math.log(truncated_at) if family.logarithmic else truncated_at
    location, log_scale, likelihood, converged = (
        float(value[0]) for value in climb_likelihood(family, y[np.newaxis], mass, limit)
    )
    if not converged:
        warning = (
            f"The {model} likelihood of these sizes above {truncated_at} has no maximum: the sizes do not show "
            "where the distribution turns down. Use a lower detection limit or another model."
        )
        nothing: Mapping[str, float] = MappingProxyType({})
        return Fit(
            model,
            nothing,
            nothing,
            math.nan,
            math.nan,
            None,
            None,
            None,
            x.size,
            truncated_at,
            False,
            (warning,),
        )
    if family.logarithmic:
        likelihood -= float(mass @ y)
    scale = math.exp(log_scale)
    covariance = np.linalg.inv(find_information(family, y, mass, limit, location, log_scale))
    errors = np.sqrt(np.diag(covariance))
    parameters, standard_errors = _name_parameters(model, location, scale, errors)
    return Fit(
        model,
        MappingProxyType(parameters),
        MappingProxyType(standard_errors),
        location,
        scale,
        likelihood,
        4 - 2 * likelihood,
        2 * math.log(n) - 2 * likelihood,
        x.size,
        truncated_at,
        True,
        (),
    )


def fit_models(
    sizes: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    *,
    models: Sequence[str] = tuple(MODELS),
    truncated_at: float | None = None,
) -> tuple[Fit, ...]:
    """Fit several models, the one with the smallest AIC first and those without a maximum last.

    Parameters
    ----------
    sizes, weights, truncated_at
        As for `fit_model`.
    models : sequence of str

    Returns
    -------
    tuple of Fit

    Raises
    ------
    StatisticsError
        As `fit_model`.
    """
    fits = [fit_model(sizes, model, weights, truncated_at=truncated_at) for model in models]
    return tuple(sorted(fits, key=lambda fit: math.inf if fit.aic is None else fit.aic))


def plot_quantiles(fit: Fit, sizes: npt.ArrayLike) -> QuantilePlot:
    """Points of a Q-Q plot of a fit without weights; at most 1,000, evenly among the order statistics.

    Parameters
    ----------
    fit : Fit
        Converged.
    sizes : array_like, shape (n,)

    Returns
    -------
    QuantilePlot

    Raises
    ------
    StatisticsError
        If the fit did not converge or there are no sizes.
    """
    x = np.sort(check_sizes(sizes))
    if not fit.converged or not x.size:
        raise StatisticsError("There is no fit, or no size, to plot quantiles of.")
    rank = np.arange(x.size)
    if x.size > _MOST_POINTS:
        rank = np.unique(np.round(np.linspace(0, x.size - 1, _MOST_POINTS)).astype(np.intp))
    share = (rank + 0.5) / x.size
    return QuantilePlot(fit.quantile(share), x[rank], share)


def _name_parameters(
    model: str, location: float, scale: float, errors: Array
) -> tuple[dict[str, float], dict[str, float]]:
    """Parameters as people know them; errors are those of location and ln scale."""
    u_location, u_log_scale = float(errors[0]), float(errors[1])
    if model == "normal":
        return {"mean": location, "sd": scale}, {"mean": u_location, "sd": scale * u_log_scale}
    if model == "lognormal":
        median, gsd = math.exp(location), math.exp(scale)
        return (
            {"median": median, "geometric_sd": gsd},
            {"median": median * u_location, "geometric_sd": gsd * scale * u_log_scale},
        )
    stretch, shape = math.exp(location), 1 / scale
    return (
        {"scale": stretch, "shape": shape},
        {"scale": stretch * u_location, "shape": shape * u_log_scale},
    )
