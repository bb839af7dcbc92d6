"""Images: putting them in, the queue, and what changes while they are measured."""

from typing import Any

from flask import Response, request

from nanocaliper.errors import RequestError
from nanocaliper.web import answers
from nanocaliper.web.api import Routes, answer_json
from nanocaliper.web.inputs import ImageChange, ImageChoice, Since
from nanocaliper.web.sidecars import is_sidecar, take_sidecar
from nanocaliper.web.store.images import ACTIVE
from nanocaliper.web.store.names import check_name, show_file_name
from nanocaliper.web.store.project import Project
from nanocaliper.web.uploads import read_settings, take_image, uploaded_files
from nanocaliper.web.workbench import Workbench

routes = Routes("images")
_ALL, _ONE = "/projects/<project>/images", "/projects/<project>/images/<id:image>"


@routes.add("GET", _ALL, answer=list[answers.Image])
def list_images(bench: Workbench, project: str) -> list[dict[str, Any]]:
    """List the images of a project."""
    found = bench.root.open(project)
    return found.images.records(bench.queue.positions(found))


@routes.add(
    "POST", _ALL, answer=answers.Uploaded, status=201,
    form={
        "files": ("files", "One or many images, and the text files that instruments wrote beside them."),
        "sample": ("text", "Id of the sample; by default the first one."),
        "settings": ("text", "Settings as JSON."),
    },
)  # fmt: skip
def upload_images(bench: Workbench, project: str) -> dict[str, Any] | Response:
    """Put images in; they are measured one after the other."""
    found = bench.root.open(project)
    files = uploaded_files("files", bench.limits.files)
    sample = _read_sample(found, request.form.get("sample"))
    settings = read_settings(request.form.get("settings"))
    bench.check_model(settings["model"])
    taken: dict[int, str] = {}
    refused = []
    # Images first: a text file is kept beside its image.
    for file in sorted(files, key=is_sidecar):
        name = show_file_name(file.filename or "")
        try:
            if is_sidecar(file):
                take_sidecar(found, file, taken)
            else:
                taken[take_image(bench.root, found, file, sample, settings)] = name
        except RequestError as error:
            refused.append({"name": name, "error": str(error)})
    images = list(taken)
    _measure_new(bench, found, images)
    if refused and not images:
        # Nothing came in: the answer says so by its status as well.
        return answer_json({"error": _join(refused), "images": [], "refused": refused}, 415)
    return {**_list(bench, found, images), "refused": refused}


@routes.add("POST", "/projects/<project>/examples", answer=answers.Images, status=201)
def add_examples(bench: Workbench, project: str) -> dict[str, Any]:
    """Put simulated example images in, each into a sample of its own."""
    found = bench.root.open(project)
    images = bench.examples.add(found, read_settings(None))
    _measure_new(bench, found, images)
    return _list(bench, found, images)


def _measure_new(bench: Workbench, project: Project, images: list[int]) -> None:
    for image in images:
        bench.pictures.make(project, image)
        bench.queue.add(project, image)


def _read_sample(project: Project, text: str | None) -> int:
    if not text:
        return project.samples.first()
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise RequestError("The sample is not the id of one; expected a whole number.", 422)
    return int(project.samples.record(int(text))["id"])


def _join(refused: list[dict[str, str]]) -> str:
    if len(refused) == 1:
        return refused[0]["error"]
    return f"None of the {len(refused)} files was taken. " + " ".join(one["error"] for one in refused[:3])


@routes.add("GET", "/projects/<project>/changes", query=Since, answer=answers.Changes)
def list_changes(bench: Workbench, project: str, query: Since) -> dict[str, Any]:
    """Give the images that changed since a change the page knows of."""
    found = bench.root.open(project)
    change = found.change
    return {
        "change": change,
        "images": found.images.records(bench.queue.positions(found), since=query.since),
        "removed": found.images.removed(query.since),
    }


