"""Who may talk to the workbench, and that what is uploaded can do no harm."""

import io
import mimetypes
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.http import parse_options_header

from nanocaliper.web.limits import Limits
from nanocaliper.web.safety import Access, is_loopback
from nanocaliper.web.store.names import show_file_name
from web_bench import Bench, draw_discs, open_bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_bench(tmp_path_factory.mktemp("root"), Limits(upload_bytes=300_000)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "127.0.0.1:8765"}, 200),
        ({"Host": "localhost:8765"}, 200),
        ({"Host": "[::1]:8765"}, 200),
        ({"Host": "evil.com"}, 403),
        ({"Host": "evil.com:8765"}, 403),
        ({"Host": "127.0.0.1.evil.com"}, 403),
        ({"Host": "localhost@evil.com"}, 403),
        ({"Host": ""}, 403),
        ({"Host": "localhost:8765", "Origin": "http://localhost:8765"}, 200),
        ({"Host": "localhost:8765", "Origin": "http://evil.com"}, 403),
        ({"Host": "localhost:8765", "Origin": "http://localhost:9999"}, 403),
        ({"Host": "localhost:8765", "Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 403),
    ],
)
def test_only_the_own_page_is_answered(bench: Bench, headers: dict[str, str], status: int) -> None:
    response = bench.ask("GET", "/about", headers=headers)
    assert response.status_code == status
    if status == 403:
        assert response.get_json()["error"].endswith(".")


def test_a_link_on_another_page_may_open_the_page_but_no_more(bench: Bench) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert bench.client.get("/", headers=headers, buffered=True).status_code in (200, 404)
    assert bench.client.post("/", headers=headers).status_code == 403
    assert bench.client.get("/", headers={"Sec-Fetch-Site": "cross-site"}, buffered=True).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_changes_need_the_header(bench: Bench, method: str) -> None:
    response = bench.client.open("/api/projects", method=method, json={"name": "x"})
    assert response.status_code == 403
    assert "X-Nanocaliper: 1" in response.get_json()["error"]
    # What an HTML form of another site can send.
    response = bench.client.open(
        "/api/projects", method=method, data='{"name":"x"}', content_type="text/plain"
    )
    assert response.status_code == 403


def test_every_answer_is_protected(bench: Bench) -> None:
    for path in ("/", "/api/about", "/api/nothing", "/../../etc/passwd", "/api/projects/x"):
        response = bench.client.get(path, buffered=True)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "object-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "Server" not in response.headers


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/%2e%2e/app.py",
        "/..%2fapp.py",
        "/static/../app.py",
        "/C:/Windows/win.ini",
        "/api/projects/..",
        "/api/projects/../..",
        "/api/projects/%2e%2e%2f",
        "/api/projects/..%5c..",
        "/api/projects/.uploads",
        "/api/projects/x%00y",
        "/api/projects/con",
        "/api/projects/x/images/99999999999999999999999",
        "/api/projects/x/images/-1",
        "/api/projects/x/images/1/picture/0/0/..%2f..png",
    ],
)
def test_no_path_leaves_its_folder(bench: Bench, path: str) -> None:
    response = bench.client.get(path, buffered=True)
    assert response.status_code == 404
    assert response.get_json()["error"]


