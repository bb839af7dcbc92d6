"""The particles of one sample, and what intervals need to know of them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from nanocaliper.statistics.density import choose_bandwidth
from nanocaliper.statistics.power_sums import PowerSums, make_power_sums
from nanocaliper.statistics.special_functions import student_quantile
from nanocaliper.statistics.weighting import count_effectively

__all__ = ["Array", "Limits", "Sample"]

Array = npt.NDArray[np.float64]

#: Low limit, high limit, standard error and method by statistic, on the scale of `PowerSums.evaluate`.
Limits = dict[str, tuple[float, float, float, str]]


@dataclass(frozen=True)
class Sample:
    """Particles that are not all equal.

    Parameters
    ----------
    x, w : ndarray, shape (n,)
        Sizes and positive weights.
    power : int
        r of the basis.
    groups : ndarray of int, shape (n,), or None
        Image of each particle.
    """

    x: Array
    w: Array
    power: int
    groups: npt.NDArray[np.intp] | None

    @cached_property
    def basis_weights(self) -> Array:
        """Weights of the basis, w xʳ, scaled."""
        return np.asarray(self.w * (self.x / self.x.max()) ** self.power)

    @cached_property
    def effective(self) -> float:
        """Kish's effective number of particles."""
        return count_effectively(self.basis_weights, self.x.size)

    @cached_property
    def sums(self) -> PowerSums:
        """The columns whose sums make the statistics."""
        return make_power_sums(self.x, self.w, self.power)

    @cached_property
    def bandwidth(self) -> float:
        """Bandwidth of the kernel density of ln x; 0 where there is none."""
        if self.x.min() <= 0:
            return 0.0
        return choose_bandwidth(np.log(self.x), self.basis_weights, self.effective)

    @property
    def degrees(self) -> float:
        """Degrees of freedom of a t interval."""
        if self.groups is not None:
            return float(self.groups.max())
        return max(self.effective - 1, 1.0)

    def quantile_of(self, share: float) -> float:
        """Student's t for this sample."""
        return student_quantile(share, self.degrees)
