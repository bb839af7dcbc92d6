import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nanocaliper
from hand_made import measure_bright
from nanocaliper.calibration.calibration import Calibration
from nanocaliper.cli import main
from nanocaliper.cli.app import app
from nanocaliper.cli.show import align
from nanocaliper.inference.model_card import ModelCard

DOCS = Path(__file__).resolve().parents[1] / "docs" / "command_line.md"
COMMANDS = [
    "measure",
    "scale",
    "stats",
    "compare",
    "report",
    "outlines",
    "training-set",
    "train",
    "evaluate",
    "export",
    "demo",
    "models",
    "serve",
    "synthesize",
]


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return end.value.code, printed.out, printed.err


def run_process(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", "from nanocaliper.cli import main; main()", *arguments],
        capture_output=True,
        env=os.environ | environment,
        timeout=60,
        check=False,
    )


def test_version(capsys):
    assert run(capsys, "--version") == (0, f"nanocaliper {nanocaliper.__version__}\n", "")


def test_every_command_is_in_the_help_and_in_the_docs(capsys):
    assert [c.callback.__name__.replace("_", "-") for c in app.registered_commands] == COMMANDS
    _, out, _ = run(capsys, "--help")
    text = DOCS.read_text(encoding="utf-8")
    for command in COMMANDS:
        assert f"\n  {command}" in out
        assert f"\n## `nanocaliper {command}" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples_and_every_option_is_documented(capsys, command):
    status, out, _ = run(capsys, command, "--help")
    assert status == 0
    assert f"nanocaliper {command}" in out.split("Example")[1]
    options = set(re.findall(r"--[a-z][a-z-]+", out)) - {"--help"}
    section = DOCS.read_text(encoding="utf-8").split(f"\n## `nanocaliper {command}")[1].split("\n## ")[0]
    assert options == set(re.findall(r"^\| `.*?(--[a-z-]+)", section, re.MULTILINE))


def test_help_loads_nothing_heavy():
    code = (
        "import sys\n"
        "from nanocaliper.cli import main\n"
        "try: main(['measure', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'pandas', 'cv2', 'onnxruntime', 'PIL', 'rapidocr', 'torch', 'tifffile', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="needs the processor time of a child process")
def test_help_is_quick():
    # Processor time: a busy machine makes the wall clock say nothing. About 0.12 s.
    before = os.times()
    assert run_process("--help").returncode == 0
    after = os.times()
    used = after.children_user - before.children_user + after.children_system - before.children_system
    assert 0 < used < 0.6


def test_terminal_that_knows_no_micro_sign_is_no_error():
    done = run_process("models", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    done = run_process("measure", "µ±.png", PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert b"Error: " in done.stderr
    assert b"Traceback" not in done.stderr


CARD = ModelCard(
    folder=Path("somewhere"),
    name="tiny",
    summary="A network for tests.",
    task="particles",
    licence="Apache-2.0",
    sha256="ab" * 32,
    input={"multiple": 32},
    output={"channels": ["inside", "edge"]},
    decoder={"name": "basins"},
    training={"data": "simulated"},
    scores={"simulated": {"f1": 0.9}},
)


def test_models_are_listed_with_the_method_that_needs_none(capsys, monkeypatch):
    monkeypatch.setattr("nanocaliper.inference.catalogue.shipped_models", lambda: {"tiny": CARD})
    status, out, _ = run(capsys, "models")
    assert status == 0
    assert re.search(r"^tiny +particles +A network for tests\.$", out, re.MULTILINE)
    assert re.search(r"^threshold +particles +No network", out, re.MULTILINE)


def test_card_of_a_model(capsys, monkeypatch):
    monkeypatch.setattr("nanocaliper.inference.catalogue.find_model", lambda _: CARD)
    status, out, _ = run(capsys, "models", "tiny")
    assert status == 0
    assert out.startswith("tiny: A network for tests.\n")
    for fact in ("licence: Apache-2.0", "channels: inside, edge", "f1: 0.9", "multiple: 32"):
        assert fact in out


def test_unknown_model(capsys):
    status, _, err = run(capsys, "models", "nonsense")
    assert status == 2
    assert err.startswith("Error: No model 'nonsense'")


def test_threshold_has_a_card_as_well(capsys):
    assert run(capsys, "models", "threshold")[0] == 0


def test_synthesize_writes_what_was_asked(capsys, tmp_path):
    out = tmp_path / "set"
    status, printed, _ = run(
        capsys, "synthesize", "-o", out, "--count", 2, "--seed", 3, "--kind", "tem", "--shape", "200x260"
    )
    assert status == 0
    truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    assert str(out / "truth.json") in printed
    assert [(entry["kind"], entry["rows"], entry["cols"]) for entry in truth["images"]] == [
        ("TEM", 200, 260)
    ] * 2
    assert np.asarray(Image.open(out / truth["images"][0]["labels"])).shape == (200, 260)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--shape", "big"], "--shape is 'big'; expected rows and columns"),
        (["--count", "0"], "Asked for 0 images"),
        (["--seed", "-1"], "Seed is -1"),
        (["--kind", "photo"], "--kind"),
        (["-o", "file"], "Cannot write"),
    ],
)
def test_synthesize_wrong_use(capsys, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    status, _, err = run(capsys, "synthesize", "--shape", "200x260", "--count", "1", *arguments)
    assert status == 2
    assert said in err


@pytest.mark.slow
def test_demo_compares_with_the_truth(capsys, tmp_path, monkeypatch):
    def measure_true_scale(path, *, model="threshold", nm_per_px=None, confidence=None, page=0):
        # The cubes get no scale: the table must say so.
        scale = None if "cubes" in path.name else 1.0
        measured = measure_bright(path, model=model, nm_per_px=scale, confidence=confidence, page=page)
        assert isinstance(measured.calibration, Calibration)
        object.__setattr__(measured, "settings", {**measured.settings, "nm_per_px": nm_per_px})
        return measured

    monkeypatch.setattr("nanocaliper.pipeline.measure", measure_true_scale)
    status, out, _ = run(capsys, "demo", "-o", tmp_path, "--model", "threshold")
    assert status == 0
    lines = {line.split()[0]: line for line in out.splitlines() if "nm/px" in line}
    truth = json.loads((tmp_path / "images" / "truth.json").read_text(encoding="utf-8"))["images"]
    for entry in truth:
        assert f"{entry['nm_per_px']:g} nm/px" in lines[entry["image"]]
    assert "no scale" in lines["sem_cubes.png"]
    assert "Note on sem_cubes.png: No scale bar found" in out
    assert "%" in lines["tem_rods.png"]
    assert (tmp_path / "results" / "summary.csv").is_file()


@pytest.mark.slow
def test_demo_without_a_network(capsys, tmp_path):
    status, out, _ = run(capsys, "demo", "-o", tmp_path, "--model", "threshold")
    assert status == 0
    spheres = next(line for line in out.splitlines() if line.startswith("sem_spheres_touching"))
    # Touching spheres of 46 px, scale from the printed bar: the threshold method is good to a few per cent.
    assert abs(float(re.search(r"([+-][\d.]+) %", spheres)[1])) < 5


def test_cells_are_aligned():
    text = align([["a", "number"], ["long name", "7"]], right=(1,))
    assert text.splitlines() == ["a          number", "-" * 17, "long name       7"]
