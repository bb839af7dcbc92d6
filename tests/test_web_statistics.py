"""Statistics, comparisons and figures over the HTTP API."""

from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from web_bench import DIAMETER_PX, Bench, draw_discs, open_bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_bench(tmp_path_factory.mktemp("root")) as opened:
        yield opened


@pytest.fixture(scope="module")
def project(bench: Bench) -> str:
    """Two samples: two images of nine discs with the same name, and one of four."""
    project = bench.measured({"a.png": draw_discs(0)})
    bench.upload(project, {"a.png": draw_discs(1)})
    other = bench.call("POST", project + "/samples", {"name": "other"}, 201)["id"]
    bench.upload(project, {"b.png": draw_discs(2, 4)}, sample=str(other))
    bench.wait(project)
    return project


def test_sizes_lead_back_to_particles(bench: Bench, project: str) -> None:
    found = bench.call("GET", project + "/samples/1/statistics")
    assert found["name"] == "Sample 1"
    assert [image["image"] for image in found["images"]] == ["a.png", "a.png (2)"]
    pooled = found["pooled"]
    assert (pooled["count"], pooled["measurand"], pooled["depth"]) == (18, "diameter_equivalent_px", "quick")
    sizes = found["sizes"]
    assert [one["size"] for one in sizes] == sorted(one["size"] for one in sizes)
    assert {(one["image"], one["particle"]) for one in sizes} == {
        (i, p) for i in (1, 2) for p in range(1, 10)
    }
    # Each size is that of its particle.
    for image in (1, 2):
        particles = bench.call("GET", f"{project}/images/{image}/particles")
        number, column = (particles["columns"].index(n) for n in ("particle", "diameter_equivalent_px"))
        of_image = {one["particle"]: one["size"] for one in sizes if one["image"] == image}
        assert {row[number]: row[column] for row in particles["rows"]} == pytest.approx(of_image, rel=1e-5)


def test_statistics_follow_an_edit_at_once(bench: Bench, project: str) -> None:
    bench.call("POST", project + "/images/1/edits", {"kind": "delete", "particles": [4]})
    assert bench.call("GET", project + "/samples/1/statistics")["pooled"]["count"] == 17
    assert bench.call("GET", project + "/images/1/statistics")["pooled"]["count"] == 8
    bench.call("POST", project + "/images/1/undo")
    assert bench.call("GET", project + "/samples/1/statistics")["pooled"]["count"] == 18


def test_other_lengths_and_full_statistics(bench: Bench, project: str) -> None:
    query = "?measurand=feret_max&basis=volume&full=1"
    pooled = bench.call("GET", project + "/images/3/statistics" + query)["pooled"]
    assert (pooled["measurand"], pooled["basis"], pooled["depth"]) == ("feret_max_px", "volume", "full")
    assert pooled["distributions"]["number"]["mean"] == pytest.approx(DIAMETER_PX, rel=0.06)
    assert sum(pooled["histogram"]["counts"]) == 4
    error = bench.call("GET", project + "/images/3/statistics?measurand=colour", status=422)["error"]
    assert "diameter_equivalent" in error


def test_samples_are_compared(bench: Bench, project: str) -> None:
    (pair,) = bench.call("GET", project + "/comparison")
    assert {pair["first"], pair["second"]} == {"Sample 1", "other"}
    assert bench.call("GET", project + "/comparison?samples=1", status=409)["error"]
    assert bench.call("GET", project + "/comparison?samples=1,77", status=404)["error"]
    assert bench.call("GET", project + "/comparison?samples=1;2", status=422)["error"]
    drawn = bench.ask("GET", project + "/comparison.svg")
    assert drawn.mimetype == "image/svg+xml"
    assert "sandbox" in drawn.headers["Content-Security-Policy"]


def test_figures_are_drawn(bench: Bench, project: str) -> None:
    drawn = bench.ask("GET", project + "/samples/1/figures/histogram.svg")
    assert drawn.status_code == 200
    assert ElementTree.fromstring(drawn.data).tag.endswith("svg")
    drawn = bench.ask("GET", project + "/samples/1/figures/cumulative.png")
    assert drawn.data.startswith(b"\x89PNG")
    error = bench.call("GET", project + "/samples/1/figures/pie.svg", status=404)["error"]
    assert "histogram" in error


def test_nothing_measured_is_said(bench: Bench, project: str) -> None:
    empty = bench.call("POST", project + "/samples", {"name": "empty"}, 201)["id"]
    error = bench.call("GET", f"{project}/samples/{empty}/statistics", status=409)["error"]
    assert error == "No image of the sample 'empty' is measured."
