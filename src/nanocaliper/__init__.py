"""Measure nanoparticles in electron-microscope images.

The public names are imported lazily, so that ``import nanocaliper`` loads no heavy library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nanocaliper.analyses import analyse, compare
    from nanocaliper.micrograph.read import read
    from nanocaliper.pipeline import Measurement, measure
    from nanocaliper.statistics.analysis_options import AnalysisOptions

__version__ = "0.1.0"

__all__ = ["AnalysisOptions", "Measurement", "__version__", "analyse", "compare", "measure", "read"]

_HOME = {
    "AnalysisOptions": "nanocaliper.statistics.analysis_options",
    "analyse": "nanocaliper.analyses",
    "compare": "nanocaliper.analyses",
    "measure": "nanocaliper.pipeline",
    "Measurement": "nanocaliper.pipeline",
    "read": "nanocaliper.micrograph.read",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'nanocaliper' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
