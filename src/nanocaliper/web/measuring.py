"""The queue of images to be measured."""

from collections.abc import Iterable
from typing import Any

from nanocaliper.errors import RequestError
from nanocaliper.web.jobs.lane import Job, JobCancelledError, Lane
from nanocaliper.web.jobs.measuring import measure_image
from nanocaliper.web.jobs.order import Order, make_order
from nanocaliper.web.store.images import ACTIVE
from nanocaliper.web.store.project import Project

__all__ = ["MeasuringQueue"]


class MeasuringQueue:
    """Images of all projects, measured one after the other in the order they came.

    Parameters
    ----------
    lane : Lane
    """

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    def resume(self, project: Project) -> None:
        """Go on with what was waiting or being measured when the program ended."""
        project.images.recover()
        for image in project.images.ids(status=ACTIVE):
            self.add(project, image)

    def add(self, project: Project, image: int) -> None:
        """Put an image into the queue, unless it is there."""
        images = project.images
        if images.row(image)["status"] not in ACTIVE:
            images.update(image, status="waiting", stage=None, error=None)
        orders: list[Order] = []

        def choose_arguments() -> tuple[Any, ...]:
            orders[:] = [make_order(project, image)]
            return orders[0], project.edits.by_base(image)

        def start() -> None:
            images.update(image, status="measuring", stage="starting")

        def finish(result: dict[str, Any]) -> None:
            now = make_order(project, image)
            if (now.settings, now.scale) != (orders[0].settings, orders[0].scale):
                # They were changed in the meantime.
                images.update(image, status="waiting", stage=None)
                self.add(project, image)
                return
            revision = images.row(image, deleted=True)["revision"] + 1
            project.edits.adopt(
                image, result["base"], result["carried"], facts=result["facts"], status="measured", stage=None,
                error=None, written=revision,
            )  # fmt: skip

        def fail(error: RequestError) -> None:
            if not isinstance(error, JobCancelledError):
                images.fail(image, str(error))
                return
            # What was stopped because it went into the bin waits there until it comes back.
            binned = project.deleted or images.row(image, deleted=True)["deleted"] is not None
            images.update(image, status="waiting" if binned else "cancelled", stage=None, error=None)

        self._lane.submit(
            Job(
                key=(project.id, image),
                function=measure_image,
                arguments=choose_arguments,
                on_start=start,
                on_stage=lambda stage: images.set_stage(image, stage),
                on_done=finish,
                on_failed=fail,
            )
        )

    def cancel(self, project: Project, wanted: Iterable[int]) -> None:
        """Take images out of the queue, and stop the one that is being measured."""
        keys = {(project.id, image) for image in wanted}
        self._lane.cancel(lambda key: key in keys)

    def positions(self, project: Project) -> dict[int, int]:
        """Give the place in the queue of each image of a project that waits, from 1."""
        return {
            image: place for place, (owner, image) in enumerate(self._lane.keys(), 1) if owner == project.id
        }
