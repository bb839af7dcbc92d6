"""The result files of an image, as ``nanocaliper measure`` writes them."""

from flask import Response, send_file

from nanocaliper.web.api import Routes
from nanocaliper.web.workbench import Workbench

routes = Routes("results")
_ONE = "/projects/<project>/images/<id:image>"


def _send(
    bench: Workbench, project: str, image: int, name: str, kind: str, *, shown: bool = False
) -> Response:
    found = bench.root.open(project)
    stem = found.images.row(image)["name"].rpartition(".")[0] or "image"
    bench.reviews.write(found, image, wait=True)
    path = found.images.folder(image) / "result" / name
    response = send_file(
        path, mimetype=kind, as_attachment=not shown, download_name=f"{stem}-{name}", max_age=0
    )
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@routes.add("GET", _ONE + "/result.json", content="application/json")
def download_result(bench: Workbench, project: str, image: int) -> Response:
    """Give everything known of the image."""
    return _send(bench, project, image, "result.json", "application/json")


@routes.add("GET", _ONE + "/particles.csv", content="text/csv")
def download_particles(bench: Workbench, project: str, image: int) -> Response:
    """Give the table of particles."""
    return _send(bench, project, image, "particles.csv", "text/csv")


@routes.add("GET", _ONE + "/labels.tif", content="image/tiff")
def download_labels(bench: Workbench, project: str, image: int) -> Response:
    """Give the label image."""
    return _send(bench, project, image, "labels.tif", "image/tiff")


@routes.add("GET", _ONE + "/overlay.png", content="image/png")
def show_overlay(bench: Workbench, project: str, image: int) -> Response:
    """Give the image with everything measured drawn on it."""
    return _send(bench, project, image, "overlay.png", "image/png", shown=True)
