"""Answering edits and changes of settings; done in another process, which keeps images open."""

import json
from typing import Any

from nanocaliper.editing.review import find_changed
from nanocaliper.report.result_folder import write_results
from nanocaliper.web.jobs.order import Order
from nanocaliper.web.jobs.payloads import describe_facts, describe_particles
from nanocaliper.web.jobs.sessions import review_order
from nanocaliper.web.jobs.worker import Report

__all__ = ["change_particles", "list_particles", "review_image", "write_image"]


def change_particles(before: Order, after: Order, revision: int, *, report: Report) -> dict[str, Any]:
    """Go from one list of edits to another.

    Parameters
    ----------
    before, after : Order
        Of the same image.
    revision : int
        That the change will make.
    report : callable

    Returns
    -------
    dict
        ``changed``, the particles that differ and the ``removed`` ones; and ``facts``.

    Raises
    ------
    EditError
        If an edit makes no sense.
    """
    report("review")
    old, new = review_order(before), review_order(after)
    numbers, removed = find_changed(old, new)
    changed = describe_particles(new, revision, numbers) | {"removed": list(removed)}
    return {"changed": changed, "facts": describe_facts(new)}


def list_particles(order: Order, revision: int, *, report: Report) -> bytes:
    """Give all particles as JSON."""
    report("review")
    content = describe_particles(review_order(order), revision)
    return json.dumps(content, separators=(",", ":"), allow_nan=False).encode()


def review_image(order: Order, *, report: Report) -> dict[str, Any]:
    """Give the facts of an image under other settings."""
    report("review")
    return describe_facts(review_order(order))


def write_image(order: Order, *, report: Report) -> None:
    """Write the result folder of an image."""
    report("write")
    write_results(review_order(order), order.folder / "result", order.name)
