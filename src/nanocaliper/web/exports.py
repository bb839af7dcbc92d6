"""Reports and files that leave the workbench."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from nanocaliper.errors import RequestError
from nanocaliper.exports.formats import EXPORT_FORMATS
from nanocaliper.web.analyses import Analyses
from nanocaliper.web.cache import ByteCache
from nanocaliper.web.jobs.exporting import (
    ReportedSample,
    export_outlines,
    export_training_set,
    write_report_file,
)
from nanocaliper.web.jobs.lane import Job, Lane, wait_for
from nanocaliper.web.jobs.tabling import write_tables
from nanocaliper.web.store.project import Project
from nanocaliper.web.store.root import Root

__all__ = ["Exports"]

_NOT_MEASURED = "It is not measured yet."


class Exports:
    """Reports and exports of projects.

    Parameters
    ----------
    root : Root
    lane : Lane
    analyses : Analyses
    answers : ByteCache
    patience_s : float
    """

    def __init__(
        self, root: Root, lane: Lane, analyses: Analyses, answers: ByteCache, patience_s: float
    ) -> None:
        self._root, self._lane, self._analyses = root, lane, analyses
        self._answers, self._patience_s = answers, patience_s

    def report(self, project: Project, samples: Sequence[int], kind: str) -> bytes:
        """Give the report of samples, dated today.

        Raises
        ------
        RequestError
            If no image is measured.
        """
        reported, failed = self._gather(project, samples)
        if not reported:
            raise RequestError("No image of these samples is measured; there is nothing to report.", 409)
        # The day is that of the computer's own clock and place, as a person there would write it.
        day = date.today().isoformat()
        arguments = (project.record()["name"], day, reported, failed, kind)
        key = ("report", arguments)
        content = self._answers.get(key)
        if content is None:
            job = Job(key=key, function=write_report_file, arguments=lambda: arguments)
            content = wait_for(self._lane.submit(job), self._patience_s)
            self._answers.put(key, content)
        return bytes(content)

    def tables(self, project: Project, samples: Sequence[int] | None) -> Path:
        """Write the tables of samples, or of all images, as a zip; gives a file, which the caller removes.

        Raises
        ------
        RequestError
            If no image is measured.
        """
        every = [record["id"] for record in project.samples.records()]
        reported, failed = self._gather(project, every if samples is None else samples, loose=samples is None)
        measured = project.images.ids(status=("measured",)) if samples is None else []
        loose = [image for image in measured if project.images.row(image)["shown_sample"] is None]
        if not reported and not loose:
            raise RequestError("No image of these samples is measured; there are no tables.", 409)
        target = self._root.new_upload()
        arguments = (
            reported,
            self._analyses.images(project, loose),
            failed,
            target.with_suffix(".work"),
            target,
        )
        job = Job(key=(project.id, target.name), function=write_tables, arguments=lambda: arguments)
        try:
            wait_for(self._lane.submit(job), self._patience_s)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return target

    def _gather(
        self, project: Project, samples: Sequence[int], *, loose: bool = False
    ) -> tuple[tuple[ReportedSample, ...], tuple[tuple[str, str], ...]]:
        """Give the samples with their measured images, and the others, those of no sample too, with the reason."""
        reported = []
        for sample in samples:
            record = project.samples.record(sample)
            notes = tuple((name, text) for name, text in record["notes"].items() if text)
            images = self._analyses.images(project, project.images.ids(sample=sample, status=("measured",)))
            if images:
                reported.append(ReportedSample(record["name"], notes, images))
        failed = tuple(
            (record["name"], record["error"] or _NOT_MEASURED)
            for record in project.images.records({})
            if record["status"] != "measured"
            and (record["sample"] in samples or (loose and record["sample"] is None))
        )
        return tuple(reported), failed

    def outlines(self, project: Project, images: Sequence[int], name: str) -> tuple[Path, str]:
        """Write the outlines of images in a format; gives a file, which the caller removes, and its suffix.

        Raises
        ------
        RequestError
            If there is no such format, or nothing is measured.
        """
        if name not in EXPORT_FORMATS:
            raise RequestError(
                f"There is no format '{name[:40]}'; expected {', '.join(EXPORT_FORMATS)}.", 404
            )
        return self._write(project, images, export_outlines, name)

    def training_set(self, project: Project) -> tuple[Path, str]:
        """Write the images and labels of a project for training; as `outlines`."""
        return self._write(project, project.images.ids(status=("measured",)), export_training_set)

    def _write(
        self, project: Project, images: Sequence[int], function: Callable[..., str], *settings: Any
    ) -> tuple[Path, str]:
        chosen = self._analyses.images(project, images)
        if not chosen:
            raise RequestError("No image is measured; there is nothing to export.", 409)
        target = self._root.new_upload()
        workspace = target.with_suffix(".work")
        job = Job(
            key=(project.id, target.name),
            function=function,
            arguments=lambda: (chosen, *settings, workspace, target),
        )
        try:
            return target, wait_for(self._lane.submit(job), self._patience_s)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
