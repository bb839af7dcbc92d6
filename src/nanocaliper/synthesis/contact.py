"""Groups of particles in contact, grown by letting one particle after the other drift onto the group."""

import numpy as np
from numpy.typing import NDArray

from nanocaliper.synthesis.shapes import ParticleShape

__all__ = ["find_contact_shift", "grow_cluster"]

Vertices = NDArray[np.float64]
_CORNERS = 72


def grow_cluster(
    shapes: list[ParticleShape], interpenetration: float, compactness: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Places of particles so that each touches at least one placed before it and overlaps none.

    Ballistic particle-cluster aggregation (Vold, J. Colloid Sci. 1963, 18, 684) in the plane: a particle
    comes from a random side along a straight line and stops at the first contact.

    Parameters
    ----------
    shapes : list of ParticleShape
        The particles; the first lies at (0, 0).
    interpenetration : float
        How far to move on after contact, over the mean of the two diameters.
    compactness : float
        0: lines aim at a random member (open, branched groups); 1: at the centre (compact groups).
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray, shape (n, 2)
        Centroids (row, col), px.
    """
    places = np.zeros((len(shapes), 2))
    outlines = [_thin(s.outline) for s in shapes]
    # The polygon of a sphere reaches a hair beyond its radius.
    reach = np.array([0.5 * s.feret_max_px if s.kind == "sphere" else s.reach_px for s in shapes])
    for i in range(1, len(shapes)):
        turn = rng.uniform(0, 2 * np.pi)
        way = np.array([np.sin(turn), np.cos(turn)])
        side = np.array([way[1], -way[0]])
        aim = places[:i].mean(axis=0) if rng.random() < compactness else places[int(rng.integers(i))]
        miss = rng.uniform(-0.5, 0.5) * (reach[:i].max() + reach[i])
        far = 2.0 * (np.hypot(*(places[:i] - aim).T) + reach[:i]).max() + 2.0 * reach[i]
        start = aim + miss * side - far * way
        travel, hit = _find_first_contact(shapes, outlines, places, reach, i, start, way)
        if hit < 0:
            # The line missed everything: aim straight at the member instead.
            start = places[0] - far * way
            travel, hit = _find_first_contact(shapes, outlines, places, reach, i, start, way)
        deeper = (
            interpenetration * 0.5 * (shapes[i].diameter_equivalent_px + shapes[hit].diameter_equivalent_px)
        )
        places[i] = start + (travel + deeper) * way
    return places


def _find_first_contact(
    shapes: list[ParticleShape],
    outlines: list[Vertices],
    places: Vertices,
    reach: NDArray[np.float64],
    moving: int,
    start: NDArray[np.float64],
    way: NDArray[np.float64],
) -> tuple[float, int]:
    """Find how far particle `moving` travels from `start` until it meets one placed before, and which.

    Without a contact: infinity and -1.
    """
    offset = places[:moving] - start
    along, lateral = offset @ way, offset @ np.array([way[1], -way[0]])
    room = (reach[:moving] + reach[moving]) ** 2 - lateral**2
    earliest = np.where(room > 0, along - np.sqrt(np.maximum(room, 0)), np.inf)
    best, hit = np.inf, -1
    for k in np.argsort(earliest, kind="stable"):
        if not earliest[k] < best:
            break
        if shapes[k].kind == shapes[moving].kind == "sphere":
            travel = float(earliest[k])
        else:
            travel = find_contact_shift(outlines[k] + places[k], outlines[moving] + start, way)
        if travel < best:
            best, hit = travel, int(k)
    return best, hit


def find_contact_shift(resting: Vertices, moving: Vertices, way: NDArray[np.float64]) -> float:
    """How far a polygon moves along a direction until it touches another.

    Parameters
    ----------
    resting, moving : ndarray, shape (n, 2)
        Corners (row, col), px; the moving one starts wholly before the resting one.
    way : ndarray, shape (2,)
        Unit vector of the movement.

    Returns
    -------
    float
        Distance, px; inf where they never meet. Exact for polygons: the gap is piecewise linear across the
        way, so that its least value is at a corner.
    """
    side = np.array([way[1], -way[0]])
    low = max((resting @ side).min(), (moving @ side).min())
    high = min((resting @ side).max(), (moving @ side).max())
    if not low < high:
        return float("inf")
    edge = 1e-9 * (high - low)
    at = np.clip(np.concatenate([resting @ side, moving @ side]), low + edge, high - edge)
    back = -_find_front(-(resting @ way), resting @ side, at)
    front = _find_front(moving @ way, moving @ side, at)
    return float(np.min(back - front))


def _find_front(
    depth: NDArray[np.float64], lateral: NDArray[np.float64], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Largest depth of a polygon's edges at given lateral places."""
    depth_end, lateral_end = np.roll(depth, -1), np.roll(lateral, -1)
    width = lateral_end - lateral
    crosses = (np.minimum(lateral, lateral_end)[:, None] <= at) & (
        at <= np.maximum(lateral, lateral_end)[:, None]
    )
    safe = np.where(np.abs(width) > 1e-12, width, 1e-12)
    height = depth[:, None] + ((at - lateral[:, None]) / safe[:, None]) * (depth_end - depth)[:, None]
    return np.asarray(np.where(crosses & (np.abs(width) > 1e-12)[:, None], height, -np.inf).max(axis=0))


def _thin(outline: Vertices) -> Vertices:
    """Fewer corners: enough for a contact within about 0.1 % of the size."""
    return outline[:: max(1, len(outline) // _CORNERS)]
