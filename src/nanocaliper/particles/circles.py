"""Smallest circle around, and largest circle inside, every outline."""

import numpy as np
import numpy.typing as npt

from nanocaliper.particles.packing import PackedOutlines, iterate_batches

__all__ = ["measure_enclosing_circles", "measure_inscribed_circles"]

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

_MOST = 400_000
_PRECISION_PX = 1e-5
_EXCHANGES = 60
_CLIMBS = 25


def measure_enclosing_circles(hulls: PackedOutlines) -> Floats:
    """Diameter of the smallest circle around every hull.

    Exact: the circle of the corners found so far is widened by the corner farthest outside of it, until none
    is (the exchange of J. Elzinga, D. W. Hearn, Transp. Sci. 6, 379, 1972).

    Parameters
    ----------
    hulls : PackedOutlines
        Closed convex outlines.

    Returns
    -------
    ndarray, shape (n,)
        Diameters, px.
    """
    diameters = np.zeros(len(hulls.counts))
    for batch in iterate_batches(hulls, _MOST):
        diameters[batch.chosen] = 2 * _enclose(batch.points)
    return diameters


def _enclose(corners: Floats) -> Floats:
    """Radii of the smallest circles around corners of shape (k, m, 2)."""
    every = np.arange(len(corners))
    first = np.argmax((corners**2).sum(axis=-1), axis=1)
    second = np.argmax(((corners - corners[every, first][:, None]) ** 2).sum(axis=-1), axis=1)
    # Three corners hold a circle; two of them may be the same.
    held = corners[every[:, None], np.stack([first, second, second], axis=1)]
    centre = held[:, :2].mean(axis=1)
    radius = np.hypot(*(held[:, 0] - centre).T)
    going = every
    for _ in range(_EXCHANGES):
        squares = ((corners[going] - centre[going][:, None]) ** 2).sum(axis=-1)
        farthest = squares.argmax(axis=1)
        outside = np.sqrt(squares.max(axis=1)) > radius[going] * (1 + 1e-9)
        going, farthest = going[outside], farthest[outside]
        if not len(going):
            break
        four = np.concatenate([corners[going, farthest][:, None], held[going]], axis=1)
        held[going], centre[going], radius[going] = _enclose_four(four)
    # Whatever rounding does, the circle holds every corner.
    return np.asarray(np.sqrt(((corners - centre[:, None]) ** 2).sum(axis=-1).max(axis=1)))


def _enclose_four(four: Floats) -> tuple[Floats, Floats, Floats]:
    """Smallest circle around four points, shape (k, 4, 2), that has the first on it."""
    candidates = [four[:, [0, i, i]] for i in (1, 2, 3)] + [
        four[:, [0, i, j]] for i, j in ((1, 2), (1, 3), (2, 3))
    ]
    triples = np.stack(candidates, axis=1)
    centres = np.concatenate([triples[:, :3, :2].mean(axis=2), _circumcentre(triples[:, 3:])], axis=1)
    radii = np.sqrt(((triples[:, :, 0] - centres) ** 2).sum(axis=-1))
    reach = np.sqrt(((four[:, None] - centres[:, :, None]) ** 2).sum(axis=-1).max(axis=2))
    valid = reach <= radii * (1 + 1e-9)
    best = np.where(valid, radii, np.inf).argmin(axis=1)
    every = np.arange(len(four))
    return triples[every, best], centres[every, best], radii[every, best]


def _circumcentre(triples: Floats) -> Floats:
    """Centres of the circles through three points, shape (..., 3, 2); far away where they are on a line."""
    a, b = triples[..., 1, :] - triples[..., 0, :], triples[..., 2, :] - triples[..., 0, :]
    double = 2 * (a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])
    double = np.where(np.abs(double) < 1e-12, 1e-12, double)
    aa, bb = (a**2).sum(axis=-1), (b**2).sum(axis=-1)
    x = (b[..., 1] * aa - a[..., 1] * bb) / double
    y = (a[..., 0] * bb - b[..., 0] * aa) / double
    return np.asarray(triples[..., 0, :] + np.stack([x, y], axis=-1))


def measure_inscribed_circles(packed: PackedOutlines, inner: Floats, centroid: Floats) -> Floats:
    """Diameter of the largest circle inside every outline.

    From two points inside, the circle grows to a place from which no small move makes it larger; the larger of
    both is taken. (A rough outline may hold a slightly larger circle elsewhere.) Every step solves
    the linear problem max t with t <= dᵢ + nᵢ·x for the distances dᵢ and directions nᵢ from all edges: since the
    distance from an edge is convex, the true circle at the new place is at least as large as the solved t, so
    that steps never lead down or out.

    Parameters
    ----------
    packed : PackedOutlines
        Closed outlines.
    inner : ndarray, shape (n, 2)
        A point inside each outline (row, col), px of the image, best one that is far from the outline.
    centroid : ndarray, shape (n, 2)
        Another point; not used where it is outside of the outline.

    Returns
    -------
    ndarray, shape (n,)
        Diameters, px.
    """
    diameters = np.zeros(len(packed.counts))
    for batch in iterate_batches(packed, _MOST):
        origins = packed.origins[batch.chosen]
        deep, middle = inner[batch.chosen] - origins, centroid[batch.chosen] - origins
        middle = np.where(_hold(batch.points, middle)[:, None], middle, deep)
        radii = np.maximum(_inscribe(batch.points, deep), _inscribe(batch.points, middle))
        diameters[batch.chosen] = 2 * radii
    return diameters


