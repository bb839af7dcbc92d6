"""The workbench: the projects on disk and what is being done to them."""

import os
from pathlib import Path

from nanocaliper.errors import RequestError
from nanocaliper.inference.catalogue import shipped_models
from nanocaliper.segmentation.parting import THRESHOLD
from nanocaliper.web.analyses import Analyses
from nanocaliper.web.archives import Archives
from nanocaliper.web.cache import ByteCache
from nanocaliper.web.examples import Examples
from nanocaliper.web.exports import Exports
from nanocaliper.web.jobs.lane import Job, Lane
from nanocaliper.web.jobs.warming import load_modules, measure_drawing
from nanocaliper.web.limits import Limits
from nanocaliper.web.measuring import MeasuringQueue
from nanocaliper.web.pictures import Pictures
from nanocaliper.web.reviews import Reviews
from nanocaliper.web.store.project import Project
from nanocaliper.web.store.root import Root

__all__ = ["Workbench"]

_CACHE_BYTES = 64 * 2**20
_LAST = 100


class Workbench:
    """All projects of a folder, and what is being done to them.

    Three processes work: one measures what was uploaded, one answers edits, and one makes pictures, statistics and
    reports; so that neither edits nor pictures wait behind many uploads.

    Parameters
    ----------
    folder : Path
        Of all projects.
    limits : Limits, optional
    token_required : bool
        Whether those who use it must know a token.
    stand_back : bool
        Whether measuring and drawing leave other programs the first turn.

    Attributes
    ----------
    root : Root
    limits : Limits
    queue : MeasuringQueue
    reviews : Reviews
    pictures : Pictures
    analyses : Analyses
    exports : Exports
    archives : Archives
    examples : Examples
    tiles : ByteCache
    """

    def __init__(
        self,
        folder: Path,
        limits: Limits | None = None,
        *,
        token_required: bool = False,
        stand_back: bool = True,
    ) -> None:
        self.root = Root(folder)
        self.limits = limits or Limits()
        self.token_required = token_required
        cores = os.cpu_count() or 1
        measuring = Lane("measuring", threads=max(1, cores - 1), niceness=5 if stand_back else 0)
        editing, drawing = Lane("editing"), Lane("drawing", niceness=2 if stand_back else 0)
        self._lanes = (measuring, editing, drawing)
        self.tiles, answers = ByteCache(_CACHE_BYTES), ByteCache(_CACHE_BYTES)
        patience_s = self.limits.patience_s
        self.queue = MeasuringQueue(measuring)
        self.reviews = Reviews(editing, drawing, self.queue, answers, patience_s)
        self.pictures = Pictures(drawing, patience_s)
        self.analyses = Analyses(drawing, self.reviews, answers, patience_s)
        self.exports = Exports(self.root, drawing, self.analyses, answers, self.limits.archive_patience_s)
        self.archives = Archives(self.root, drawing, self.queue, self.limits.archive_patience_s)
        self.examples = Examples(self.root, drawing, patience_s)

    def resume(self) -> None:
        """Go on with what was waiting or being measured when the program ended."""
        for name in self.root.ids():
            try:
                project = self.root.open(name)
            except RequestError:
                continue  # In the bin, or damaged: the list of projects says so.
            self.queue.resume(project)

    def warm_up(self) -> None:
        """Start the processes now, so that the first image is measured as fast as the next ones."""
        modules = "nanocaliper.web.jobs."
        measuring, editing, drawing = self._lanes
        # After all that somebody waits for.
        measuring.submit(Job(("warm up", 0), measure_drawing, lambda: (), priority=_LAST))
        drawing.submit(Job(("warm up", 0), load_modules, lambda: (modules + "pictures",), priority=_LAST))
        editing.submit(Job(("warm up", 0), load_modules, lambda: (modules + "reviewing",), priority=_LAST))

    @staticmethod
    def check_model(name: str) -> None:
        """Refuse a network that does not ship: a request must not name folders of this computer.

        Raises
        ------
        RequestError
            If it is unknown.
        """
        known = [*shipped_models(), THRESHOLD]
        if name not in known:
            raise RequestError(f"There is no such model; expected one of {', '.join(known)}.", 422)

    @staticmethod
    def reach(project: Project, image: int, apply_to: str) -> list[int]:
        """Give the images that a change of one image is applied to."""
        row = project.images.row(image)
        if apply_to == "image" or (apply_to == "sample" and row["shown_sample"] is None):
            return [image]
        return project.images.ids(sample=row["shown_sample"] if apply_to == "sample" else None)

    def close(self) -> None:
        """End the processes and close all files."""
        for lane in self._lanes:
            lane.close()
        self.root.close()
