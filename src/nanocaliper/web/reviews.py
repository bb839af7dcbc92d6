"""Edits, settings and scale of measured images, and their particles: answered while others are measured."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nanocaliper.editing.edits import describe_edit, read_edit
from nanocaliper.errors import RequestError
from nanocaliper.web.cache import ByteCache
from nanocaliper.web.jobs.importing import read_outlines
from nanocaliper.web.jobs.lane import Job, Lane, wait_for
from nanocaliper.web.jobs.order import Order, make_order
from nanocaliper.web.jobs.reviewing import change_particles, list_particles, review_image, write_image
from nanocaliper.web.measuring import MeasuringQueue
from nanocaliper.web.store.project import Project

__all__ = ["Reviews"]

_SOON, _LATER = 0, 10
#: Settings that need the network again.
_NETWORK = ("model", "split", "parting", "page")


class Reviews:
    """Edits, settings and particles of all images.

    Parameters
    ----------
    editing : Lane
        Answers what a person waits for.
    writing : Lane
        Writes result folders.
    queue : MeasuringQueue
    answers : ByteCache
    patience_s : float
    """

    def __init__(
        self, editing: Lane, writing: Lane, queue: MeasuringQueue, answers: ByteCache, patience_s: float
    ) -> None:
        self._editing, self._writing, self._queue = editing, writing, queue
        self._answers, self._patience_s = answers, patience_s

    def particles(self, project: Project, image: int) -> bytes:
        """Give all particles of an image as JSON.

        Raises
        ------
        RequestError
            If it is not measured.
        """
        order, revision = self._open(project, image)
        key = (str(order.folder), revision, "particles")
        content = self._answers.get(key)
        if content is None:
            content = self._ask(project, image, list_particles, (order, revision))
            self._answers.put(key, content)
        return bytes(content)

    def edit(self, project: Project, image: int, given: Sequence[object]) -> dict[str, Any]:
        """Apply edits as one step; gives the particles that changed.

        Raises
        ------
        RequestError, EditError
            If one makes no sense; then none is applied.
        """
        edits = [describe_edit(read_edit(edit)) for edit in given]
        before, revision = self._open(project, image)
        answer = self._change(project, image, before, [*before.edits, *edits], revision)
        project.edits.append(image, edits, revision, answer["facts"])
        return self._tell(project, image, answer)

    def take_outlines(self, project: Project, image: int, file: Path, shown: str) -> dict[str, Any]:
        """Put the outlines of a file in the place of an image's particles, as one step; as `edit`."""
        order, _ = self._open(project, image)
        return self.edit(project, image, self._ask(project, image, read_outlines, (order, file, shown)))

    def move(self, project: Project, image: int, direction: int) -> dict[str, Any]:
        """Undo (-1) or redo (+1) a step; gives the particles that changed.

        Raises
        ------
        RequestError
            If there is nothing to undo or redo.
        """
        before, revision = self._open(project, image)
        cursor = project.edits.find_cursor(image, direction)
        answer = self._change(project, image, before, project.edits.holding(image, cursor), revision)
        project.edits.move(image, cursor, revision, answer["facts"])
        return self._tell(project, image, answer)

    def change(
        self, project: Project, image: int, reached: Sequence[int], changes: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """Change settings or scale of images; waits for the one that is looked at.

        Parameters
        ----------
        project : Project
        image : int
            The one that is looked at.
        reached : sequence of int
            All that change.
        changes : mapping
            New values of ``settings``, or the whole ``scale``.
        """
        for one in sorted(reached, key=lambda other: other != image):
            record = project.images.record(one)
            new = {
                "settings": record["settings"] | dict(changes.get("settings", {})),
                "scale": dict(changes.get("scale", record["scale"])),
            }
            if all(record[name] == value for name, value in new.items()):
                continue
            network = any(record["settings"][name] != new["settings"][name] for name in _NETWORK)
            reason = "settings" if "settings" in changes else "scale"
            if network or record["status"] != "measured":
                project.images.update(one, reason, **new)
                if record["status"] != "cancelled":
                    self._queue.add(project, one)
            elif one == image:
                order, revision = self._open(project, one)
                after = Order(
                    order.folder, order.source, order.name, new["settings"], new["scale"], order.edits
                )
                facts = self._ask(project, one, review_image, (after,))
                project.images.revise(one, revision, reason, facts, **new)
                self.write(project, one)
            else:
                project.images.update(one, reason, status="waiting", stage="review", **new)
                self._review_later(project, one)

    def write(self, project: Project, image: int, *, wait: bool = False) -> None:
        """Have the result folder of an image brought up to date, and wait for it or not.

        Raises
        ------
        RequestError
            If the image is not measured.
        """
        _, revision = self._open(project, image)
        if project.images.row(image)["written"] == revision:
            return
        taken: list[int] = []

        def choose_arguments() -> tuple[Any, ...]:
            order, now = self._open(project, image)
            taken[:] = [now]
            return (order,)

        job = Job(
            key=(project.id, image, "write"),
            function=write_image,
            arguments=choose_arguments,
            priority=_SOON if wait else _LATER,
            on_done=lambda _: project.images.set_written(image, taken[0]),
        )
        future = self._writing.submit(job)
        if wait:
            wait_for(future, self._patience_s)

    def _review_later(self, project: Project, image: int) -> None:
        images = project.images
        revisions: list[int] = []

        def choose_arguments() -> tuple[Any, ...]:
            revisions[:] = [images.row(image)["revision"]]
            return (make_order(project, image),)

        def finish(facts: dict[str, Any]) -> None:
            if images.row(image)["revision"] == revisions[0]:
                images.add_facts(image, facts)
                images.update(image, status="measured", stage=None, error=None)

        self._editing.submit(
            Job(
                key=(project.id, image, "review"),
                function=review_image,
                arguments=choose_arguments,
                priority=_LATER,
                on_done=finish,
                on_failed=lambda error: images.fail(image, str(error)),
            )
        )

    def _open(self, project: Project, image: int) -> tuple[Order, int]:
        """Give what is known of a measured image, and its revision."""
        row = project.images.row(image)
        if row["status"] != "measured":
            raise RequestError(f"The image is {_STATES[row['status']]}; it has no particles to look at.", 409)
        return make_order(project, image), row["revision"]

    def _change(
        self, project: Project, image: int, before: Order, edits: list[dict[str, Any]], revision: int
    ) -> dict[str, Any]:
        after = Order(before.folder, before.source, before.name, before.settings, before.scale, edits)
        answer: dict[str, Any] = self._ask(project, image, change_particles, (before, after, revision + 1))
        return answer

    def _tell(self, project: Project, image: int, answer: dict[str, Any]) -> dict[str, Any]:
        self.write(project, image)
        return {"image": project.images.record(image), "changed": answer["changed"]}

    def _ask(
        self, project: Project, image: int, function: Callable[..., Any], arguments: tuple[Any, ...]
    ) -> Any:
        # Every question is one of its own: two people may ask at once.
        key = (project.id, image, function.__name__, object())
        job = Job(key=key, function=function, arguments=lambda: arguments, priority=_SOON)
        return wait_for(self._editing.submit(job), self._patience_s)


_STATES = {
    "waiting": "not measured yet",
    "measuring": "being measured",
    "failed": "not measured, because that failed",
    "cancelled": "not measured, because that was cancelled",
}