@routes.add(
    "POST", "/projects/<project>/measure", body=ImageChoice, body_optional=True, answer=answers.Images,
    example={"images": [1, 2]},
)  # fmt: skip
def measure_images(bench: Workbench, project: str, body: ImageChoice | None) -> dict[str, Any]:
    """Measure images again, or those that failed or were cancelled where none are named."""
    found = bench.root.open(project)
    chosen = _choose(found, body, ("failed", "cancelled"))
    for image in chosen:
        bench.queue.add(found, image)
    return _list(bench, found, chosen)


@routes.add(
    "POST", "/projects/<project>/cancel", body=ImageChoice, body_optional=True, answer=answers.Images,
    example={"images": None},
)  # fmt: skip
def cancel_images(bench: Workbench, project: str, body: ImageChoice | None) -> dict[str, Any]:
    """Stop measuring images, or all that wait or are measured where none are named."""
    found = bench.root.open(project)
    chosen = _choose(found, body, ("waiting", "measuring"))
    bench.queue.cancel(found, chosen)
    return _list(bench, found, chosen)


def _choose(project: Project, body: ImageChoice | None, status: tuple[str, ...]) -> list[int]:
    if body is None or body.images is None:
        return project.images.ids(status=status)
    return [project.images.row(image)["id"] for image in dict.fromkeys(body.images)]


def _list(bench: Workbench, project: Project, chosen: list[int]) -> dict[str, Any]:
    positions = bench.queue.positions(project)
    return {"images": [project.images.record(image, positions) for image in chosen]}


@routes.add("GET", _ONE, answer=answers.Image)
def show_image(bench: Workbench, project: str, image: int) -> dict[str, Any]:
    """Give an image."""
    found = bench.root.open(project)
    found.images.row(image)
    return found.images.record(image, bench.queue.positions(found))


@routes.add(
    "PATCH", _ONE, body=ImageChange, answer=answers.Image, example={"name": "overview.tif", "sample": 2}
)
def change_image(bench: Workbench, project: str, image: int, body: ImageChange) -> dict[str, Any]:
    """Rename an image, or move it to another sample."""
    found = bench.root.open(project)
    found.images.row(image)
    values: dict[str, Any] = {}
    if body.name is not None:
        # The results name the image.
        values |= {"name": check_name(body.name, "image"), "written": -1}
    if body.sample is not None:
        values["sample"] = found.samples.record(body.sample)["id"]
    found.images.update(image, **values)
    return found.images.record(image, bench.queue.positions(found))


@routes.add("DELETE", _ONE, answer=answers.Image)
def delete_image(bench: Workbench, project: str, image: int) -> dict[str, Any]:
    """Delete an image; it can be restored."""
    found = bench.root.open(project)
    found.images.row(image)
    found.images.mark_deleted(image, True)
    bench.queue.cancel(found, [image])
    return found.images.record(image)


@routes.add("POST", _ONE + "/restore", answer=answers.Image)
def restore_image(bench: Workbench, project: str, image: int) -> dict[str, Any]:
    """Bring back a deleted image; one that waited to be measured goes on waiting."""
    found = bench.root.open(project)
    found.images.row(image, deleted=True)
    found.images.mark_deleted(image, False)
    if found.images.row(image)["status"] in ACTIVE:
        bench.queue.add(found, image)
    return found.images.record(image, bench.queue.positions(found))


@routes.add("POST", _ONE + "/measure", answer=answers.Image)
def measure_image(bench: Workbench, project: str, image: int) -> dict[str, Any]:
    """Measure an image again."""
    found = bench.root.open(project)
    found.images.row(image)
    bench.queue.add(found, image)
    return found.images.record(image, bench.queue.positions(found))


@routes.add("POST", _ONE + "/cancel", answer=answers.Image)
def cancel_image(bench: Workbench, project: str, image: int) -> dict[str, Any]:
    """Stop measuring an image."""
    found = bench.root.open(project)
    found.images.row(image)
    bench.queue.cancel(found, [image])
    return found.images.record(image, bench.queue.positions(found))
