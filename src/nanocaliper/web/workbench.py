"""The workbench: the projects on disk and the lanes that work on them."""

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from nanocaliper.errors import RequestError
from nanocaliper.inference.catalogue import shipped_models
from nanocaliper.segmentation.segment import THRESHOLD
from nanocaliper.web.cache import ByteCache
from nanocaliper.web.jobs.lane import Job, JobCancelledError, Lane
from nanocaliper.web.jobs.measuring import measure_image
from nanocaliper.web.jobs.pictures import PICTURE_FILE, make_picture
from nanocaliper.web.limits import Limits
from nanocaliper.web.store.archive import read_archive, write_archive
from nanocaliper.web.store.images import ACTIVE
from nanocaliper.web.store.names import LONGEST_NAME
from nanocaliper.web.store.project import Project
from nanocaliper.web.store.root import Root

__all__ = ["Workbench"]

_SOON, _LATER = 0, 10


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

    Attributes
    ----------
    root : Root
    limits : Limits
    tiles, answers : ByteCache
        Tiles, and statistics and figures, that were made once.
    """

    def __init__(self, folder: Path, limits: Limits | None = None, *, token_required: bool = False) -> None:
        self.root = Root(folder)
        self.token_required = token_required
        self.limits = limits or Limits()
        self.tiles = ByteCache(64 * 2**20)
        self.answers = ByteCache(64 * 2**20)
        cores = os.cpu_count() or 1
        self._measuring = Lane("measuring", threads=max(1, cores - 1), niceness=10)
        self._editing = Lane("editing", niceness=0)
        self._drawing = Lane("drawing", niceness=5)

    def resume(self) -> None:
        """Go on with what was waiting or being measured when the program ended."""
        for name in self.root.ids():
            try:
                project = self.root.open(name)
            except RequestError:
                continue  # In the bin, or damaged: the list of projects says so.
            self._start(project)

    def _start(self, project: Project) -> None:
        project.images.recover()
        for image in project.images.ids(status=ACTIVE):
            self.measure(project, image)

    def measure(self, project: Project, image: int) -> None:
        """Put an image into the queue."""
        images = project.images
        row = images.row(image)
        if row["status"] != "waiting":
            images.update(image, status="waiting", stage=None, error=None)

        def choose_arguments() -> tuple[Any, ...]:
            record = images.record(image)
            return (
                images.folder(image), images.input(image), record["name"], record["settings"], record["scale"],
            )  # fmt: skip

        def finish(facts: dict[str, Any]) -> None:
            images.add_facts(image, facts)
            images.update(image, "measured", status="measured", stage=None, error=None)

        def fail(error: RequestError) -> None:
            status = "cancelled" if isinstance(error, JobCancelledError) else "failed"
            images.update(
                image, status=status, stage=None, error=None if status == "cancelled" else str(error)
            )

        self._measuring.submit(
            Job(
                key=(project.id, image),
                function=measure_image,
                arguments=choose_arguments,
                on_start=lambda: _nothing(images.update(image, status="measuring", stage="starting")),
                on_stage=lambda stage: _nothing(images.update(image, stage=stage)),
                on_done=finish,
                on_failed=fail,
            )
        )

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

    def change_settings(self, project: Project, image: int, changes: Mapping[str, Any]) -> None:
        """Change settings of an image and measure it anew."""
        settings = project.images.record(image)["settings"]
        if settings | dict(changes) != settings:
            project.images.update(image, "settings", settings=settings | dict(changes))
            self.measure(project, image)

    def change_scale(self, project: Project, image: int, scale: Mapping[str, Any]) -> None:
        """Change the scale of an image and measure it anew."""
        if project.images.record(image)["scale"] != dict(scale):
            project.images.update(image, "scale", scale=dict(scale))
            self.measure(project, image)

    def cancel(self, project: Project, wanted: Iterable[int]) -> None:
        """Take images out of the queue, and stop the one that is being measured."""
        keys = {(project.id, image) for image in wanted}
        self._measuring.cancel(lambda key: key in keys)

    def positions(self, project: Project) -> dict[int, int]:
        """Give the place in the queue of each image of a project that waits, from 1."""
        keys = self._measuring.keys()
        return {image: place for place, (owner, image) in enumerate(keys, 1) if owner == project.id}

    def draw_picture(self, project: Project, image: int, *, hurry: bool = False) -> None:
        """Have the pictures of an image made; where it is in a hurry, wait for them.

        Raises
        ------
        RequestError
            If the image cannot be read.
        """
        images = project.images
        folder = self.picture_folder(project, image)
        if (folder / PICTURE_FILE).is_file():
            return
        source, page = images.input(image), images.record(image)["settings"]["page"]
        job = Job(
            key=(project.id, image, "picture", page),
            function=make_picture,
            arguments=lambda: (source, page, folder),
            priority=_SOON if hurry else _LATER,
            on_done=lambda facts: images.add_facts(image, facts),
        )
        future = self._drawing.submit(job)
        if hurry:
            self.await_result(future)

    def duplicate(self, project: Project) -> Project:
        """Copy a project with all it holds."""
        name = f"{project.record()['name'][: LONGEST_NAME - 7]} (copy)"
        copy = self.root.copy(project, name)
        self._start(copy)
        return copy

    def pack(self, project: Project) -> Path:
        """Write a project as one zip file, which the caller removes."""
        target = self.root.new_upload()
        database = target.with_suffix(".sqlite")
        try:
            project.copy_database(database)
            job = Job(
                key=(project.id, "archive", target.name),
                function=write_archive,
                arguments=lambda: (project.folder, database, target),
            )
            self.await_result(self._drawing.submit(job), self.limits.archive_patience_s)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        finally:
            database.unlink(missing_ok=True)
        return target

    def unpack(self, archive: Path) -> Project:
        """Take a project from a zip file."""
        folder = self.root.new_folder("imported")
        job = Job(
            key=(folder.name, "import"),
            function=read_archive,
            arguments=lambda: (archive, folder),
            priority=_SOON,
        )
        self.await_result(self._drawing.submit(job), self.limits.archive_patience_s)
        project = self.root.open(folder.name, deleted=True)
        project.mark_deleted(False)
        self._start(project)
        return project

    def await_result(self, future: Future[Any], patience_s: float | None = None) -> Any:
        """Wait for a job that somebody looks at."""
        try:
            return future.result(timeout=patience_s or self.limits.patience_s)
        except TimeoutError:
            raise RequestError("It is still being made; ask again in a moment.", 503) from None

    def picture_folder(self, project: Project, image: int) -> Path:
        """Give the folder of the pictures of an image, of the page that is measured."""
        page = project.images.record(image)["settings"]["page"]
        return project.images.folder(image) / "pictures" / str(int(page))

    def close(self) -> None:
        """End the processes and close all files."""
        for lane in (self._measuring, self._editing, self._drawing):
            lane.close()
        self.root.close()


def _nothing(_: object) -> None:
    return
