"""Whole projects: copied, packed into one file, and unpacked."""

from pathlib import Path

from nanocaliper.web.jobs.lane import Job, Lane, wait_for
from nanocaliper.web.measuring import MeasuringQueue
from nanocaliper.web.store.archive import read_archive, write_archive
from nanocaliper.web.store.names import LONGEST_NAME
from nanocaliper.web.store.project import Project
from nanocaliper.web.store.root import Root

__all__ = ["Archives"]


class Archives:
    """Copies of projects.

    Parameters
    ----------
    root : Root
    lane : Lane
    queue : MeasuringQueue
        For images of a copy that are not measured yet.
    patience_s : float
    """

    def __init__(self, root: Root, lane: Lane, queue: MeasuringQueue, patience_s: float) -> None:
        self._root, self._lane, self._queue, self._patience_s = root, lane, queue, patience_s

    def duplicate(self, project: Project) -> Project:
        """Copy a project with all it holds."""
        copy = self._root.copy(project, f"{project.record()['name'][: LONGEST_NAME - 7]} (copy)")
        self._queue.resume(copy)
        return copy

    def pack(self, project: Project) -> Path:
        """Write a project as one zip file, which the caller removes."""
        target = self._root.new_upload()
        database = target.with_suffix(".sqlite")
        try:
            project.copy_database(database)
            job = Job(
                key=(project.id, "archive", target.name),
                function=write_archive,
                arguments=lambda: (project.folder, database, target),
            )
            wait_for(self._lane.submit(job), self._patience_s)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        finally:
            database.unlink(missing_ok=True)
        return target

    def unpack(self, archive: Path) -> Project:
        """Take a project from a zip file.

        Raises
        ------
        RequestError
            If it is none, or holds what no project holds.
        """
        folder = self._root.new_folder("imported")
        job = Job(key=(folder.name, "import"), function=read_archive, arguments=lambda: (archive, folder))
        wait_for(self._lane.submit(job), self._patience_s)
        project = self._root.open(folder.name, deleted=True)
        project.mark_deleted(False)
        self._queue.resume(project)
        return project
