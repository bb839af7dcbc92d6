"""Measuring an image and writing its results; done in another process."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from nanocaliper.editing.candidate_file import save_candidates
from nanocaliper.editing.candidates import ImageCandidates, find_candidates
from nanocaliper.editing.edits import Draw, ExcludeRegion, IncludeRegion, describe_edit, read_edit
from nanocaliper.editing.replay import replay_edits
from nanocaliper.editing.review import review
from nanocaliper.editing.scale_choice import read_scale_choice
from nanocaliper.errors import EditError
from nanocaliper.report.result_folder import write_results
from nanocaliper.web.jobs.naming import name_image
from nanocaliper.web.jobs.order import Order
from nanocaliper.web.jobs.payloads import describe_facts
from nanocaliper.web.jobs.sessions import read_limits
from nanocaliper.web.jobs.worker import Report

__all__ = ["measure_image"]


def measure_image(
    order: Order, known: Mapping[str, list[dict[str, Any]]], *, report: Report
) -> dict[str, Any]:
    """Find the candidates of an image, apply the edits that hold, and write its result folder.

    Parameters
    ----------
    order : Order
    known : mapping of str to list of dict
        Edits that held on candidates found before, by their digest.
    report : callable

    Returns
    -------
    dict
        ``base`` (digest of the candidates), ``carried`` (edits that go over to candidates not known before) and
        ``facts``.
    """
    settings = order.settings
    with name_image(order.source, order.name):
        candidates = find_candidates(
            order.source,
            model=settings["model"],
            split=settings["split"],
            parting=settings["parting"],
            page=settings["page"],
            name=order.name,
            progress=report,
        )
    base = _digest(candidates)
    edits = known[base] if base in known else _carry_over(candidates, order.edits)
    report("write")
    save_candidates(candidates, order.base)
    reviewed = review(
        candidates,
        [read_edit(edit) for edit in edits],
        read_limits(settings),
        read_scale_choice(order.scale),
    )
    write_results(reviewed, order.folder / "result", order.name)
    facts = describe_facts(reviewed)
    lost = 0 if base in known else len(order.edits) - len(edits)
    if lost:
        facts["warnings"].append(
            f"The network found other particles than before: {lost} of {len(order.edits)} corrections spoke of the "
            "earlier ones and are not applied. They are back with the earlier settings."
        )
    return {"base": base, "carried": edits, "facts": facts}


def _digest(candidates: ImageCandidates) -> str:
    """Tell candidates apart: edits name them by number."""
    digest = hashlib.sha256(repr(candidates.micrograph.shape).encode())
    digest.update(candidates.segmentation.labels.tobytes())
    return digest.hexdigest()[:32]


def _carry_over(candidates: ImageCandidates, edits: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Choose the edits that speak of places and not of particles, as far as they can be applied."""
    chosen = [
        edit for edit in map(read_edit, edits) if isinstance(edit, Draw | ExcludeRegion | IncludeRegion)
    ]
    kept: list[Draw | ExcludeRegion | IncludeRegion] = []
    for edit in chosen:
        try:
            replay_edits(candidates, [*kept, edit])
        except EditError:
            continue
        kept.append(edit)
    return [describe_edit(edit) for edit in kept]
