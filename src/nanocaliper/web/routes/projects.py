"""Projects: making, naming, binning, copying, and moving them between computers."""

from typing import Any

from flask import Response

from nanocaliper.web import answers
from nanocaliper.web.api import Routes
from nanocaliper.web.downloads import send_once
from nanocaliper.web.inputs import Binned, Named
from nanocaliper.web.uploads import keep_upload, uploaded_files
from nanocaliper.web.workbench import Workbench

routes = Routes("projects")


@routes.add("GET", "/projects", query=Binned, answer=list[answers.Project])
def list_projects(bench: Workbench, query: Binned) -> list[dict[str, Any]]:
    """List the projects, the one changed last first; or those in the bin."""
    return bench.root.records(deleted=query.deleted)


@routes.add(
    "POST", "/projects", body=Named, answer=answers.Project, status=201, example={"name": "Gold, batch 7"}
)
def create_project(bench: Workbench, body: Named) -> dict[str, Any]:
    """Make a project with one empty sample."""
    project = bench.root.create(body.name)
    project.samples.first()
    return project.record()


@routes.add("GET", "/projects/<project>", answer=answers.Project)
def show_project(bench: Workbench, project: str) -> dict[str, Any]:
    """Give a project."""
    return bench.root.open(project).record()


@routes.add(
    "PATCH", "/projects/<project>", body=Named, answer=answers.Project, example={"name": "Gold, batch 8"}
)
def rename_project(bench: Workbench, project: str, body: Named) -> dict[str, Any]:
    """Give a project another name."""
    found = bench.root.open(project)
    found.rename(body.name)
    return found.record()


@routes.add("DELETE", "/projects/<project>", answer=answers.Project)
def delete_project(bench: Workbench, project: str) -> dict[str, Any]:
    """Put a project into the bin; nothing is removed from the disk."""
    found = bench.root.open(project)
    found.mark_deleted(True)
    bench.queue.cancel(found, found.images.ids())
    return found.record()


@routes.add("POST", "/projects/<project>/restore", answer=answers.Project)
def restore_project(bench: Workbench, project: str) -> dict[str, Any]:
    """Take a project out of the bin; what waited to be measured goes on waiting."""
    found = bench.root.open(project, deleted=True)
    if found.deleted:
        found.mark_deleted(False)
        bench.queue.resume(found)
    return found.record()


@routes.add("POST", "/projects/<project>/duplicate", answer=answers.Project, status=201)
def duplicate_project(bench: Workbench, project: str) -> dict[str, Any]:
    """Copy a project with all images, edits and results."""
    return bench.archives.duplicate(bench.root.open(project)).record()


@routes.add("GET", "/projects/<project>/archive", content="application/zip")
def export_project(bench: Workbench, project: str) -> Response:
    """Give the whole project as one zip file."""
    found = bench.root.open(project)
    return send_once(bench.archives.pack(found), found.record()["name"], "zip", "application/zip")


@routes.add(
    "POST",
    "/projects/import",
    answer=answers.Project,
    status=201,
    form={"file": ("file", "An archive of a project.")},
)
def import_project(bench: Workbench) -> dict[str, Any]:
    """Take a project from a zip file that the workbench exported; it becomes a new one."""
    (file,) = uploaded_files("file", 1)
    with keep_upload(bench.root, file) as path:
        return bench.archives.unpack(path).record()
