"""Constituent particles against agglomerates."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError

__all__ = ["Constituents", "count_constituents"]


@dataclass(frozen=True)
class Constituents:
    """Constituent particles against agglomerates.

    Parameters
    ----------
    particles : int
        Constituent particles counted, each once, whether free or in an agglomerate.
    free : int
        Those in no agglomerate.
    agglomerates : int
        Groups of two or more particles.
    in_agglomerates : int
        Constituent particles in them.
    largest : int
        Most members of one agglomerate; 0 without any.
    unresolved : int
        Agglomerates left out because their constituents could not be told apart.
    share_agglomerated : float or None
        in_agglomerates / particles.
    counted : ndarray of bool, shape (n,)
        Which rows are counted.
    rule : str
        The counting rule in words.
    """

    particles: int
    free: int
    agglomerates: int
    in_agglomerates: int
    largest: int
    unresolved: int
    share_agglomerated: float | None
    counted: npt.NDArray[np.bool_]
    rule: str


def count_constituents(agglomerate: npt.ArrayLike, unresolved: npt.ArrayLike | None = None) -> Constituents:
    """Count constituent particles and agglomerates.

    The definition counts "particles on their own or as identifiable constituent particles in aggregates or
    agglomerates". So every particle that was outlined by itself counts once, free or not; a row that stands
    for a clump whose parts could not be told apart is no particle and is left out, and counted as such. Images
    do not tell agglomerates from aggregates or from particles that only lie together.

    Parameters
    ----------
    agglomerate : array_like of int, shape (n,)
        Number of the agglomerate of each particle; 0 or less for a particle by itself. A number that occurs
        once is a particle by itself too.
    unresolved : array_like of bool, shape (n,), optional
        True for a row that is an agglomerate as a whole.

    Returns
    -------
    Constituents

    Raises
    ------
    StatisticsError
        If lengths differ or the numbers are not whole.
    """
    raw = np.asarray(agglomerate, dtype=np.float64).ravel()
    if not np.isfinite(raw).all() or (raw != np.round(raw)).any():
        raise StatisticsError(
            "Numbers of agglomerates are not all whole numbers; expected 0 for a free particle."
        )
    numbers = raw.astype(np.int64)
    clump = np.zeros(numbers.size, dtype=np.bool_)
    if unresolved is not None:
        clump = np.asarray(unresolved, dtype=np.bool_).ravel()
        if clump.size != numbers.size:
            raise StatisticsError(
                f"There are {clump.size} marks of unresolved agglomerates for {numbers.size} particles."
            )
    names, members = np.unique(numbers[(numbers > 0) & ~clump], return_counts=True)
    members = members[members > 1] if names.size else members
    particles = int(np.count_nonzero(~clump))
    inside = int(members.sum())
    return Constituents(
        particles=particles,
        free=particles - inside,
        agglomerates=int(members.size),
        in_agglomerates=inside,
        largest=int(members.max()) if members.size else 0,
        unresolved=int(np.count_nonzero(clump)),
        share_agglomerated=inside / particles if particles else None,
        counted=~clump,
        rule="Each particle with an outline of its own counts once, free or in an agglomerate; clumps whose "
        "parts cannot be told apart are left out.",
    )
