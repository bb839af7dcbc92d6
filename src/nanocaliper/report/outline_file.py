"""``outlines.geojson``: the sub-pixel outline of every particle, for any program that reads GeoJSON.

Points are [x, y] = [column, row] in px of the input image; pixel centres are whole numbers, the first is 0, as
everywhere in the results. A ring is closed (last point = first point).
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.particles.particles import Particles

__all__ = ["OUTLINE_SCHEMA", "decode_outlines", "encode_outlines"]

Floats = npt.NDArray[np.float64]

#: Name and version of the format.
OUTLINE_SCHEMA = "nanocaliper-outlines/1"
#: A ten-thousandth of a pixel: far below what any outline is known to.
_DECIMALS = 4


def encode_outlines(found: Particles, rows: int, cols: int) -> bytes:
    """Make the content of ``outlines.geojson``.

    Parameters
    ----------
    found : Particles
    rows, cols : int
        Size of the image, px.

    Returns
    -------
    bytes
        A feature a line, in the order of the table.
    """
    head = f'{{"type": "FeatureCollection", "schema": "{OUTLINE_SCHEMA}", "rows": {rows}, "cols": {cols},'
    features = ",\n".join(json.dumps(feature, allow_nan=False) for feature in _make_features(found))
    return f'{head} "features": [\n{features}\n]}}\n'.encode()


def _make_features(found: Particles) -> Iterator[dict[str, Any]]:
    table = found.table
    for number, touches, shape, outline in zip(
        table["particle"].tolist(),
        table["touches_border"].tolist(),
        table["shape"].tolist(),
        found.outlines,
        strict=True,
    ):
        ring = np.round(outline[:, ::-1], _DECIMALS) + 0.0  # no "-0.0"
        yield {
            "type": "Feature",
            "id": int(number),
            "properties": {"particle": int(number), "shape": str(shape), "touches_border": bool(touches)},
            "geometry": {"type": "Polygon", "coordinates": [ring.tolist()]},
        }


def decode_outlines(content: bytes, particles: Sequence[int]) -> tuple[Floats, ...]:
    """Read the outlines back.

    Parameters
    ----------
    content : bytes
    particles : sequence of int
        Numbers of the particles that the table has.

    Returns
    -------
    tuple of ndarray, each of shape (points, 2)
        Closed outline (row, col) of each of them, px.

    Raises
    ------
    ValueError
        If it is no such file, or not that of these particles.
    """
    read = json.loads(content)
    if not isinstance(read, dict) or read.get("schema") != OUTLINE_SCHEMA:
        raise ValueError(f"outlines.geojson is not of the format '{OUTLINE_SCHEMA}'")
    found: dict[int, Floats] = {}
    for feature in read["features"]:
        ring = np.array(feature["geometry"]["coordinates"][0], dtype=np.float64)
        if ring.ndim != 2 or ring.shape[1] != 2 or len(ring) < 4 or not np.isfinite(ring).all():
            raise ValueError(f"the outline of particle {feature['id']} is no closed line of points")
        found[int(feature["id"])] = np.ascontiguousarray(ring[:, ::-1])
    if sorted(found) != sorted(particles):
        raise ValueError(f"outlines.geojson has {len(found)} outlines, but not those of particles.csv")
    return tuple(found[number] for number in particles)
