"""Reports, files for other programs, and outlines from them."""

from typing import Any

from flask import Response

from nanocaliper.report.make_report import REPORT_FORMATS
from nanocaliper.web import answers
from nanocaliper.web.api import Routes
from nanocaliper.web.downloads import name_attachment, send_once
from nanocaliper.web.inputs import Reported
from nanocaliper.web.store.names import show_file_name
from nanocaliper.web.uploads import keep_upload, uploaded_files
from nanocaliper.web.workbench import Workbench

routes = Routes("reports")
_P, _ONE = "/projects/<project>", "/projects/<project>/images/<id:image>"
_KINDS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
_ANY = "application/octet-stream"


@routes.add("GET", f"{_P}/report.<any({','.join(REPORT_FORMATS)}):kind>", query=Reported, content=_ANY)
def report_project(bench: Workbench, project: str, kind: str, query: Reported) -> Response:
    """Give the report of the samples (ids with commas), or of all, as Word, HTML, Excel or JSON."""
    found = bench.root.open(project)
    samples = _read_samples(query)
    if samples is None:
        samples = [record["id"] for record in found.samples.records()]
    response = Response(bench.exports.report(found, samples, kind), mimetype=_KINDS[kind])
    if kind == "html":
        # Shown, but as a document that runs nothing.
        response.headers["X-Document"] = "1"
        return response
    return name_attachment(response, f"{found.record()['name']}.{kind}")


@routes.add("GET", f"{_P}/report.csv", query=Reported, content="application/zip")
def list_tables(bench: Workbench, project: str, query: Reported) -> Response:
    """Give ``summary.csv``, ``particles.csv`` and ``statistics.csv`` of samples (ids with commas), or of all."""
    found = bench.root.open(project)
    path = bench.exports.tables(found, _read_samples(query))
    return send_once(path, f"{found.record()['name']}-tables", "zip", "application/zip")


def _read_samples(query: Reported) -> list[int] | None:
    return None if query.samples is None else [int(part) for part in query.samples.split(",")]


@routes.add("GET", _ONE + "/export/<name>", content=_ANY)
def export_image(bench: Workbench, project: str, image: int, name: str) -> Response:
    """Give the outlines of an image in the format of another program."""
    found = bench.root.open(project)
    stem = found.images.row(image)["name"].rpartition(".")[0] or "image"
    path, suffix = bench.exports.outlines(found, [image], name)
    return send_once(path, stem, suffix.lstrip("."), _ANY)


@routes.add("GET", _P + "/export/<name>", content=_ANY)
def export_images(bench: Workbench, project: str, name: str) -> Response:
    """Give the outlines of all measured images in the format of another program, as a zip."""
    found = bench.root.open(project)
    path, suffix = bench.exports.outlines(found, found.images.ids(status=("measured",)), name)
    return send_once(path, f"{found.record()['name']}-{name}", suffix.lstrip("."), _ANY)


@routes.add("GET", _P + "/training-set.zip", content="application/zip")
def export_for_training(bench: Workbench, project: str) -> Response:
    """Give all measured images and their labels, as training reads them."""
    found = bench.root.open(project)
    path, suffix = bench.exports.training_set(found)
    return send_once(path, f"{found.record()['name']}-training-set", suffix.lstrip("."), "application/zip")


@routes.add(
    "POST", _ONE + "/import", answer=answers.Edited, form={"file": ("file", "Outlines or labels of this image.")}
)  # fmt: skip
def import_outlines(bench: Workbench, project: str, image: int) -> dict[str, Any]:
    """Put outlines that another program drew in the place of the image's particles, as one step of edits."""
    found = bench.root.open(project)
    (file,) = uploaded_files("file", 1)
    with keep_upload(bench.root, file) as path:
        return bench.reviews.take_outlines(found, image, path, show_file_name(file.filename or ""))
