"""What instruments and people print on micrographs beside the scale bar."""

import numpy as np

__all__ = ["draw_sample_name", "draw_settings", "setting_lines", "setting_pairs"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: Widths of the display that magnifications refer to, mm.
_DISPLAYS_MM = (89.0, 115.0, 120.0, 127.0, 152.0, 300.0)


def draw_settings(rng: np.random.Generator, nm_per_px: float, cols: int) -> dict[str, str]:
    """Draw an instrument's settings that agree with a scale.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    nm_per_px : float
        True scale.
    cols : int
        Width of the micrograph, px.

    Returns
    -------
    dict of str
        Texts by name: ``mag``, ``hfw``, ``kv``, ``wd``, ``date``, ``time``, ...
    """
    width_nm = nm_per_px * cols
    magnification = float(rng.choice(_DISPLAYS_MM)) * 1e6 / width_nm
    digits = int(rng.integers(2, 4))
    rounded = float(f"{magnification:.{digits - 1}e}")
    width = f"{width_nm:.3g} nm" if width_nm < 1000 else f"{width_nm / 1000:.3g} µm"
    if width_nm >= 9.995e5:
        width = f"{width_nm / 1e6:.3g} mm"
    day, month, year = int(rng.integers(1, 29)), int(rng.integers(12)), int(rng.integers(2003, 2026))
    date = (
        f"{day} {_MONTHS[month]} {year}",
        f"{month + 1}/{day}/{year}",
        f"{year}-{month + 1:02d}-{day:02d}",
        f"{day:02d}.{month + 1:02d}.{year}",
    )
    thousands = f"{rounded / 1000:,.{0 if rounded >= 1e5 else 1}f}k" if rounded >= 1000 else f"{rounded:.0f}"
    return {
        "model": str(
            rng.choice(["SU8010", "S4800", "S-3400N", "SU-70", "SU8230", "JSM-7001F", "JEM-2100", "Quanta"])
        ),
        "kv": f"{rng.choice([1, 2, 3, 5, 10, 15, 20, 30, 80, 120, 200]):.{int(rng.integers(0, 2))}f}",
        "wd": f"{rng.uniform(2, 15):.1f}",
        "mag": f"{rounded:,.0f}" if rounded >= 1 else f"{rounded:.2g}",
        "mag_k": thousands,
        "hfw": width,
        "detector": str(
            rng.choice(
                ["SE(M)", "SE(U)", "SE(UL)", "LM(L)", "InLens", "SE2", "ETD", "TLD", "BSE", "SEI", "LEI"]
            )
        ),
        "spot": f"{rng.uniform(1, 6):.1f}",
        "current": f"{rng.choice([0.1, 0.2, 0.4, 13, 25, 50]):g} {rng.choice(['nA', 'pA'])}",
        "pressure": f"{rng.uniform(1, 9.9):.2f}e-00{int(rng.integers(3, 8))} mbar",
        "date": str(rng.choice(date)),
        "time": f"{rng.integers(7, 20)}:{rng.integers(0, 60):02d}:{rng.integers(0, 60):02d}",
        "number": f"{rng.integers(1, 400):04d}",
        "sample": draw_sample_name(rng),
    }


def draw_sample_name(rng: np.random.Generator) -> str:
    """Draw a sample's name, often with a number that looks like a size.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    str
    """
    names = [
        "AuNP-20", "SiO2-100", "TiO2 P25", "Ag 50", "PS-200", "CdSe/ZnS", "Fe3O4", "NP-3_02", "Au@SiO2 30",
        "batch 12", "S-05", "CeO2 400C", "t = 10 min", "pH 7.4", "1 mM", "5 wt%", "Sample 7", "20 h", "ZnO_500",
    ]  # fmt: skip
    return str(rng.choice(names))


def setting_lines(rng: np.random.Generator, texts: dict[str, str]) -> list[str]:
    """Words of one line of a data strip, in the manner of a maker.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    texts : dict of str
        From `draw_settings`.

    Returns
    -------
    list of str
        To be printed with gaps between them.
    """
    t = texts
    lines = [
        [t["model"], f"{t['kv']}kV", f"{t['wd']}mm", f"x{t['mag_k']}", t["detector"], t["date"]],
        [t["detector"], f"{t['kv']}kV", f"X{t['mag']}", f"WD {t['wd']}mm"],
        [f"HV {t['kv']} kV", f"WD {t['wd']} mm", f"{t['mag']} x", f"HFW {t['hfw']}"],
        [f"SEM HV: {t['kv']} kV", f"WD: {t['wd']} mm", f"View field: {t['hfw']}", f"Det: {t['detector']}"],
        [f"Mag = {t['mag_k']} X", f"EHT = {t['kv']} kV", f"WD = {t['wd']} mm", f"Signal A = {t['detector']}"],
        [t["sample"], t["date"], t["time"]],
        [t["number"], f"{t['kv']}KV", f"X{t['mag']}", t["date"]],
        [f"HV={t['kv']}kV", f"Direct Mag: {t['mag']}x", t["sample"]],
    ]  # fmt: skip
    return lines[int(rng.integers(len(lines)))]


def setting_pairs(rng: np.random.Generator, texts: dict[str, str]) -> list[tuple[str, str]]:
    """Heads and values of a data strip with columns.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    texts : dict of str
        From `draw_settings`.

    Returns
    -------
    list of (str, str)
        Upper and lower line of each column.
    """
    t = texts
    tables = [
        [("HV", f"{t['kv']} kV"), ("WD", f"{t['wd']} mm"), ("mag", f"{t['mag']} x"), ("det", t["detector"]),
         ("HFW", t["hfw"]), ("spot", t["spot"])],
        [("HV", f"{t['kv']} kV"), ("curr", t["current"]), ("WD", f"{t['wd']} mm"), ("HFW", t["hfw"])],
        [(f"EHT = {t['kv']} kV", f"WD = {t['wd']} mm"), (f"Signal A = {t['detector']}", f"Mag = {t['mag_k']} X"),
         (f"Date :{t['date']}", f"Time :{t['time']}")],
        [(f"SEM HV: {t['kv']} kV", f"View field: {t['hfw']}"), (f"SEM MAG: {t['mag']} x", f"Det: {t['detector']}"),
         (f"WD: {t['wd']} mm", f"Date(m/d/y): {t['date']}")],
        [(t["sample"], t["date"]), (f"Mag {t['mag']}x", f"HV {t['kv']}kV"), (f"P = {t['pressure']}", t["time"])],
    ]  # fmt: skip
    return tables[int(rng.integers(len(tables)))]
