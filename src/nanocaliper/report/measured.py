"""What the report needs to know of a measured micrograph."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from nanocaliper.calibration.calibration import Calibration
from nanocaliper.micrograph.micrograph import Micrograph
from nanocaliper.particles.particles import Particles
from nanocaliper.segmentation.segmentation import Segmentation
from nanocaliper.statistics.analysis import Analysis
from nanocaliper.statistics.distribution import Distribution

__all__ = ["Measured", "count_left_out"]


class Measured(Protocol):
    """A measured micrograph; `nanocaliper.pipeline.Measurement` is one.

    The report lies below the pipeline and so cannot name its record; it asks for these parts.
    """

    @property
    def micrograph(self) -> Micrograph:
        """The image."""

    @property
    def calibration(self) -> Calibration:
        """Its scale, or why it has none."""

    @property
    def segmentation(self) -> Segmentation:
        """Which pixel belongs to which particle."""

    @property
    def found(self) -> Particles:
        """The particles."""

    @property
    def diameter_px(self) -> Distribution:
        """Area-equivalent diameters of the whole particles, px."""

    @property
    def diameter_nm(self) -> Distribution | None:
        """The same in nm; None without a calibration."""

    @property
    def analysis(self) -> Analysis:
        """Quick statistics of the whole particles."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """All settings as given."""

    @property
    def edits(self) -> Sequence[Mapping[str, Any]]:
        """What was corrected by hand, in order, as plain JSON values."""

    @property
    def seconds(self) -> Mapping[str, float]:
        """Wall time of each stage."""

    @property
    def version(self) -> str:
        """Version of the program."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know."""


def count_left_out(measured: Measured) -> dict[str, int]:
    """Count what is not part of the statistics, by reason, from all stages.

    Parameters
    ----------
    measured : Measured

    Returns
    -------
    dict of str to int
        Reasons sorted by name; reasons that left nothing out are not in it.
    """
    reasons = {**measured.segmentation.left_out, **measured.found.left_out}
    return {reason: int(reasons[reason]) for reason in sorted(reasons) if reasons[reason]}
