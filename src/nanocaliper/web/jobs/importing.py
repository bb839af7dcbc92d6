"""Outlines that another program drew, as edits; done in another process."""

from pathlib import Path
from typing import Any

from nanocaliper.editing.edits import Delete, Draw, Edit, describe_edit
from nanocaliper.errors import RequestError
from nanocaliper.exports.formats import read_annotations
from nanocaliper.web.jobs.naming import name_image
from nanocaliper.web.jobs.order import Order
from nanocaliper.web.jobs.sessions import review_order
from nanocaliper.web.jobs.worker import Report

__all__ = ["read_outlines"]

#: States of outlines that are particles; what was left out there is left out here.
_PARTICLES = ("counted", "touches_border")


def read_outlines(order: Order, file: Path, shown: str, *, report: Report) -> list[dict[str, Any]]:
    """Give the edits that put the outlines of a file in the place of an image's particles.

    Parameters
    ----------
    order : Order
    file : Path
        Of any of `nanocaliper.exports.formats.EXPORT_FORMATS`.
    shown : str
        Name of the file, for errors.
    report : callable
    """
    report("import")
    reviewed = review_order(order)
    rows, cols = reviewed.micrograph.shape
    with name_image(file, shown), name_image(Path(file.name), shown):
        (image,) = read_annotations(file, name=order.name, rows=rows, cols=cols)
    present = [number for number, reason in reviewed.reasons.items() if reason != "deleted"]
    edits: list[Edit] = [Delete(tuple(present))] if present else []
    for outline, shape, state in zip(image.outlines, image.shapes, image.states, strict=True):
        if state in _PARTICLES:
            # Outlines come closed, edits are not.
            points = tuple((float(row), float(col)) for row, col in outline[:-1])
            edits.append(Draw(points, shape or None))
    if len(edits) == (1 if present else 0):
        raise RequestError(f"'{shown}' holds no outline of a particle.", 422)
    return [describe_edit(edit) for edit in edits]
