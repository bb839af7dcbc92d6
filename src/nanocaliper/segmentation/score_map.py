"""From what a network says of a particle's pixels to the probability that the particle is right."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["ScoreMap"]

#: The mean of a level in 255 steps is no nearer to 0 or 1 than its rounding.
_LEAST = 1e-3


@dataclass(frozen=True)
class ScoreMap:
    """Logistic map of the mean level of a particle to a score; without numbers of its own, the identity.

    score = 1 / (1 + exp(-(bias + slope * log(m / (1 - m))))) for a mean level m, which is Platt's scaling of a
    probability (J. Platt, Advances in Large Margin Classifiers, MIT Press 1999, 61). Fitted on images that the
    network did not see, the score is the share of right particles among those like it, where right means matched
    to a labelled particle with an IoU of 0.5 or more.

    Parameters
    ----------
    bias : float
    slope : float
        Positive: what has more level has more score.
    """

    bias: float = 0.0
    slope: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.bias) and math.isfinite(self.slope) and self.slope > 0):
            raise ValueError(f"no rising map: bias {self.bias}, slope {self.slope}")

    def __call__(self, means: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Scores of particles of some mean levels.

        Parameters
        ----------
        means : ndarray, shape (n,)
            0 to 1.

        Returns
        -------
        ndarray of float64, shape (n,)
            0 to 1.
        """
        m = np.clip(np.asarray(means, np.float64), _LEAST, 1 - _LEAST)
        return np.asarray(1 / (1 + np.exp(-(self.bias + self.slope * np.log(m / (1 - m))))), np.float64)

    def invert(self, scores: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Mean levels from which on particles have some scores.

        Parameters
        ----------
        scores : ndarray, shape (n,)
            0 to 1.

        Returns
        -------
        ndarray of float64, shape (n,)
            0 to 1; of scores 0 and 1 themselves 0 and 1.
        """
        s = np.asarray(scores, np.float64)
        with np.errstate(divide="ignore", over="ignore"):
            return np.asarray(1 / (1 + np.exp((self.bias - np.log(s / (1 - s))) / self.slope)), np.float64)