def _hold(corners: Floats, point: Floats) -> npt.NDArray[np.bool_]:
    """Whether outlines, corners of shape (k, m, 2), hold a point each (even-odd rule)."""
    row, col = (corners[..., axis] - point[:, None, axis] for axis in (0, 1))
    crossing = (row[:, :-1] > 0) != (row[:, 1:] > 0)
    step = np.where(crossing, row[:, 1:] - row[:, :-1], 1.0)
    at = col[:, :-1] - row[:, :-1] * (col[:, 1:] - col[:, :-1]) / step
    return np.asarray((crossing & (at > 0)).sum(axis=1) % 2 == 1)


def _inscribe(corners: Floats, centre: Floats) -> Floats:
    """Radii of the largest circles inside outlines, corners of shape (k, m, 2)."""
    starts, edges = corners[:, :-1], np.diff(corners, axis=1)
    squares = np.maximum(edges[..., 0] ** 2 + edges[..., 1] ** 2, 1e-24)
    radius = np.zeros(len(corners))
    going = np.arange(len(corners))
    place = centre.copy()
    for _ in range(_CLIMBS):
        way_row, way_col = edges[going, :, 0], edges[going, :, 1]
        off_row = place[going, None, 0] - starts[going, :, 0]
        off_col = place[going, None, 1] - starts[going, :, 1]
        share = np.clip((off_row * way_row + off_col * way_col) / squares[going], 0, 1)
        off_row -= share * way_row
        off_col -= share * way_col
        distance = np.hypot(off_row, off_col)
        nearest = distance.min(axis=1)
        better = nearest > radius[going] + _PRECISION_PX
        # A step that gained nothing is not taken back: the place before was as good.
        radius[going] = np.maximum(radius[going], nearest)
        going = going[better]
        if not len(going):
            break
        distance = distance[better]
        safe = np.maximum(distance, 1e-12)
        place[going] += _solve_step(distance, off_row[better] / safe, off_col[better] / safe)
    return radius


def _solve_step(distance: Floats, normal_row: Floats, normal_col: Floats) -> Floats:
    """Move x that makes the smallest of dᵢ + nᵢ·x largest; exchange of three active edges, shape (k, 2)."""
    count = len(distance)
    every = np.arange(count)
    # Three walls far outside start the search; real edges replace them.
    angles = np.array([0.0, 2.0, 4.0]) * np.pi / 3
    walls = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    active_n = np.broadcast_to(walls, (count, 3, 2)).copy()
    active_d = np.repeat(4 * distance.max(axis=1, keepdims=True) + 1, 3, axis=1)
    move, top = np.zeros((count, 2)), active_d[:, 0].copy()
    going = every
    for _ in range(_EXCHANGES):
        values = distance[going] + normal_row[going] * move[going, None, 0]
        values += normal_col[going] * move[going, None, 1]
        worst = values.argmin(axis=1)
        violated = values.min(axis=1) < top[going] - _PRECISION_PX / 4
        going, worst = going[violated], worst[violated]
        if not len(going):
            break
        new_n = np.stack([normal_row[going, worst], normal_col[going, worst]], axis=1)
        new_d = distance[going, worst]
        best = np.full(len(going), -np.inf)
        choice_n, choice_d = active_n[going], active_d[going]
        choice_x = move[going]
        for leave in range(3):
            n, d = active_n[going], active_d[going]
            gone_n, gone_d = n[:, leave].copy(), d[:, leave].copy()
            n[:, leave], d[:, leave] = new_n, new_d
            x, t = _meet(n, d)
            fits = t <= gone_d + (gone_n * x).sum(axis=-1) + 1e-9
            take = np.isfinite(t) & fits & (t > best)
            best = np.where(take, t, best)
            choice_n[take], choice_d[take], choice_x[take] = n[take], d[take], x[take]
        solved = np.isfinite(best)
        stays = going[solved]
        active_n[stays], active_d[stays] = choice_n[solved], choice_d[solved]
        move[stays], top[stays] = choice_x[solved], best[solved]
        going = stays
    return move


def _meet(normals: Floats, distance: Floats) -> tuple[Floats, Floats]:
    """Where three planes dᵢ + nᵢ·x meet, and their height; -inf where they have no highest common point."""
    (ax, ay), (bx, by), (cx, cy) = (normals[:, i].T for i in range(3))
    weights = np.stack([bx * cy - by * cx, cx * ay - cy * ax, ax * by - ay * bx], axis=1)
    total = weights.sum(axis=1)
    sound = np.abs(total) > 1e-9
    safe = np.where(sound, total, 1.0)
    weights = weights / safe[:, None]
    bounded = sound & (weights.min(axis=1) >= -1e-9)
    px, py, qx, qy = ax - cx, ay - cy, bx - cx, by - cy
    u, v = distance[:, 2] - distance[:, 0], distance[:, 2] - distance[:, 1]
    x = np.stack([(u * qy - v * py) / safe, (v * px - u * qx) / safe], axis=1)
    height = (weights * distance).sum(axis=1)
    return x, np.where(bounded, height, -np.inf)