def test_files_of_the_page_have_their_types(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from nanocaliper.web import app

    monkeypatch.setattr(app, "_STATIC", tmp_path)
    # Some systems hold scripts for plain text.
    monkeypatch.setitem(mimetypes.types_map, ".js", "text/plain")
    kinds = {
        "index.html": "text/html",
        "app.js": "text/javascript",
        "style/a.css": "text/css",
        "x.svg": "image/svg+xml",
    }
    (tmp_path / "style").mkdir()
    for name, kind in kinds.items():
        (tmp_path / name).write_text("x")
        with bench.client.get("/" + name) as response:
            assert (response.status_code, response.mimetype) == (200, kind)
    with bench.client.get("/", buffered=True) as response:
        assert (response.status_code, response.mimetype) == (200, "text/html")


def png_of_size(rows: int, cols: int) -> bytes:
    """A grey PNG whose header promises more than its few bytes could fill."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", cols, rows, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", HTML),
        ("drawing.svg", SVG),
        ("page.png", HTML),
        ("drawing.tif", SVG),
        ("program.exe", b"MZ" + bytes(100)),
        ("empty.png", b""),
        ("noname", draw_discs()),
        ("archive.zip", b"PK\x03\x04" + bytes(50)),
        ("x.png.html", draw_discs()),
    ],
)
def test_what_is_no_image_is_refused(bench: Bench, name: str, content: bytes) -> None:
    project = bench.create()
    answer = bench.upload(project, {name: content}, 415)
    assert name in answer["error"]
    assert bench.call("GET", project + "/images") == []
    assert list(bench.bench.root.uploads.iterdir()) == []


def test_one_bad_file_does_not_stop_the_others(bench: Bench) -> None:
    project = bench.create()
    answer = bench.upload(project, {"bad.png": HTML, "good.png": draw_discs()})
    assert [image["name"] for image in answer["images"]] == ["good.png"]
    assert [one["name"] for one in answer["refused"]] == ["bad.png"]
    bench.wait(project)


def test_a_bomb_fails_with_a_sentence(bench: Bench) -> None:
    project = bench.create()
    bench.upload(project, {"bomb.png": png_of_size(100_000, 100_000), "cut.png": draw_discs()[:500]})
    for image in bench.wait(project):
        assert image["status"] == "failed"
        assert image["error"].endswith(".")
        error = bench.call("GET", f"{project}/images/{image['id']}/picture", status=422)["error"]
        assert error.endswith(".")
        assert str(bench.bench.root.folder) not in error + image["error"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../../etc/passwd.png", "passwd.png"),
        ("..\\..\\windows\\x.png", "x.png"),
        ("C:\\data\\gold.png", "gold.png"),
        ("<img src=x onerror=alert(1)>.png", "<img src=x onerror=alert(1)>.png"),
        ("a\r\nSet-Cookie: x=1.png", "a Set-Cookie: x=1.png"),
        ("\u202egnp.exe.png", "gnp.exe.png"),
        ("CON.png", "CON.png"),
        ("a" * 400 + ".png", "a" * 196 + ".png"),
        ("Ünïcode 粒子.png", "Ünïcode 粒子.png"),
        ("a\x00b\ud800.png", "ab.png"),
        ("..", "image"),
        ("", "image"),
    ],
)
def test_hostile_names_are_only_names(given: str, shown: str) -> None:
    assert show_file_name(given) == shown


def test_files_lie_under_names_of_our_own(bench: Bench) -> None:
    project = bench.create()
    (image,) = bench.upload(project, {"../../<b>evil.PNG": draw_discs()})["images"]
    assert image["name"] == "<b>evil.PNG"
    folder = bench.bench.root.folder / project.split("/")[2] / "images" / "1"
    assert [path.name for path in folder.iterdir() if path.is_file()] == ["input.png"]
    bench.call("POST", project + "/cancel")


def test_a_hostile_name_stays_in_its_header(bench: Bench) -> None:
    project = bench.measured()
    bench.call("PATCH", project + "/images/1", {"name": 'x"; filename=evil.html; y="\u0007ä.png'})
    response = bench.ask("GET", project + "/images/1/particles.csv")
    assert response.mimetype == "text/csv"
    kind, options = parse_options_header(response.headers["Content-Disposition"])
    assert kind == "attachment"
    assert set(options) == {"filename"}
    assert options["filename"].endswith("particles.csv")


def test_too_large_is_said(bench: Bench) -> None:
    project = bench.create()
    answer = bench.upload(project, {"large.png": draw_discs() + bytes(400_000)}, 413)
    assert "larger" in answer["error"]


def test_models_on_the_disk_cannot_be_named(bench: Bench, tmp_path: Path) -> None:
    project = bench.create()
    settings = '{"model": "' + tmp_path.as_posix() + '"}'
    assert "model" in bench.upload(project, {"a.png": draw_discs()}, 422, settings=settings)["error"]


def test_a_form_without_files_is_said(bench: Bench) -> None:
    project = bench.create()
    assert bench.call("POST", project + "/images", None, 415)["error"]
    assert bench.call("POST", project + "/images", None, 422, data={"files": ""},
                      content_type="multipart/form-data")["error"]  # fmt: skip
    data = {"files": FileStorage(io.BytesIO(draw_discs()), "a.png"), "sample": "first"}
    assert "sample" in bench.call("POST", project + "/images", None, 422, data=data)["error"]


@pytest.mark.parametrize(
    ("host", "alone"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.8.8.8", True), ("0.0.0.0", False),
     ("192.168.1.5", False), ("::", False), ("lab.example", False)],
)  # fmt: skip
def test_a_token_is_demanded_beyond_this_computer(host: str, alone: bool) -> None:
    assert is_loopback(host) is alone
    assert (Access.for_host(host).token is None) is alone


def test_the_token_opens_once_by_address_then_by_cookie(tmp_path: Path) -> None:
    with open_bench(tmp_path, token="secret") as bench:
        host = {"Host": "lab.example:8765"}
        assert "token" in bench.call("GET", "/about", status=401, headers=host)["error"]
        assert bench.ask("GET", "/about?token=secret", headers=host).status_code == 401
        bearer = {"Authorization": "Bearer secret"}
        assert bench.call("GET", "/about", headers=host | bearer)["token_required"] is True
        wrong = {"Authorization": "Bearer sécret"}
        assert bench.ask("GET", "/about", headers=host | wrong).status_code == 401
        opened = bench.client.get("/?token=secret", headers=host, buffered=True)
        if opened.status_code == 200:
            cookie = opened.headers["Set-Cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
            assert bench.client.get("/api/about", headers=host, buffered=True).status_code == 200
        evil = host | bearer | {"Origin": "http://evil.com"}
        assert bench.ask("GET", "/about", headers=evil).status_code == 403
