"""Reports, files for other programs and outlines from them, over the HTTP API."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date

import pandas as pd
import pytest
from werkzeug.datastructures import FileStorage

from nanocaliper.exports.formats import EXPORT_FORMATS
from nanocaliper.report.tables import PARTICLE_COLUMNS, SUMMARY_COLUMNS
from web_bench import DIAMETER_PX, Bench, draw_discs, open_bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_bench(tmp_path_factory.mktemp("root")) as opened:
        yield opened


@pytest.fixture(scope="module")
def project(bench: Bench) -> str:
    """Two images of one name, the first without one of its nine discs."""
    project = bench.measured({"a:b.png": draw_discs(0)})
    bench.upload(project, {"a:b.png": draw_discs(1)})
    bench.wait(project)
    bench.call("POST", project + "/images/1/edits", {"kind": "delete", "particles": [5]})
    bench.call("PATCH", project + "/samples/1", {"notes": {"operator": "A. Meyer <script>"}})
    return project


@pytest.mark.parametrize("name", sorted(EXPORT_FORMATS))
def test_outlines_go_out_and_come_back(bench: Bench, project: str, name: str) -> None:
    sent = bench.ask("GET", f"{project}/images/1/export/{name}")
    assert sent.status_code == 200, sent.text
    assert sent.headers["Content-Disposition"].startswith("attachment")
    content = sent.data
    if name == "yolo":
        # Its names of classes lie beside the outlines.
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            (outlines,) = (one for one in packed.namelist() if one.endswith(".txt"))
            content = packed.read(outlines)
    # Into the second image, which looks the same.
    data = {"file": FileStorage(io.BytesIO(content), "outlines")}
    answer = bench.call("POST", project + "/images/2/import", None, 200, data=data)
    assert answer["image"]["counted"] == 8
    assert answer["image"]["diameter_mean"] == pytest.approx(DIAMETER_PX, rel=0.05)
    assert bench.call("POST", project + "/images/2/undo")["image"]["counted"] == 9
    assert list(bench.bench.root.uploads.iterdir()) == []


def test_all_images_are_exported_as_a_zip(bench: Bench, project: str) -> None:
    sent = bench.ask("GET", project + "/export/labelme")
    with zipfile.ZipFile(io.BytesIO(sent.data)) as packed:
        shapes = [len(json.loads(packed.read(name))["shapes"]) for name in sorted(packed.namelist())]
    assert shapes == [8, 9]
    sent = bench.ask("GET", project + "/training-set.zip")
    with zipfile.ZipFile(io.BytesIO(sent.data)) as packed:
        assert "folds.csv" in packed.namelist()
        assert len([name for name in packed.namelist() if name.startswith("instances/")]) == 2


def test_an_unknown_format_is_said(bench: Bench, project: str) -> None:
    assert "coco" in bench.call("GET", project + "/images/1/export/pdf", status=404)["error"]
    data = {"file": FileStorage(io.BytesIO(b"<html>"), "../evil.html")}
    error = bench.call("POST", project + "/images/1/import", None, 422, data=data)["error"]
    assert "evil.html" in error
    assert str(bench.bench.root.folder) not in error


def test_the_report_is_written(bench: Bench, project: str) -> None:
    before = date.today()
    page = bench.ask("GET", project + "/report.html")
    assert page.status_code == 200, page.text
    assert "A. Meyer &lt;script&gt;" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "sandbox" in page.headers["Content-Security-Policy"]
    for kind, start in (("docx", b"PK"), ("xlsx", b"PK"), ("json", b"{")):
        file = bench.ask("GET", f"{project}/report.{kind}")
        assert file.status_code == 200, file.text
        assert file.data.startswith(start)
        assert file.headers["Content-Disposition"].startswith("attachment")
    assert json.loads(file.data)["samples"][0]["pooled"]["count"] == 17
    words = re.sub(r"<[^>]*>|\s+", " ", page.text)
    days = f"{before.isoformat()}|{date.today().isoformat()}"
    assert re.search(rf"Date of the report\s+({days})", words)
    assert bench.ask("GET", project + "/report.pdf").status_code == 404
    assert bench.call("GET", project + "/report.json?samples=99", status=404)["error"]


def test_the_tables_are_those_of_a_measurement(bench: Bench, project: str) -> None:
    answer = bench.ask("GET", project + "/report.csv")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"] == "attachment; filename=Gold-tables.zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        assert packed.testzip() is None
        tables = {name: pd.read_csv(packed.open(name)) for name in packed.namelist()}
    assert list(tables) == ["summary.csv", "particles.csv", "statistics.csv"]
    summary, particles = tables["summary.csv"], tables["particles.csv"]
    assert list(summary) == list(SUMMARY_COLUMNS)
    assert list(particles) == list(PARTICLE_COLUMNS)
    names = ["a:b.png", "a:b.png (2)"]
    assert summary["image"].tolist() == names
    assert summary["particles"].tolist() == [8, 9]
    assert particles.groupby("image").size().to_dict() == dict(zip(names, (8, 9), strict=True))
    # As the table of the image alone.
    alone = pd.read_csv(io.BytesIO(bench.ask("GET", project + "/images/2/particles.csv").data))
    second = particles[particles["image"] == names[1]].reset_index(drop=True)
    pd.testing.assert_frame_equal(second.drop(columns="image"), alone.drop(columns="image"))
    statistics = tables["statistics.csv"]
    assert statistics["sample"].tolist() == ["Sample 1"] * 3
    assert statistics["image"].tolist()[1:] == names
    assert statistics["particles"].tolist() == [17, 8, 9]
    assert list(bench.bench.root.uploads.iterdir()) == []


def test_tables_name_what_is_not_measured_and_what_has_no_sample(bench: Bench) -> None:
    project = bench.measured({"a.png": draw_discs(0)})
    bench.upload(project, {"a.png": draw_discs(1)[:300]})
    bench.wait(project)
    bench.call("DELETE", project + "/samples/1")
    with zipfile.ZipFile(io.BytesIO(bench.ask("GET", project + "/report.csv").data)) as packed:
        summary = pd.read_csv(packed.open("summary.csv"))
        assert len(pd.read_csv(packed.open("statistics.csv"))) == 0
    assert summary["image"].tolist() == ["a.png", "a.png (2)"]
    assert summary["status"].tolist() == ["ok", "failed"]
    assert "damaged" in summary["error"][1]
    empty = bench.create()
    assert bench.call("GET", empty + "/report.csv", status=409)["error"]
