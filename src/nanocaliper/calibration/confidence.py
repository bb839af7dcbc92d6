"""How sure a reading of a scale bar is: a probability, fitted on readings whose truth is known."""

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from nanocaliper.calibration.matching import FACTORS, Match

__all__ = ["FEATURES", "Judgement", "choose", "describe_choice", "judge"]

Floats = npt.NDArray[np.float64]

#: What the probability is made of, beside the constant: the logarithms of the factors, how the bar is drawn, what
#: other prints say, and the weight of the next best reading of another scale as a share of the best one's.
FEATURES = (*FACTORS, "ticks", "dashes", "bracket", "field width", "magnification", "power of ten", "rival")
# Readings of scales within this share of one another are the same.
_SAME_SCALE = 0.04
_LEAST_FACTOR = 0.02


@dataclass(frozen=True)
class Judgement:
    """The best match and how sure it is.

    Parameters
    ----------
    match : Match
    confidence : float
        Probability that the scale is right within 4 %.
    """

    match: Match
    confidence: float


def choose(matches: tuple[Match, ...]) -> tuple[Match, float]:
    """Take the match of the largest weight.

    Parameters
    ----------
    matches : tuple of Match
        At least one.

    Returns
    -------
    match : Match
    rival : float
        Weight of the best match of another scale over that of the best one, 0 to 1.
    """
    ranked = sorted(matches, key=lambda match: -match.weight)
    best = ranked[0]
    for other in ranked[1:]:
        if best.weight > 0 and abs(other.nm_per_px / best.nm_per_px - 1) > _SAME_SCALE:
            return best, other.weight / best.weight
    return best, 0.0


def describe_choice(match: Match, rival: float) -> Floats:
    """Features of a chosen match.

    Parameters
    ----------
    match : Match
    rival : float
        As `choose` gives it.

    Returns
    -------
    ndarray of float64, shape (features,)
        In the order of `FEATURES`.
    """
    factors = [math.log(max(match.factors[name], _LEAST_FACTOR)) for name in FACTORS]
    styles = [float(match.bar.style == style) for style in ("ticks", "dashes", "bracket")]
    evidence = [float(match.evidence == kind) for kind in ("field width", "magnification", "power of ten")]
    return np.array([*factors, *styles, *evidence, rival])


def judge(matches: tuple[Match, ...]) -> Judgement:
    """Choose a match and say how sure it is, by logistic regression.

    Parameters
    ----------
    matches : tuple of Match
        At least one.

    Returns
    -------
    Judgement
    """
    best, rival = choose(matches)
    constant, weights = _load_weights()
    logit = constant + float(describe_choice(best, rival) @ weights)
    return Judgement(best, 1 / (1 + math.exp(-max(-50.0, min(50.0, logit)))))


@lru_cache(maxsize=1)
def _load_weights() -> tuple[float, Floats]:
    text = files("nanocaliper.calibration").joinpath("confidence.json").read_text(encoding="utf-8")
    stored = json.loads(text)
    if tuple(stored["weights"]) != FEATURES:
        raise ValueError("confidence.json has other features than this version expects.")
    return float(stored["constant"]), np.array(list(stored["weights"].values()), np.float64)
