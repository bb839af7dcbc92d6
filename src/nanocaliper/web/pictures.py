"""The pictures of images: made once in another process, then kept on the disk."""

from pathlib import Path

from nanocaliper.web.jobs.lane import Job, Lane, wait_for
from nanocaliper.web.jobs.pictures import PICTURE_FILE, make_picture
from nanocaliper.web.store.project import Project

__all__ = ["Pictures"]

_SOON, _LATER = 0, 10


class Pictures:
    """The pictures of all images.

    Parameters
    ----------
    lane : Lane
    patience_s : float
        How long a picture is waited for.
    """

    def __init__(self, lane: Lane, patience_s: float) -> None:
        self._lane = lane
        self._patience_s = patience_s

    def folder(self, project: Project, image: int) -> Path:
        """Give the folder of the pictures of the page that is measured."""
        page = project.images.record(image)["settings"]["page"]
        return project.images.folder(image) / "pictures" / str(int(page))

    def make(self, project: Project, image: int, *, wait: bool = False) -> Path:
        """Have the pictures of an image made, and wait for them or not; gives their folder.

        Raises
        ------
        RequestError
            If the image cannot be read, or they are not made in time.
        """
        images = project.images
        images.row(image)
        folder = self.folder(project, image)
        if (folder / PICTURE_FILE).is_file():
            return folder
        record, source = images.record(image), images.input(image)
        name, page = record["name"], record["settings"]["page"]
        job = Job(
            key=(project.id, image, "picture", page),
            function=make_picture,
            arguments=lambda: (source, name, page, folder),
            priority=_SOON if wait else _LATER,
            on_done=lambda facts: images.add_facts(image, facts),
        )
        future = self._lane.submit(job)
        if wait:
            wait_for(future, self._patience_s)
        return folder
