"""Texts on data strips, in the manners of instruments' makers."""

import numpy as np
from numpy.typing import NDArray

from nanocaliper.synthesis.lettering import draw_text
from nanocaliper.synthesis.scale_bars import paint

__all__ = ["write_strip"]

Field = NDArray[np.float32]
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def write_strip(
    strip: Field, style: str, ink: float, bar_left: int | None, bar_width: int, rng: np.random.Generator
) -> None:
    """Write an instrument's settings on a strip where the scale bar leaves room, in place.

    Parameters
    ----------
    strip : ndarray of float32
        The strip alone.
    style : str
        One of `nanocaliper.synthesis.annotation_options.STRIP_STYLES`.
    ink : float
        Grey value of the letters.
    bar_left : int or None
        First column of the scale bar's block on the strip.
    bar_width : int
        Its width.
    rng : numpy.random.Generator
        Source of the settings.
    """
    rows, cols = strip.shape
    gap = max(6, rows // 4)
    start, stop = gap // 2, cols - gap // 2
    if bar_left is not None:
        if bar_left < cols - bar_left - bar_width:
            start = bar_left + bar_width + gap
        else:
            stop = bar_left - gap
    texts = _draw_settings(rng)
    if style.startswith("plain"):
        return
    if style.endswith("columns"):
        _write_columns(strip, style, ink, start, stop, texts)
        return
    if style == "hitachi":
        line = f"{texts['model']} {texts['kv']}kV {texts['wd']}mm x{texts['mag_k']}k {texts['detector']}"
    elif style == "jeol":
        line = f"SEI   {texts['kv']}kV   X{texts['mag']}   WD {texts['wd']}mm"
    else:
        line = f"{texts['kv']} kV  WD {texts['wd']} mm  {texts['mag']} x  {texts['date']}  {texts['time']}"
    _fit_line(
        strip,
        line,
        max(7, round(0.45 * rows)),
        ink,
        start,
        stop,
        rows // 2,
        "sans" if style != "jeol" else "plotter",
    )


def _write_columns(
    strip: Field, style: str, ink: float, start: int, stop: int, texts: dict[str, str]
) -> None:
    """Two lines in columns, with rules between them on black strips."""
    rows = strip.shape[0]
    if style == "white_columns":
        pairs = [
            (f"EHT = {texts['kv']}0 kV", f"WD = {texts['wd']} mm"),
            (f"Signal A = {texts['signal']}", f"Mag = {texts['mag_k']} K X"),
            (f"Date :{texts['date']}", f"Time :{texts['time']}"),
        ]
    else:
        pairs = [
            ("HV", f"{texts['kv']} kV"),
            ("WD", f"{texts['wd']} mm"),
            ("mag", f"{texts['mag']} x"),
            ("det", texts["signal"]),
            ("spot", texts["spot"]),
        ]
    size = max(7, round(0.24 * rows))
    at = start
    for first, second in pairs:
        upper, lower = draw_text(first, size), draw_text(second, size)
        width = max(upper.shape[1], lower.shape[1])
        if at + width + 4 > stop:
            return
        for text, middle in ((upper, rows // 3), (lower, 2 * rows // 3)):
            paint(strip, text, max(middle - text.shape[0] // 2, 0), at, ink)
        at += width + max(6, size)
        if style == "black_columns" and at < stop:
            strip[2:-2, at - max(3, size // 2)] = ink


def _fit_line(
    strip: Field, text: str, size: int, ink: float, start: int, stop: int, middle: int, face: str
) -> None:
    """Write a line as large as fits; words at its end give way when even small letters do not fit."""
    words = text.split(" ")
    while words:
        for trial in range(size, max(6, size // 2) - 1, -1):
            drawn = draw_text(" ".join(words), trial, face)
            if start + drawn.shape[1] <= stop and drawn.shape[0] + 2 <= strip.shape[0]:
                paint(
                    strip,
                    drawn,
                    min(max(middle - drawn.shape[0] // 2, 0), strip.shape[0] - drawn.shape[0]),
                    start,
                    ink,
                )
                return
        words.pop()


def _draw_settings(rng: np.random.Generator) -> dict[str, str]:
    magnification = float(rng.choice([1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8])) * 10 ** int(rng.integers(3, 6))
    return {
        "model": str(rng.choice(["SU8010", "S4800", "S-3400N", "SU-70", "Regulus"])),
        "kv": f"{rng.choice([1, 2, 3, 5, 10, 15, 20, 30]):.1f}",
        "wd": f"{rng.uniform(2, 15):.1f}",
        "mag": f"{magnification:,.0f}",
        "mag_k": f"{magnification / 1000:.1f}",
        "detector": str(rng.choice(["SE(M)", "SE(U)", "SE(UL)", "LM(L)"])),
        "signal": str(rng.choice(["InLens", "SE2", "ETD", "TLD", "BSE", "CBS"])),
        "spot": f"{rng.uniform(1, 6):.1f}",
        "date": f"{rng.integers(1, 29)} {_MONTHS[int(rng.integers(12))]} {rng.integers(2004, 2025)}",
        "time": f"{rng.integers(7, 20)}:{rng.integers(0, 60):02d}:{rng.integers(0, 60):02d}",
    }
