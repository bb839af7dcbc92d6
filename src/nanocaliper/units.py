"""Lengths and their conversion to nanometres."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["NM_PER_UNIT", "format_figures", "format_length_nm", "to_nm"]

#: Nanometres in one of each unit of length met on micrographs.
NM_PER_UNIT: Mapping[str, float] = MappingProxyType(
    {"pm": 1e-3, "A": 0.1, "nm": 1.0, "um": 1e3, "mm": 1e6, "cm": 1e7, "m": 1e9}
)


def to_nm(value: float, unit: str) -> float:
    """Convert a length to nanometres.

    Parameters
    ----------
    value : float
        The length, in `unit`.
    unit : {'pm', 'A', 'nm', 'um', 'mm', 'cm', 'm'}
        Its unit; ``'A'`` is the ångström, ``'um'`` the micrometre.

    Returns
    -------
    float
        The length in nm.

    Raises
    ------
    ValueError
        If the unit is not one of those named.
    """
    if unit not in NM_PER_UNIT:
        raise ValueError(f"Unknown unit of length {unit!r}; expected one of {', '.join(NM_PER_UNIT)}.")
    return value * NM_PER_UNIT[unit]


def format_length_nm(length_nm: float) -> str:
    """Write a length for people, in the unit that keeps the number between 0.1 and 1000.

    Parameters
    ----------
    length_nm : float
        A length in nm.

    Returns
    -------
    str
        For example ``'52.4 nm'``, ``'1.73 µm'`` or ``'0.142 nm'``, three significant figures.
    """
    for scale, unit in ((1e6, "mm"), (1e3, "µm")):
        if abs(length_nm) >= scale:
            return f"{length_nm / scale:.3g} {unit}"
    # ':.3g' turns 999.7 into '1e+03'; below 1000 nm three figures never need an exponent but there.
    return f"{length_nm:.3g} nm" if abs(length_nm) < 999.5 else f"{length_nm:.0f} nm"


def format_figures(value: float, figures: int = 2) -> str:
    """Write a number with so many significant figures, and large ones without an exponent.

    Parameters
    ----------
    value : float
    figures : int

    Returns
    -------
    str
        ``'0.0042'``, ``'1.3'``, ``'240'``; below 0.0001 with an exponent.
    """
    text = f"{value:.{figures}g}"
    return f"{float(text):.0f}" if "e+" in text else text
