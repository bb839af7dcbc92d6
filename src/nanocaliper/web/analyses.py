"""Statistics, comparisons and figures of samples, made in another process and kept."""

from collections.abc import Callable, Sequence
from typing import Any

from nanocaliper.errors import RequestError
from nanocaliper.web.cache import ByteCache
from nanocaliper.web.jobs.analysing import AnalysedImage, SampleOrder, compare, describe, draw
from nanocaliper.web.jobs.lane import Job, Lane, wait_for
from nanocaliper.web.reviews import Reviews
from nanocaliper.web.store.project import Project

__all__ = ["Analyses"]


class Analyses:
    """Statistics of all samples, as they are now.

    Parameters
    ----------
    lane : Lane
    reviews : Reviews
        Brings result folders up to date.
    answers : ByteCache
    patience_s : float
    """

    def __init__(self, lane: Lane, reviews: Reviews, answers: ByteCache, patience_s: float) -> None:
        self._lane, self._reviews, self._answers, self._patience_s = lane, reviews, answers, patience_s

    def sample(self, project: Project, sample: int, measurand: str, basis: str, *, full: bool) -> bytes:
        """Give the statistics of a sample as JSON.

        Raises
        ------
        RequestError
            If none of its images is measured.
        """
        return self._make(describe, (self._order(project, sample, measurand, basis, full=full),))

    def image(self, project: Project, image: int, measurand: str, basis: str, *, full: bool) -> bytes:
        """Give the statistics of one image as JSON, as those of a sample."""
        name = project.images.row(image)["name"]
        chosen = self._choose(project, [image], f"The image '{name}' is not measured.")
        return self._make(describe, (SampleOrder(name, chosen, measurand, basis, full),))

    def comparison(self, project: Project, samples: Sequence[int], measurand: str, basis: str) -> bytes:
        """Give the comparison of every two samples as JSON."""
        return self._make(compare, (self._orders(project, samples, measurand, basis),))

    def figure(
        self, project: Project, samples: Sequence[int], name: str, kind: str, measurand: str, basis: str
    ) -> bytes:
        """Give one figure of a sample, or the comparison of several.

        Raises
        ------
        RequestError
            If there is no such figure.
        """
        orders = self._orders(project, samples, measurand, basis)
        content = self._answers.get((name, orders, kind))
        if content is None:
            # They are drawn together: what a page shows of one it shows of all.
            files, omitted = self._ask(draw, (orders, kind))
            for other, file in files.items():
                self._answers.put((other, orders, kind), file)
            if name not in files:
                why = omitted.get(name)
                raise RequestError(
                    f"There is no figure '{name[:40]}'"
                    + (f": {why}." if why else f"; expected {', '.join(files)}."),
                    404,
                )
            content = files[name]
        return bytes(content)

    def comparable(self, project: Project) -> list[int]:
        """Give the samples that have a measured image."""
        ids = [record["id"] for record in project.samples.records()]
        return [sample for sample in ids if project.images.ids(sample=sample, status=("measured",))]

    def _orders(
        self, project: Project, samples: Sequence[int], measurand: str, basis: str
    ) -> tuple[SampleOrder, ...]:
        return tuple(self._order(project, sample, measurand, basis, full=True) for sample in samples)

    def _order(self, project: Project, sample: int, measurand: str, basis: str, *, full: bool) -> SampleOrder:
        name = project.samples.record(sample)["name"]
        images = project.images.ids(sample=sample, status=("measured",))
        chosen = self._choose(project, images, f"No image of the sample '{name}' is measured.")
        return SampleOrder(name, chosen, measurand, basis, full)

    def images(self, project: Project, images: Sequence[int]) -> tuple[AnalysedImage, ...]:
        """Give measured images with their result folders, which are brought up to date."""
        found = []
        for image in images:
            self._reviews.write(project, image, wait=True)
            row = project.images.row(image)
            folder = project.images.folder(image) / "result"
            source = project.images.input(image)
            found.append(AnalysedImage(image, row["written"], row["name"], folder, source))
        return tuple(found)

    def _choose(self, project: Project, images: Sequence[int], nothing: str) -> tuple[AnalysedImage, ...]:
        chosen = self.images(project, images)
        if not chosen:
            raise RequestError(nothing, 409)
        return chosen

    def _make(self, function: Callable[..., bytes], arguments: tuple[Any, ...]) -> bytes:
        key = (function.__name__, arguments)
        content = self._answers.get(key)
        if content is None:
            content = self._ask(function, arguments)
            self._answers.put(key, content)
        return bytes(content)

    def _ask(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        # Two who ask the same at once wait for one answer.
        job = Job(key=(function.__name__, arguments), function=function, arguments=lambda: arguments)
        return wait_for(self._lane.submit(job), self._patience_s)
