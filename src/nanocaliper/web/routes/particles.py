"""The particles of an image."""

from flask import Response

from nanocaliper.errors import RequestError
from nanocaliper.web import answers
from nanocaliper.web.api import Routes
from nanocaliper.web.workbench import Workbench

routes = Routes("particles")
_ONE = "/projects/<project>/images/<id:image>"


@routes.add("GET", _ONE + "/particles", answer=answers.Particles)
def list_particles(bench: Workbench, project: str, image: int) -> Response:
    """Give all particles with their states and outlines."""
    found = bench.root.open(project)
    found.images.row(image)
    try:
        content = (found.images.folder(image) / "particles.json").read_bytes()
    except OSError:
        raise RequestError("The image is not measured yet.", 409) from None
    return Response(content, mimetype="application/json")
