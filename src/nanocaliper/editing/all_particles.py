"""Rows and outlines of all particles, also of those that are left out."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nanocaliper.editing.compose import compose
from nanocaliper.editing.corrected import Corrected
from nanocaliper.micrograph.micrograph import Box
from nanocaliper.particles.columns import COLUMNS
from nanocaliper.particles.descriptors import add_nm
from nanocaliper.particles.filters import COUNTED
from nanocaliper.particles.outlined import OUTLINE_MARGIN, Outlined, outline_particles
from nanocaliper.particles.particles import Particles

__all__ = ["AllParticles", "list_all"]

Floats = npt.NDArray[np.float64]
#: Numbers of agglomerates change with every particle that comes or goes.
_RENUMBERED = "agglomerate"


@dataclass(frozen=True, eq=False)
class AllParticles:
    """All particles of an image; row, state and outline with the same index belong together.

    Parameters
    ----------
    table : DataFrame
        Columns as in `nanocaliper.particles.columns.COLUMNS`, by ``particle``. Of particles that are left out, only
        what follows from their outlines is known.
    states : tuple of str
        ``'counted'`` or one of `nanocaliper.particles.filters.REASONS`.
    outlines : tuple of ndarray, each of shape (points, 2)
        Closed outlines (row, col), px.
    """

    table: pd.DataFrame
    states: tuple[str, ...]
    outlines: tuple[Floats, ...]

    def find_changed(self, before: "AllParticles") -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Tell which particles are new or differ, and which are gone.

        Parameters
        ----------
        before : AllParticles

        Returns
        -------
        changed, removed : tuple of int
            Numbers, increasing.
        """
        numbers, others = (t.table["particle"].to_numpy() for t in (self, before))
        places = {number: place for place, number in enumerate(others.tolist())}
        common = [number for number in numbers.tolist() if number in places]
        here = np.flatnonzero(np.isin(numbers, common))
        there = np.array([places[number] for number in common], np.intp)
        differs = np.zeros(len(numbers), np.bool_)
        differs[~np.isin(numbers, common)] = True
        for name in COLUMNS:
            if name != _RENUMBERED:
                mine, theirs = (t.table[name].to_numpy()[k] for t, k in ((self, here), (before, there)))
                same = mine == theirs
                if mine.dtype.kind == "f":
                    same |= np.isnan(mine) & np.isnan(theirs.astype(np.float64))
                differs[here] |= ~same
        for place, other in zip(here.tolist(), there.tolist(), strict=True):
            mine, theirs = self.outlines[place], before.outlines[other]
            moved = mine is not theirs and not np.array_equal(mine, theirs)
            differs[place] |= moved or self.states[place] != before.states[other]
        gone = np.setdiff1d(others, numbers)
        return tuple(numbers[differs].tolist()), tuple(gone.tolist())


def list_all(
    state: Corrected, reasons: Mapping[int, str], found: Particles, nm_per_px: float | None
) -> AllParticles:
    """Put together what is known of all particles.

    Parameters
    ----------
    state : Corrected
    reasons : mapping of int to str
        Why particles are left out; empty for those that are left in.
    found : Particles
        Those that are left in.
    nm_per_px : float or None

    Returns
    -------
    AllParticles
    """
    out = np.array([number for number, reason in reasons.items() if reason], np.int64)
    rest, outlines = _measure_left_out(state, out)
    table = found.table
    if len(out):
        rest = add_nm(rest, nm_per_px)
        filled = {
            name: rest[name] if name in rest else _fill(found.table[name], len(out)) for name in COLUMNS
        }
        table = pd.concat([found.table, pd.DataFrame(filled)], ignore_index=True)
    order = np.argsort(table["particle"].to_numpy(), kind="stable")
    lines = [*found.outlines, *outlines]
    border = found.border == "leave_out"
    touching = {
        number: "touches_border" if touches and border else COUNTED
        for number, touches in zip(
            found.table["particle"].tolist(), found.table["touches_border"].tolist(), strict=True
        )
    }
    table = table.iloc[order].reset_index(drop=True)
    states = tuple(reasons[number] or touching[number] for number in table["particle"].tolist())
    return AllParticles(table, states, tuple(lines[place] for place in order.tolist()))


def _fill(column: "pd.Series[float]", count: int) -> object:
    """Values of a column that is not known."""
    kind = column.dtype.kind
    if kind == "f":
        return np.full(count, np.nan)
    if kind == "b":
        return np.zeros(count, np.bool_)
    return np.zeros(count, np.int64) if kind in "iu" else [""] * count


def _measure_left_out(
    state: Corrected, numbers: npt.NDArray[np.int64]
) -> tuple[dict[str, npt.NDArray[np.float64]], list[Floats]]:
    """What follows from outlines; those of candidates are as found, with all in place."""
    base = state.candidates.outlined
    rows, outlines = [], []
    for number in numbers.tolist():
        if number in state.made:
            outlined, place = _outline_alone(state, number), 0
        else:
            outlined, place = base, number - 1
        outlines.append(outlined.traced.points[place])
        rows.append({name: values[place] for name, values in outlined.values.items()})
    names = base.values.keys()
    values = {name: np.array([row[name] for row in rows]) for name in names if name in COLUMNS}
    values["particle"] = numbers
    values["score"] = np.array([state.find_score(number) for number in numbers.tolist()])
    values["edited"] = np.array([state.find_edited(number) for number in numbers.tolist()], object)
    values["shape"] = np.array([state.shapes.get(number, "") for number in numbers.tolist()], object)
    return values, outlines


def _outline_alone(state: Corrected, number: int) -> Outlined:
    """Outline of a particle without any other, drawn in a small part of the image."""
    pixels, (rows, cols) = state.made[number].pixels, state.candidates.segmentation.labels.shape
    part = Box(
        max(pixels.row - OUTLINE_MARGIN, 0),
        max(pixels.col - OUTLINE_MARGIN, 0),
        min(pixels.row + pixels.mask.shape[0] + OUTLINE_MARGIN, rows),
        min(pixels.col + pixels.mask.shape[1] + OUTLINE_MARGIN, cols),
    )
    labels, level = compose(state, [number], part)
    origin = part.row_start, part.col_start
    return outline_particles(labels, level, np.array([number]), origin=origin)
