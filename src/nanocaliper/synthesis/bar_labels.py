"""Labels of scale bars as people and instruments write them."""

from dataclasses import dataclass

import numpy as np

from nanocaliper.units import to_nm

__all__ = ["BarLabel", "draw_label"]

_SERIES = (1.0, 2.0, 5.0)
_QUARTERS = (2.5, 2.5, 1.5, 7.5)
_UNUSUAL = (3.0, 4.0, 6.0, 8.0, 1.5, 3.0, 4.0)
#: Ranges of bars that are seen, nm.
_RANGES = {"SEM": (20.0, 5e5), "TEM": (0.5, 2e3)}


@dataclass(frozen=True)
class BarLabel:
    """A length and how it is written.

    Parameters
    ----------
    value : float
        The number.
    unit : {'A', 'nm', 'um', 'mm'}
        Its unit.
    text : str
        As printed.
    kind : str
        ``'series'`` (1, 2, 5), ``'quarter'`` (15, 25, 75), ``'unusual'`` (3, 40, 60, ...), ``'decimal'``,
        ``'comma'``, ``'trailing zeros'``, ``'word'``, ``'angstrom'``, ``'millimetre'`` or ``'thousands'``.
    """

    value: float
    unit: str
    text: str
    kind: str

    @property
    def length_nm(self) -> float:
        """The length, nm."""
        return to_nm(self.value, self.unit)


def draw_label(rng: np.random.Generator, kind: str) -> BarLabel:
    """Draw a label at random.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    kind : {'SEM', 'TEM'}
        Which lengths are usual.

    Returns
    -------
    BarLabel
    """
    chance = rng.random()
    if kind == "TEM" and chance < 0.03:
        value = float(rng.choice([2, 5, 10, 10, 20, 50]))
        return BarLabel(value, "A", f"{value:g}{_space(rng)}Å", "angstrom")
    if kind == "SEM" and chance < 0.025:
        value = float(rng.choice([0.1, 0.2, 0.5, 1.0, 2.0]))
        return BarLabel(value, "mm", f"{value:g}{_space(rng)}mm", "millimetre")
    low, high = np.log10(_RANGES[kind])
    power = float(np.floor(rng.uniform(low, high)))
    series = str(rng.choice(["series", "quarter", "unusual"], p=[0.72, 0.13, 0.15]))
    lead = float(rng.choice({"series": _SERIES, "quarter": _QUARTERS, "unusual": _UNUSUAL}[series]))
    length_nm = lead * 10.0**power
    if length_nm < 0.5 or length_nm > 1e6:
        length_nm, series = 100.0, "series"
    if length_nm < 1000 and rng.random() > (0.12 if length_nm >= 100 else 0.0):
        value, unit = length_nm, "nm"
    elif length_nm == 1000 and rng.random() < 0.12:
        text = str(rng.choice(["1000", "1,000", "1000"]))
        return BarLabel(1000.0, "nm", f"{text}{_space(rng)}nm", "thousands")
    else:
        value, unit = length_nm / 1000, "um"
    value = float(f"{value:.6g}")
    return _write(rng, value, unit, series)


def _space(rng: np.random.Generator) -> str:
    return " " if rng.random() < 0.72 else ""


def _write(rng: np.random.Generator, value: float, unit: str, series: str) -> BarLabel:
    """Choose a way to write a number and its unit."""
    whole, chance, kind = value == round(value), rng.random(), series
    number = f"{value:g}"
    if not whole:
        kind = "decimal"
        if chance < 0.12:
            number, kind = number.replace(".", ","), "comma"
        elif chance < 0.3:
            number, kind = f"{value:.2f}" if f"{value:.2f}" != number else f"{value:.3f}", "trailing zeros"
        if float(number.replace(",", ".")) != value:
            number, kind = f"{value:g}", "decimal"
    elif chance < 0.12 and value < 1000:
        # As instruments do: three figures ("1.00um", "10.0um") or one decimal ("500.0nm").
        figures = 2 - len(number) + 1
        number, kind = f"{value:.{max(1, figures)}f}" if value < 100 else f"{value:.1f}", "trailing zeros"
    if unit == "nm":
        sign = "nm"
    else:
        sign = str(rng.choice(["µm", "μm", "um"], p=[0.6, 0.15, 0.25]))
        if rng.random() < 0.03:
            sign, kind = (" micron" if value == 1 else " microns"), "word"
    space = "" if sign.startswith(" ") else _space(rng)
    return BarLabel(value, unit, number + space + sign, kind)
