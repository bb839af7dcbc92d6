"""Settings and scale of images."""

from typing import Any

from nanocaliper.editing.scale_choice import describe_scale_choice, read_scale_choice
from nanocaliper.web import answers
from nanocaliper.web.api import Routes
from nanocaliper.web.inputs import Scale, SettingsChange
from nanocaliper.web.workbench import Workbench

routes = Routes("settings")
_ONE = "/projects/<project>/images/<id:image>"


@routes.add(
    "PUT", _ONE + "/settings", body=SettingsChange, answer=answers.Images,
    example={"confidence": 0.6, "apply_to": "sample"},
)  # fmt: skip
def change_settings(bench: Workbench, project: str, image: int, body: SettingsChange) -> dict[str, Any]:
    """Change settings of an image, or of all images of its sample or project."""
    found = bench.root.open(project)
    changes = body.model_dump(mode="json", exclude_unset=True, exclude={"apply_to"})
    if changes.get("model") is not None:
        bench.check_model(changes["model"])
    chosen = bench.reach(found, image, body.apply_to)
    bench.reviews.change(found, image, chosen, {"settings": changes})
    positions = bench.queue.positions(found)
    return {"images": [found.images.record(one, positions) for one in chosen]}


@routes.add(
    "PUT", _ONE + "/scale", body=Scale, answer=answers.Images,
    example={
        "source": "user",
        "bar": {"start": [980, 40], "stop": [980, 240], "value": 500, "unit": "nm"},
        "apply_to": "image",
    },
)  # fmt: skip
def change_scale(bench: Workbench, project: str, image: int, body: Scale) -> dict[str, Any]:
    """Say where the scale comes from, for an image or all images of its sample or project."""
    found = bench.root.open(project)
    scale = describe_scale_choice(read_scale_choice(body.model_dump(mode="json", exclude={"apply_to"})))
    chosen = bench.reach(found, image, body.apply_to)
    bench.reviews.change(found, image, chosen, {"scale": scale})
    positions = bench.queue.positions(found)
    return {"images": [found.images.record(one, positions) for one in chosen]}
