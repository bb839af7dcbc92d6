"""The program itself: its start and end, and that nothing is lost however it ends."""

import os
import re
import runpy
import signal
import subprocess
import sys
import time
import urllib.error
from pathlib import Path

import pytest

from served import START, run
from web_bench import draw_discs

DOCS = Path(__file__).parents[1] / "docs" / "http_api.md"


@pytest.mark.slow
def test_start_lock_and_clean_end(tmp_path: Path) -> None:
    with run(tmp_path) as server:
        assert server.ask("GET", "/projects") == []
        with pytest.raises(urllib.error.HTTPError) as refused:
            server.ask("GET", "/projects", Host="evil.com")
        assert refused.value.code == 403
        refused.value.close()
        second = subprocess.run(
            [*START, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
        )
        assert second.returncode == 2
        assert "served already" in second.stderr
        assert server.url in second.stderr
        assert "Traceback" not in second.stderr
        # Another folder is served beside it, on the next port.
        with run(tmp_path / "other") as other:
            assert other.url != server.url
        assert server.end(signal.SIGINT) == 0
        assert "Traceback" not in "".join(server.lines)
    # The lock ended with the process.
    with run(tmp_path) as server:
        assert server.end(signal.SIGTERM) == 0


@pytest.mark.slow
def test_beyond_this_computer_a_token_is_printed(tmp_path: Path) -> None:
    with run(tmp_path, "--host", "0.0.0.0") as server:
        address, token = server.url.split("?token=")
        server.url = address.replace("0.0.0.0", "127.0.0.1")
        with pytest.raises(urllib.error.HTTPError) as refused:
            server.ask("GET", "/about")
        assert refused.value.code == 401
        refused.value.close()
        assert server.ask("GET", "/about", Authorization=f"Bearer {token}")["token_required"] is True


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_killed_while_measuring_it_goes_on(tmp_path: Path) -> None:
    with run(tmp_path) as server:
        project = "/projects/" + server.ask("POST", "/projects", {"name": "Gold"})["id"]
        server.upload(project, *(draw_discs(seed) for seed in range(4)))
        while not any(image["status"] == "measuring" for image in server.ask("GET", project + "/images")):
            time.sleep(0.05)
        server.end(signal.SIGKILL)
    with run(tmp_path) as server:
        images = server.wait(project, "measured")
        assert [image["counted"] for image in images] == [9] * 4
        assert list((tmp_path / ".uploads").iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_an_edit_that_was_answered_is_never_lost(tmp_path: Path) -> None:
    with run(tmp_path) as server:
        project = "/projects/" + server.ask("POST", "/projects", {"name": "Gold"})["id"]
        server.upload(project, draw_discs())
        server.wait(project, "measured")
        image = project + "/images/1"
        server.ask("POST", image + "/edits", {"kind": "delete", "particles": [1]})
    for number in range(2, 5):
        with run(tmp_path) as server:
            edit = {"kind": "delete", "particles": [number]}
            answer = server.ask("POST", image + "/edits", edit)
            assert answer["image"]["counted"] == 9 - number
            # Killed while the result folder of this edit is being written.
            server.end(signal.SIGKILL)
    with run(tmp_path) as server:
        assert server.ask("GET", image)["counted"] == 5
        assert len(server.ask("GET", image + "/particles")["rows"]) == 9
        assert server.ask("GET", image + "/result.json")["counts"]["measured"] == 5
        assert len(server.ask("GET", image + "/edits")["edits"]) == 4


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_a_worker_that_dies_takes_only_its_image(tmp_path: Path) -> None:
    with run(tmp_path) as server:
        project = "/projects/" + server.ask("POST", "/projects", {"name": "Gold"})["id"]
        server.upload(project, *(draw_discs(seed) for seed in range(3)))
        while server.ask("GET", project + "/images/1")["stage"] in (None, "starting", "read"):
            time.sleep(0.02)
        # As the system does where memory runs out.
        os.kill(find_worker(server.process.pid), signal.SIGKILL)
        images = server.wait(project, "measured", "failed")
        assert [image["status"] for image in images].count("failed") == 1
        (failed,) = (image for image in images if image["status"] == "failed")
        assert "memory" in failed["error"]
        server.ask("POST", f"{project}/images/{failed['id']}/measure")
        server.wait(project, "measured")


def find_worker(server: int) -> int:
    """The child that stands back furthest: it measures."""
    children = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == server:
            children.append((int(fields[16]), int(path.parent.name)))
    return max(children)[1]


@pytest.mark.slow
def test_the_python_example_of_the_documentation_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    example = re.search(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert example
    work = tmp_path / "work"
    work.mkdir()
    (work / "gold.png").write_bytes(draw_discs())
    with run(tmp_path / "root") as server:
        script = work / "example.py"
        script.write_text(example[1].replace("http://127.0.0.1:8765/", server.url), encoding="utf-8")
        monkeypatch.chdir(work)
        runpy.run_path(str(script), run_name="__main__")
    # 24 px of 0.5 nm each.
    count, mean = re.match(r"(\d+) particles, ([\d.]+) nm", capsys.readouterr().out).groups()  # type: ignore[union-attr]
    assert int(count) == 8
    assert float(mean) == pytest.approx(12, rel=0.03)


def test_without_the_extra_it_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from nanocaliper.cli import main

    monkeypatch.setitem(sys.modules, "flask", None)
    with pytest.raises(SystemExit) as ended:
        main(["serve"])
    assert ended.value.code == 2
    assert 'pip install "nanocaliper[workbench]"' in capsys.readouterr().err
