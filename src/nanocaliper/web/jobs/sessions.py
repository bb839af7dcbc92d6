"""Images that a process has open: what was loaded and reviewed last is kept, so that an edit is quick."""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nanocaliper.editing.candidate_file import load_candidates
from nanocaliper.editing.candidates import ImageCandidates
from nanocaliper.editing.edits import read_edit
from nanocaliper.editing.review import Reviewed, review
from nanocaliper.editing.scale_choice import read_scale_choice
from nanocaliper.particles.filters import ParticleLimits
from nanocaliper.web.jobs.naming import name_image
from nanocaliper.web.jobs.order import Order

__all__ = ["open_candidates", "read_limits", "review_order"]

_MOST_IMAGES, _MOST_PIXELS = 4, 100_000_000


@dataclass
class _Session:
    stamp: tuple[Any, ...]
    candidates: ImageCandidates
    asked: tuple[Any, ...] | None = None
    reviewed: Reviewed | None = None

    @property
    def pixels(self) -> int:
        return self.candidates.micrograph.pixels.size


#: Of this process; it works on one thing at a time.
_sessions: OrderedDict[Path, _Session] = OrderedDict()


def _open(order: Order) -> _Session:
    stamp = (order.base.stat().st_mtime_ns if order.base.is_file() else None, order.name)
    session = _sessions.get(order.folder)
    if session is None or session.stamp != stamp:
        _sessions.pop(order.folder, None)
        with name_image(order.base, order.name):
            session = _Session(stamp, load_candidates(order.base, order.source, name=order.name))
        _sessions[order.folder] = session
        while len(_sessions) > 1 and (
            len(_sessions) > _MOST_IMAGES or sum(one.pixels for one in _sessions.values()) > _MOST_PIXELS
        ):
            _sessions.popitem(last=False)
    _sessions.move_to_end(order.folder)
    return session


def open_candidates(order: Order) -> ImageCandidates:
    """Give the candidates of an image."""
    return _open(order).candidates


def review_order(order: Order) -> Reviewed:
    """Give the particles of an image with the settings, scale and edits of the order.

    Raises
    ------
    EditError, CalibrationError, ReadError
        As `nanocaliper.editing.review.review` and `nanocaliper.editing.candidate_file.load_candidates`.
    """
    session = _open(order)
    asked = (repr(order.settings), repr(order.scale), repr(order.edits))
    if session.reviewed is None or session.asked != asked:
        session.reviewed = review(
            session.candidates,
            [read_edit(edit) for edit in order.edits],
            read_limits(order.settings),
            read_scale_choice(order.scale),
            previous=session.reviewed,
        )
        session.asked = asked
    return session.reviewed


def read_limits(settings: dict[str, Any]) -> ParticleLimits:
    """Read what a particle must be like to count from the settings of an image."""
    return ParticleLimits(
        settings["confidence"], settings["diameter_min_px"], settings["diameter_min_nm"], settings["border"]
    )
