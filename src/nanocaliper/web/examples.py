"""Example images, simulated when they are asked for."""

import shutil
from typing import Any

from nanocaliper.editing.scale_choice import ScaleChoice, describe_scale_choice
from nanocaliper.synthesis.examples import EXAMPLE_SCENES
from nanocaliper.web.jobs.examples import simulate_examples
from nanocaliper.web.jobs.lane import Job, Lane, wait_for
from nanocaliper.web.store.project import Project
from nanocaliper.web.store.root import Root

__all__ = ["Examples"]


class Examples:
    """Example images for projects.

    Parameters
    ----------
    root : Root
    lane : Lane
    patience_s : float
    """

    def __init__(self, root: Root, lane: Lane, patience_s: float) -> None:
        self._root, self._lane, self._patience_s = root, lane, patience_s

    @staticmethod
    def names() -> list[str]:
        """Give the names of the examples, which are those of their samples."""
        parts = [name.partition("_") for name in EXAMPLE_SCENES]
        return [f"{kind.upper()} {shown.replace('_', ' ')}" for kind, _, shown in parts]

    def add(self, project: Project, settings: dict[str, Any]) -> list[int]:
        """Put the examples into a project, each into a sample of its own, and give their ids."""
        folder = self._root.new_upload()
        job = Job(key=(project.id, folder.name), function=simulate_examples, arguments=lambda: (folder,))
        try:
            paths = wait_for(self._lane.submit(job), self._patience_s)
            scale = describe_scale_choice(ScaleChoice())
            return [
                project.images.add(
                    path, path.name, path.suffix, self._find_sample(project, name), settings, scale
                )
                for path, name in zip(paths, self.names(), strict=True)
            ]
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @staticmethod
    def _find_sample(project: Project, name: str) -> int:
        # They show different materials: statistics over all of them would mean nothing.
        known = {record["name"].casefold(): record["id"] for record in project.samples.records()}
        return int(known.get(name.casefold()) or project.samples.add(name)["id"])
