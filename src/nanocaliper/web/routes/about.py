"""What this program is and can do."""

from typing import Any

from nanocaliper import __version__
from nanocaliper.inference.catalogue import DEFAULT_MODEL, shipped_models
from nanocaliper.micrograph.formats import EXTENSIONS
from nanocaliper.particles.shapes import CLASSES
from nanocaliper.segmentation.parting import THRESHOLD
from nanocaliper.statistics.image_particles import MEASURANDS
from nanocaliper.web import answers
from nanocaliper.web.api import Routes
from nanocaliper.web.sidecars import SIDECAR_EXTENSIONS
from nanocaliper.web.workbench import Workbench

routes = Routes("about")


@routes.add("GET", "/about", answer=answers.About)
def about(bench: Workbench) -> dict[str, Any]:
    """Tell the version, the networks, and what is taken."""
    models = [
        {
            "name": name,
            "summary": card.summary,
            "confidence": float(card.decoder["confidence"]),
            "parting": card.decoder.get("parting"),
            "takes_split": card.decoder["name"] == "fields",
        }
        for name, card in shipped_models().items()
    ]
    models.append(
        {
            "name": THRESHOLD,
            "summary": "No network: a grey-value threshold.",
            "confidence": 0.0,
            "parting": None,
            "takes_split": False,
        }
    )
    return {
        "version": __version__,
        "models": models,
        "default_model": DEFAULT_MODEL,
        "extensions": list(EXTENSIONS),
        "sidecar_extensions": list(SIDECAR_EXTENSIONS),
        "examples": bench.examples.names(),
        "shapes": list(CLASSES),
        "measurands": list(MEASURANDS),
        "limits": {"upload_bytes": bench.limits.upload_bytes, "pixels": bench.limits.pixels},
        "token_required": bench.token_required,
    }


@routes.add("GET", "/openapi.json", answer=dict[str, Any])
def describe_api(bench: Workbench) -> dict[str, Any]:
    """Give this API as an OpenAPI 3.1 document."""
    del bench
    from nanocaliper.web.openapi import describe_routes
    from nanocaliper.web.routes import ROUTES

    return describe_routes(ROUTES)
