"""What the processes of the workbench load before the first image comes."""

import shutil
import sys
from pathlib import Path

import pytest

pytest.importorskip("flask", reason="needs the extra 'workbench'")

from nanocaliper.web.jobs.warming import load_modules, measure_drawing
from web_bench import draw_discs, open_bench


def test_the_drawing_needs_both_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    from nanocaliper.calibration import text_boxes
    from nanocaliper.inference import session

    session._load.cache_clear()
    text_boxes._engine.cache_clear()
    stages: list[str] = []
    measure_drawing(report=stages.append)
    assert "starting" not in stages
    assert session._load.cache_info().currsize == 1
    assert text_boxes._engine.cache_info().currsize == 1


def test_modules_are_imported() -> None:
    load_modules("nanocaliper.web.jobs.reviewing", report=lambda _: None)
    assert "nanocaliper.web.jobs.reviewing" in sys.modules


@pytest.mark.slow
def test_images_go_first_and_have_their_place_in_the_queue(tmp_path: Path) -> None:
    with open_bench(tmp_path) as bench:
        bench.bench.warm_up()
        project = bench.create()
        bench.upload(project, {"a.png": draw_discs(), "b.png": draw_discs(1)})
        assert [image["status"] for image in bench.wait(project)] == ["measured", "measured"]


def test_a_thumbnail_that_was_lost_is_made_again_at_once(tmp_path: Path) -> None:
    with open_bench(tmp_path) as bench:
        project = bench.measured()
        bench.call("GET", project + "/images/1/picture")
        (path,) = tmp_path.glob("*/images/1/pictures")
        shutil.rmtree(path)
        assert bench.ask("GET", project + "/images/1/thumbnail.png").status_code == 200
