"""Statistics, comparisons and figures."""

from typing import Any

from flask import Response

from nanocaliper.errors import RequestError
from nanocaliper.web.api import Routes
from nanocaliper.web.inputs import Compared, Measured, MeasuredQuickly
from nanocaliper.web.store.project import Project
from nanocaliper.web.workbench import Workbench

routes = Routes("statistics")
_P = "/projects/<project>"
_KINDS = {"svg": "image/svg+xml", "png": "image/png"}


def _json(content: bytes) -> Response:
    return Response(content, mimetype="application/json")


@routes.add("GET", _P + "/images/<id:image>/statistics", query=MeasuredQuickly, answer=dict[str, Any])
def image_statistics(bench: Workbench, project: str, image: int, query: MeasuredQuickly) -> Response:
    """Give the statistics of an image: that of a sample of this image alone."""
    found = bench.root.open(project)
    return _json(bench.analyses.image(found, image, query.measurand, query.basis, full=query.full))


@routes.add("GET", _P + "/samples/<id:sample>/statistics", query=MeasuredQuickly, answer=dict[str, Any])
def sample_statistics(bench: Workbench, project: str, sample: int, query: MeasuredQuickly) -> Response:
    """Give the statistics of a sample, as in ``statistics.json``, and all ``sizes`` with image and particle."""
    found = bench.root.open(project)
    return _json(bench.analyses.sample(found, sample, query.measurand, query.basis, full=query.full))


@routes.add("GET", _P + "/comparison", query=Compared, answer=list[dict[str, Any]])
def compare_samples(bench: Workbench, project: str, query: Compared) -> Response:
    """Compare every two of the samples (ids with commas), or of all that have measured images."""
    found = bench.root.open(project)
    samples = _choose(bench, found, query.samples)
    return _json(bench.analyses.comparison(found, samples, query.measurand, query.basis))


@routes.add("GET", _P + "/comparison.<any(svg,png):kind>", query=Compared, content="image/svg+xml")
def draw_comparison(bench: Workbench, project: str, kind: str, query: Compared) -> Response:
    """Draw the comparison of samples as SVG or PNG."""
    found = bench.root.open(project)
    samples = _choose(bench, found, query.samples)
    content = bench.analyses.figure(found, samples, "comparison", kind, query.measurand, query.basis)
    return Response(content, mimetype=_KINDS[kind])


@routes.add(
    "GET",
    _P + "/samples/<id:sample>/figures/<name>.<any(svg,png):kind>",
    query=Measured,
    content="image/svg+xml",
)
def draw_figure(
    bench: Workbench, project: str, sample: int, name: str, kind: str, query: Measured
) -> Response:
    """Draw a figure of a sample: histogram, cumulative, shape, images, quantiles_MODEL or uncertainty."""
    found = bench.root.open(project)
    content = bench.analyses.figure(found, [sample], name, kind, query.measurand, query.basis)
    return Response(content, mimetype=_KINDS[kind])


def _choose(bench: Workbench, project: Project, text: str | None) -> list[int]:
    if text is None:
        samples = bench.analyses.comparable(project)
    else:
        samples = list(dict.fromkeys(int(part) for part in text.split(",")))
    if len(samples) < 2:
        raise RequestError(
            f"There is {len(samples)} sample to compare; expected two or more with measured images.", 409
        )
    return samples
