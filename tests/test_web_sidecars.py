"""Text files of instruments, uploaded together with their images."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hand_made_instruments import MAKERS, hitachi_text, jeol_text, tescan_text
from nanocaliper.micrograph.read import read
from web_bench import Bench, draw_discs, open_bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_bench(tmp_path_factory.mktemp("root")) as opened:
        yield opened


def upload_folder(bench: Bench, folder: Path) -> Any:
    project = bench.create()
    # The text comes first, as by name it may.
    paths = sorted(folder.iterdir(), key=lambda path: path.suffix not in (".hdr", ".txt"))
    assert len(paths) == 2
    answer = bench.upload(project, {path.name: path.read_bytes() for path in paths})
    assert (len(answer["images"]), answer["refused"]) == (1, [])
    return project


@pytest.mark.parametrize("maker", ["tescan_hdr", "hitachi", "jeol_txt"])
def test_the_scale_is_read_as_from_a_folder(bench: Bench, tmp_path: Path, maker: str) -> None:
    write, _ = MAKERS[maker]
    path = write(tmp_path, 2.5)
    project = upload_folder(bench, tmp_path)
    (image,) = bench.wait(project)
    expected = read(path).nm_per_px
    assert expected == pytest.approx(2.5)
    used = image["calibration"]["calibration"]
    assert (used["nm_per_px"], used["source"]) == (pytest.approx(expected), "metadata")
    # Another name on the page, and the way through an archive, change nothing of it.
    bench.call("PATCH", project + "/images/1", {"name": "other.tif"})
    archive = bench.ask("GET", project + "/archive").data
    copy = bench.call("POST", "/projects/import", None, 201, data={"file": bench.part(archive, "p.zip")})
    for where in (project, f"/projects/{copy['id']}"):
        bench.call("POST", where + "/images/1/measure")
        (again,) = bench.wait(where)
        assert again["calibration"] == image["calibration"]
        assert again["warnings"] == image["warnings"]
        bench.call("PUT", where + "/images/1/settings", {"border": "count"})
        assert bench.call("GET", where + "/images/1")["calibration"] == image["calibration"]


@pytest.mark.parametrize(
    ("name", "content", "status", "reason"),
    [
        ("b.txt", jeol_text(200, "1um"), 201, "did not come with it"),
        ("a.txt", "a note", 201, "no text file that an instrument writes"),
        (
            "a.hdr",
            tescan_text("1e-9", "1e-9") + " " * 1_000_000,
            201,
            "no text file that an instrument writes",
        ),
        ("a.txt", hitachi_text(2, name="b.tif"), 201, "belongs to the image 'b.tif'"),
        ("../../a.hdr.txt", tescan_text("1e-9", "1e-9"), 201, "did not come with it"),
    ],
)
def test_a_text_that_is_of_no_image_is_refused(
    bench: Bench, name: str, content: str, status: int, reason: str
) -> None:
    project = bench.create()
    answer = bench.upload(project, {"a.png": draw_discs(), name: content.encode()}, status)
    assert [one["name"] for one in answer["refused"]] == [Path(name).name]
    assert reason in answer["refused"][0]["error"]
    bench.wait(project)
    folder = bench.bench.root.open(project.split("/")[2]).images.folder(1)
    assert not [path for path in folder.iterdir() if path.suffix in (".txt", ".hdr")]


def test_a_text_alone_is_refused(bench: Bench) -> None:
    answer = bench.upload(bench.create(), {"a.txt": jeol_text(200, "1um").encode()}, 415)
    assert "add both together" in answer["error"]
    assert answer["images"] == []


def test_a_text_is_kept_beside_every_image_it_names(bench: Bench) -> None:
    project = bench.create()
    bench.upload(
        project, {"A.png": draw_discs(0), "a.PNG": draw_discs(1), "A-PNG.HDR": tescan_text(1, 1).encode()}
    )
    images = bench.bench.root.open(project.split("/")[2]).images
    assert all((images.folder(image) / "input-png.hdr").is_file() for image in (1, 2))
    bench.wait(project)
