"""Projects on disk: bin, copies, archives, and archives of strangers."""

import io
import json
import sqlite3
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from werkzeug.datastructures import FileStorage

from nanocaliper.errors import RequestError
from nanocaliper.web.store import archive as archives
from nanocaliper.web.store.database import FILE_NAME
from nanocaliper.web.store.project import Project
from nanocaliper.web.store.root import Root
from web_bench import Bench, draw_discs, open_bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_bench(tmp_path_factory.mktemp("root")) as opened:
        yield opened


@pytest.fixture(scope="module")
def project(bench: Bench) -> str:
    project = bench.measured({"a.png": draw_discs(0)})
    bench.call("POST", project + "/images/1/edits", {"kind": "delete", "particles": [2]})
    bench.call("PATCH", project + "/samples/1", {"notes": {"operator": "A. Meyer"}})
    return project


def test_the_bin_gives_everything_back(bench: Bench) -> None:
    project = bench.create("Unwanted")
    assert bench.call("DELETE", project)["deleted"] is not None
    assert bench.call("GET", project, status=404)["error"]
    name = project.split("/")[2]
    assert name not in [one["id"] for one in bench.call("GET", "/projects")]
    assert name in [one["id"] for one in bench.call("GET", "/projects?deleted=1")]
    assert bench.call("POST", project + "/restore")["deleted"] is None
    assert bench.call("GET", project)["name"] == "Unwanted"


def test_what_waited_goes_on_waiting_after_the_bin(bench: Bench) -> None:
    project = bench.create()
    bench.upload(project, {f"{k}.png": draw_discs(k) for k in range(4)})
    bench.call("POST", project + "/images/4/cancel")
    bench.call("DELETE", project + "/images/3")
    bench.call("DELETE", project)
    stored = bench.bench.root.open(project.split("/")[2], deleted=True)
    for _ in range(200):
        states = [stored.images.row(image, deleted=True)["status"] for image in (1, 2, 3, 4)]
        if "measuring" not in states:
            break
        time.sleep(0.05)
    assert states[1:] == ["waiting", "waiting", "cancelled"]
    assert bench.bench.queue.positions(stored) == {}
    bench.call("POST", project + "/restore")
    bench.call("POST", project + "/images/3/restore")
    assert [one["status"] for one in bench.wait(project)] == ["measured", "measured", "measured", "cancelled"]


def test_a_deleted_image_comes_back(bench: Bench, project: str) -> None:
    change = bench.call("GET", project + "/changes")["change"]
    bench.call("DELETE", project + "/images/1")
    told = bench.call("GET", f"{project}/changes?since={change}")
    assert (told["images"], told["removed"]) == ([], [1])
    assert bench.call("GET", project + "/images/1", status=404)["error"]
    bench.call("POST", project + "/images/1/restore")
    told = bench.call("GET", f"{project}/changes?since={told['change']}")
    assert [image["id"] for image in told["images"]] == [1]
    assert told["images"][0]["counted"] == 8
    again = bench.call("GET", f"{project}/changes?since={told['change']}")
    assert (again["images"], again["removed"]) == ([], [])


def test_a_deleted_sample_comes_back_with_its_images(bench: Bench, project: str) -> None:
    bench.call("DELETE", project + "/samples/1")
    assert bench.call("GET", project + "/samples") == []
    assert bench.call("GET", project + "/images/1")["sample"] is None
    bench.call("POST", project + "/samples/1/restore")
    assert bench.call("GET", project + "/images/1")["sample"] == 1


def test_samples_have_names_of_their_own(bench: Bench) -> None:
    project = bench.create()
    assert "already" in bench.call("POST", project + "/samples", {"name": " sample  1 "}, 409)["error"]
    assert bench.call("POST", project + "/samples", {"name": "  "}, 422)["error"]
    assert bench.call("POST", project + "/samples", {"name": "x" * 300}, 422)["error"]
    assert bench.call("PATCH", project + "/samples/1", {"name": "SAMPLE 1"})["name"] == "SAMPLE 1"


def describe(bench: Bench, project: str) -> object:
    image = bench.call("GET", project + "/images/1")
    particles = bench.call("GET", project + "/images/1/particles")
    edits = [(one["number"], one["edit"]) for one in bench.call("GET", project + "/images/1/edits")["edits"]]
    notes = bench.call("GET", project + "/samples")[0]["notes"]
    return image["counted"], image["settings"], image["calibration"], particles["rows"], edits, notes


def test_a_copy_is_one_of_its_own(bench: Bench, project: str) -> None:
    copy = bench.call("POST", project + "/duplicate", status=201)
    assert copy["name"] == "Gold (copy)"
    path = "/projects/" + copy["id"]
    assert describe(bench, path) == describe(bench, project)
    bench.call("POST", path + "/images/1/undo")
    assert bench.call("GET", project + "/images/1")["counted"] == 8


def export(bench: Bench, project: str) -> bytes:
    response = bench.ask("GET", project + "/archive")
    assert response.status_code == 200
    assert response.headers["Content-Disposition"].startswith("attachment")
    return response.data


def bring(bench: Bench, archive: bytes, status: int = 201) -> dict[str, str]:
    data = {"file": FileStorage(io.BytesIO(archive), "project.zip")}
    answer: dict[str, str] = bench.call("POST", "/projects/import", None, status, data=data)
    assert list(bench.bench.root.uploads.iterdir()) == []
    assert not list(bench.bench.root.folder.glob("*.part"))
    return answer


