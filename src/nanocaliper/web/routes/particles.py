"""The particles of an image, and their edits."""

from typing import Annotated, Any

from flask import Response
from pydantic import Field, WithJsonSchema

from nanocaliper.web import answers
from nanocaliper.web.api import Routes
from nanocaliper.web.edit_schema import EDIT_SCHEMA
from nanocaliper.web.workbench import Workbench

routes = Routes("particles")
_ONE = "/projects/<project>/images/<id:image>"

# What an edit must be like is checked where edits are read; the document tells it.
_Edit = Annotated[dict[str, Any], WithJsonSchema(EDIT_SCHEMA)]
_Edits = _Edit | Annotated[list[_Edit], Field(min_length=1, max_length=10_000)]


@routes.add("GET", _ONE + "/particles", answer=answers.Particles)
def list_particles(bench: Workbench, project: str, image: int) -> Response:
    """Give all particles with their states and outlines."""
    content = bench.reviews.particles(bench.root.open(project), image)
    return Response(content, mimetype="application/json")


@routes.add("GET", _ONE + "/edits", answer=answers.Edits)
def list_edits(bench: Workbench, project: str, image: int) -> dict[str, Any]:
    """Give all edits of an image, those undone too; the first ``cursor`` of them hold."""
    found = bench.root.open(project)
    return {"cursor": found.images.row(image)["cursor"], "edits": found.edits.records(image)}


@routes.add(
    "POST",
    _ONE + "/edits",
    body=_Edits,
    answer=answers.Edited,
    example={"kind": "delete", "particles": [3, 4]},
)
def add_edits(bench: Workbench, project: str, image: int, body: dict[str, Any] | list[Any]) -> dict[str, Any]:
    """Apply one edit, or several as one step."""
    return bench.reviews.edit(bench.root.open(project), image, body if isinstance(body, list) else [body])


@routes.add("POST", _ONE + "/undo", answer=answers.Edited)
def undo(bench: Workbench, project: str, image: int) -> dict[str, Any]:
    """Undo the last step of edits."""
    return bench.reviews.move(bench.root.open(project), image, -1)


@routes.add("POST", _ONE + "/redo", answer=answers.Edited)
def redo(bench: Workbench, project: str, image: int) -> dict[str, Any]:
    """Redo the step of edits that was undone last."""
    return bench.reviews.move(bench.root.open(project), image, +1)
