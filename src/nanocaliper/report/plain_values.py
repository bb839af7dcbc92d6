"""Plain JSON values: what they are made from, and how far numbers are rounded."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["make_plain", "round_number"]

_DIGITS = 9


def make_plain(value: Any) -> Any:
    """Turn mappings, sequences and numpy values into plain JSON values.

    Parameters
    ----------
    value : object

    Returns
    -------
    object
        NaN and infinity become None, what is unknown its text.
    """
    if isinstance(value, Mapping):
        return {str(key): make_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [make_plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, np.ndarray):
        return make_plain(value.tolist())
    if isinstance(value, np.generic):
        return make_plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def round_number(value: Any) -> Any:
    """Round the floats in plain values to nine significant digits: the rest depends on the order of a sum.

    Parameters
    ----------
    value : object
        A plain JSON value.

    Returns
    -------
    object
    """
    if isinstance(value, dict):
        return {key: round_number(item) for key, item in value.items()}
    if isinstance(value, list):
        return [round_number(item) for item in value]
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