def test_an_archive_brings_all_of_it_back(bench: Bench, project: str) -> None:
    archive = export(bench, project)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        assert "images/1/result/result.json" in opened.namelist()
    path = "/projects/" + bring(bench, archive)["id"]
    assert path != project
    assert describe(bench, path) == describe(bench, project)
    # It is alive: edits go on where they were.
    assert bench.call("POST", path + "/images/1/undo")["image"]["counted"] == 9


def repack(archive: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    change(members)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return packed.getvalue()


def in_database(members: dict[str, bytes], folder: Path, *statements: str) -> None:
    path = folder / "changed.sqlite"
    path.write_bytes(members[FILE_NAME])
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    members[FILE_NAME] = path.read_bytes()
    path.unlink()


@pytest.mark.parametrize(
    "name",
    ["../evil.txt", "/etc/evil", "images/../../evil", "images/1/input.html/../../x", "C:\\evil.txt",
     "images/1/evil.js", "images/01/input.png", "images/1/result/evil.svg", "project.sqlite-wal"],
)  # fmt: skip
def test_an_archive_puts_nothing_elsewhere(bench: Bench, project: str, name: str) -> None:
    archive = repack(export(bench, project), lambda members: members.update({name: b"x"}))
    assert "refused" in bring(bench, archive, 422)["error"]
    assert not list(bench.bench.root.folder.parent.rglob("*evil*"))


def test_an_archive_that_is_a_bomb_is_refused(
    bench: Bench, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = repack(
        export(bench, project), lambda members: members.update({"images/1/input.tif": bytes(300_000_000)})
    )
    packed = tmp_path / "bomb.zip"
    packed.write_bytes(archive)
    assert len(archive) < 1_200_000
    monkeypatch.setattr(archives, "_FREE_OF_DOUBT", 100_000_000)
    with pytest.raises(RequestError, match="times its size"):
        archives.read_archive(packed, tmp_path / "out", report=str)
    monkeypatch.setattr(archives, "LARGEST_ARCHIVE", 200_000_000)
    with pytest.raises(RequestError, match="unpacks to"):
        archives.read_archive(packed, tmp_path / "out", report=str)
    assert [path.name for path in tmp_path.iterdir()] == ["bomb.zip"]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("CREATE TRIGGER t AFTER UPDATE ON images BEGIN DELETE FROM edits; END", "other tables"),
        ("CREATE VIEW v AS SELECT 1", "other tables"),
        ("UPDATE images SET extension = '/../../../x.png'", "name of an image"),
        ("UPDATE images SET name = '../evil.png'", "name of an image"),
        ("UPDATE images SET settings = '{\"model\": 1}'", "settings"),
        ("UPDATE images SET settings = '[]'", "settings"),
        ("UPDATE images SET facts = '3'", "facts"),
        ('UPDATE images SET scale = \'{"source": "sky"}\'', "scale"),
        ('UPDATE edits SET edit = \'{"kind": "explode"}\'', "edit"),
        ("UPDATE images SET id = 7 WHERE id = 1", ""),
        ("PRAGMA user_version = 99", "format"),
        ("DELETE FROM project", "which project"),
    ],
)
def test_a_database_that_is_not_ours_is_refused(
    bench: Bench, project: str, tmp_path: Path, statement: str, reason: str
) -> None:
    archive = repack(export(bench, project), lambda members: in_database(members, tmp_path, statement))
    assert reason in bring(bench, archive, 422)["error"]


def test_what_is_no_archive_is_refused(bench: Bench, project: str) -> None:
    bring(bench, b"no zip", 415)
    bring(bench, export(bench, project)[:-200], 415)
    bring(bench, repack(b"PK\x05\x06" + bytes(18), lambda members: members.update(a=b"b")), 415)

    def grow_older(members: dict[str, bytes]) -> None:
        members["nanocaliper.json"] = json.dumps({"kind": "nanocaliper project", "format": 99}).encode()

    assert "format 99" in bring(bench, repack(export(bench, project), grow_older), 409)["error"]


def test_a_damaged_project_does_not_hide_the_others(tmp_path: Path) -> None:
    root = Root(tmp_path)
    good = root.create("good")
    bad = root.create("bad")
    root.close()
    for path in bad.folder.glob("project.sqlite*"):
        path.write_bytes(b"no database" * 1000)
    root = Root(tmp_path)
    records = {record["id"]: record for record in root.records(deleted=False)}
    assert records[good.id]["name"] == "good"
    assert "cannot be read" in str(records[bad.id]["error"])
    with pytest.raises(RequestError, match="cannot be read"):
        root.open(bad.id)
    root.close()


def test_what_was_being_measured_waits_again(tmp_path: Path) -> None:
    Project.create(tmp_path / "p", "p")
    project = Project(tmp_path / "p")
    upload = tmp_path / "upload"
    for _ in range(2):
        upload.write_bytes(draw_discs())
        project.images.add(upload, "a.png", ".png", project.samples.first(), {}, {})
    project.images.update(1, status="measuring", stage="segment")
    project.images.update(2, status="cancelled")
    project.close()
    project = Project(tmp_path / "p")
    project.images.recover()
    rows = [project.images.row(image) for image in (1, 2)]
    assert [(row["status"], row["stage"]) for row in rows] == [("waiting", None), ("cancelled", None)]
    project.close()


def test_half_made_things_are_never_taken_for_whole(tmp_path: Path) -> None:
    Root(tmp_path).close()
    (tmp_path / ".uploads" / "half").write_bytes(b"x")
    (tmp_path / "p-123456.part" / "images").mkdir(parents=True)
    root = Root(tmp_path)
    assert root.ids() == []
    assert list(root.uploads.iterdir()) == []
    assert not list(tmp_path.glob("*.part"))
    root.close()
