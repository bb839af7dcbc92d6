"""Measuring and correcting over the HTTP API, with the threshold method on discs of known size."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from web_bench import DIAMETER_PX, Bench, draw_discs, open_bench

IMAGE = "/images/1"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_bench(tmp_path_factory.mktemp("root")) as opened:
        yield opened


@pytest.fixture
def project(bench: Bench) -> str:
    return bench.measured()


def square(row: float, col: float, half: float) -> list[list[float]]:
    return [
        [row - half, col - half],
        [row - half, col + half],
        [row + half, col + half],
        [row + half, col - half],
    ]


def test_measured_discs_have_their_size(bench: Bench, project: str) -> None:
    image = bench.call("GET", project + IMAGE)
    assert (image["rows"], image["cols"], image["bits"], image["pages"]) == (200, 200, 8, 1)
    assert (image["counted"], image["candidates"], image["unit"]) == (9, 9, "px")
    assert image["diameter_mean"] == pytest.approx(DIAMETER_PX, rel=0.02)
    particles = bench.call("GET", project + IMAGE + "/particles")
    assert particles["revision"] == image["revision"] == 1
    assert len(particles["rows"]) == len(particles["states"]) == len(particles["outlines"]) == 9
    assert set(particles["states"]) == {"counted"}
    column = particles["columns"].index("diameter_equivalent_px")
    assert [row[column] for row in particles["rows"]] == pytest.approx([DIAMETER_PX] * 9, rel=0.03)
    # The outline's own area is that of the disc.
    rows, cols = np.array(particles["outlines"][4]).reshape(-1, 2).T
    area = 0.5 * abs(np.dot(rows, np.roll(cols, 1)) - np.dot(cols, np.roll(rows, 1)))
    assert area == pytest.approx(np.pi / 4 * DIAMETER_PX**2, rel=0.06)


def test_an_edit_is_told_stored_and_undone(bench: Bench, project: str) -> None:
    before = bench.call("GET", project + IMAGE + "/particles")
    answer = bench.call("POST", project + IMAGE + "/edits", {"kind": "delete", "particles": [5]})
    assert answer["image"]["counted"] == 8
    assert answer["image"]["left_out"] == {"deleted": 1}
    assert answer["image"]["edits"] == {"cursor": 1, "total": 1}
    changed = answer["changed"]
    number = changed["columns"].index("particle")
    assert {row[number]: state for row, state in zip(changed["rows"], changed["states"], strict=True)}[
        5
    ] == "deleted"
    assert changed["removed"] == []
    assert answer["image"]["revision"] == changed["revision"] == 2
    undone = bench.call("POST", project + IMAGE + "/undo")
    assert undone["image"]["counted"] == 9
    assert undone["image"]["edits"] == {"cursor": 0, "total": 1}
    after = bench.call("GET", project + IMAGE + "/particles")
    assert after["rows"] == before["rows"]
    assert after["outlines"] == before["outlines"]
    assert bench.call("POST", project + IMAGE + "/redo")["image"]["counted"] == 8
    assert "redo" in bench.call("POST", project + IMAGE + "/redo", status=409)["error"]


def test_edits_sent_together_are_one_step(bench: Bench, project: str) -> None:
    edits = [{"kind": "delete", "particles": [1]}, {"kind": "merge", "particles": [2, 3]}]
    # Particles 2 and 3 are far apart: nothing of the step is applied.
    assert "too far apart" in bench.call("POST", project + IMAGE + "/edits", edits, 422)["error"]
    assert bench.call("GET", project + IMAGE)["edits"] == {"cursor": 0, "total": 0}
    edits[1] = {"kind": "draw", "outline": square(67, 67, 6)}
    drawn = bench.call("POST", project + IMAGE + "/edits", edits)
    assert drawn["image"]["counted"] == 9
    assert drawn["image"]["edits"] == {"cursor": 2, "total": 2}
    stored = bench.call("GET", project + IMAGE + "/edits")
    assert [(one["number"], one["step"], one["edit"]["kind"]) for one in stored["edits"]] == [
        (1, 1, "delete"), (2, 1, "draw"),
    ]  # fmt: skip
    undone = bench.call("POST", project + IMAGE + "/undo")
    assert undone["image"]["edits"] == {"cursor": 0, "total": 2}
    assert undone["changed"]["removed"] == [10]
    # What was undone is forgotten with the next edit.
    bench.call("POST", project + IMAGE + "/edits", {"kind": "set_class", "particles": [1], "shape": "cube"})
    assert bench.call("GET", project + IMAGE)["edits"] == {"cursor": 1, "total": 1}


def test_result_files_hold_the_edits(bench: Bench, project: str) -> None:
    bench.call("POST", project + IMAGE + "/edits", {"kind": "delete", "particles": [1, 2]})
    result = bench.call("GET", project + IMAGE + "/result.json")
    assert result["image"]["name"] == "discs.png"
    assert result["counts"]["measured"] == 7
    assert result["edits"] == {"count": 1, "list": [{"kind": "delete", "particles": [1, 2]}]}
    table = bench.ask("GET", project + IMAGE + "/particles.csv")
    assert table.headers["Content-Disposition"].startswith("attachment")
    assert len(table.text.splitlines()) == 8
    # Renaming the image renames it in its results.
    bench.call("PATCH", project + IMAGE, {"name": "gold <b>.png"})
    assert bench.call("GET", project + IMAGE + "/result.json")["image"]["name"] == "gold <b>.png"


def test_a_marked_bar_gives_the_scale_and_its_uncertainty(bench: Bench, project: str) -> None:
    bar = {"start": [10, 20], "stop": [10, 120], "value": 0.2, "unit": "um"}
    (image,) = bench.call("PUT", project + IMAGE + "/scale", {"source": "user", "bar": bar})["images"]
    # 200 nm on 100 px, each end known to half a pixel.
    assert image["calibration"]["calibration"] == {
        "nm_per_px": 2.0,
        "relative_uncertainty": pytest.approx(np.hypot(0.5, 0.5) / 100, rel=1e-6),
        "source": "user",
        "marked_bar": bar,
    }
    assert image["unit"] == "nm"
    assert image["diameter_mean"] == pytest.approx(2 * DIAMETER_PX, rel=0.02)
    assert image["scale"]["bar"] == bar
    (image,) = bench.call("PUT", project + IMAGE + "/scale", {"source": "auto"})["images"]
    assert image["unit"] == "px"


@pytest.mark.parametrize(
    "scale",
    [
        {"source": "user"},
        {"source": "user", "nm_per_px": 0},
        {"source": "user", "nm_per_px": 1e9},
        {
            "source": "user",
            "nm_per_px": 1,
            "bar": {"start": [0, 0], "stop": [0, 9], "value": 1, "unit": "nm"},
        },
        {"source": "auto", "nm_per_px": 1},
        {"source": "user", "bar": {"start": [0, 0], "stop": [0, 0.5], "value": 1, "unit": "nm"}},
        {"source": "user", "bar": {"start": [0, 0], "stop": [0, 50], "value": 1, "unit": "parsec"}},
        {"source": "guess"},
    ],
)
def test_an_impossible_scale_is_refused(bench: Bench, project: str, scale: dict[str, object]) -> None:
    assert bench.call("PUT", project + IMAGE + "/scale", scale, 422)["error"].endswith(".")
    assert bench.call("GET", project + IMAGE)["scale"]["source"] == "auto"


def test_settings_reach_a_sample(bench: Bench) -> None:
    project = bench.measured({f"{k}.png": draw_discs(k) for k in range(3)})
    other = bench.call("POST", project + "/samples", {"name": "other"}, 201)["id"]
    bench.call("PATCH", project + "/images/3", {"sample": other})
    change = {"diameter_min_px": 100, "apply_to": "sample"}
    images = bench.call("PUT", project + IMAGE + "/settings", change)["images"]
    assert [image["id"] for image in images] == [1, 2]
    assert images[0]["counted"] == 0
    assert images[0]["left_out"] == {"too_small": 9}
    assert [image["counted"] for image in bench.wait(project)] == [0, 0, 9]
    # null takes a limit away again.
    bench.call("PUT", project + IMAGE + "/settings", {"diameter_min_px": None, "apply_to": "project"})
    assert [image["counted"] for image in bench.wait(project)] == [9, 9, 9]


def test_each_network_has_its_own_way_of_parting(bench: Bench) -> None:
    about = {model["name"]: model for model in bench.call("GET", "/about")["models"]}
    assert about["particle_unet"]["takes_split"]
    assert about["particle_unet"]["parting"] is None
    assert (about["crcra_unet"]["takes_split"], about["crcra_unet"]["parting"]) == (False, "watershed")
    assert (about["threshold"]["takes_split"], about["threshold"]["parting"]) == (False, None)
    project = bench.measured({"discs.png": draw_discs()})
    # What a network does not have is said, and nothing is lost.
    bench.call("PUT", project + IMAGE + "/settings", {"parting": "components"})
    (image,) = bench.wait(project)
    assert image["status"] == "failed"
    assert "choose a semantic network" in image["error"]
    bench.call("PUT", project + IMAGE + "/settings", {"model": "crcra_unet", "parting": "components"})
    (image,) = bench.wait(project)
    assert (image["status"], image["settings"]["parting"]) == ("measured", "components")
    bench.call("PUT", project + IMAGE + "/settings", {"parting": "needles"}, 422)


def test_edits_of_other_candidates_wait_for_them(bench: Bench, tmp_path: Path) -> None:
    two_pages = tmp_path / "two.tif"
    import tifffile
    from PIL import Image as Pillow

    pages = []
    for seed, count in ((0, 9), (1, 4)):
        path = tmp_path / f"{seed}.png"
        path.write_bytes(draw_discs(seed, count))
        pages.append(np.asarray(Pillow.open(path)))
    with tifffile.TiffWriter(two_pages) as writer:
        for page in pages:
            writer.write(page)
    project = bench.measured({"two.tif": two_pages.read_bytes()})
    region = {"kind": "exclude_region", "outline": square(50, 50, 49)}
    bench.call("POST", project + IMAGE + "/edits", [{"kind": "delete", "particles": [9]}, region])
    assert bench.call("GET", project + IMAGE)["counted"] == 7
    bench.call("PUT", project + IMAGE + "/settings", {"page": 1})
    (image,) = bench.wait(project)
    # The region is a place and goes over; particle 9 is none of the four discs of the other page.
    assert (image["candidates"], image["counted"], image["edits"]["total"]) == (4, 3, 1)
    assert any("1 of 2 corrections" in warning for warning in image["warnings"])
    bench.call("PUT", project + IMAGE + "/settings", {"page": 0})
    (image,) = bench.wait(project)
    assert (image["counted"], image["edits"]["cursor"]) == (7, 2)
