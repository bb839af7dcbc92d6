import csv
import re
import sys

import pytest

from hand_made import measure_bright, write_discs
from nanocaliper.cli import main

TWO = [(60.0, 60.0, 20.0), (120.0, 150.0, 30.0)]


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run a command in an empty folder, with particles that are simply what is bright; exit status, output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nanocaliper.pipeline.measure", measure_bright)

    def run_command(*arguments):
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return end.value.code, printed.out, printed.err

    return run_command


def run_measure(run, *arguments):
    return run("measure", "--model", "threshold", *arguments)


def read_summary(folder):
    with (folder / "summary.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_all_measured(run, tmp_path):
    write_discs(tmp_path / "in" / "a b µ.png", TWO)
    write_discs(tmp_path / "in" / "sub" / "c.png", TWO)
    status, out, err = run_measure(run, "in", "-o", "out", "--nm-per-px", "2")
    assert status == 0
    assert "[2/2] sub/c.png: 2 particles" in err
    # Diameters of 40 and 60 px at 2 nm/px: mean 100 nm, SD 20·√2 nm.
    mean, sd = re.search(r"([\d.]+) ± ([\d.]+) nm", out).groups()
    assert (float(mean), float(sd)) == pytest.approx((100, 28.3), rel=0.02)
    assert "2 nm/px, user" in out
    assert "2 images: 2 measured, 0 failed." in out
    assert "NO SCALE" not in out
    assert [row["image"] for row in read_summary(tmp_path / "out")] == ["a b µ.png", "sub/c.png"]
    for name in ("labels.tif", "overlay.png", "result.json", "particles.csv"):
        assert (tmp_path / "out" / "a b µ" / name).is_file()


def test_results_need_no_option(run, tmp_path):
    write_discs(tmp_path / "a.png", TWO)
    assert run_measure(run, "a.png")[0] == 0
    assert (tmp_path / "results" / "a" / "result.json").is_file()


def test_missing_scale_is_said_loudly(run, tmp_path):
    write_discs(tmp_path / "a.png", TWO)
    status, out, _ = run_measure(run, "a.png")
    assert status == 0
    assert "NO SCALE in 1 of 1 images: their sizes are in PIXELS" in out
    assert "NONE: pixels" in out
    assert "Note on a.png: No scale bar found" in out


def test_some_failed(run, tmp_path):
    write_discs(tmp_path / "in" / "good.png", TWO)
    (tmp_path / "in" / "empty.tif").touch()
    (tmp_path / "in" / "text.tif").write_text("no image")
    status, out, err = run_measure(run, "in", "-o", "out")
    assert status == 1
    assert "3 images: 1 measured, 2 failed." in out
    assert "Failed: empty.tif: Cannot read" in err
    assert "Failed: text.tif: Cannot read" in err
    assert {row["image"]: row["status"] for row in read_summary(tmp_path / "out")} == {
        "empty.tif": "failed",
        "good.png": "ok",
        "text.tif": "failed",
    }
    status, out, _ = run_measure(run, "in", "-o", "out")
    assert status == 1
    assert "0 measured, 1 kept from an earlier run, 2 failed" in out


@pytest.mark.slow
def test_many_images_are_summed_up(run, tmp_path):
    for number in range(22):
        write_discs(tmp_path / "in" / f"{number:02}.png", TWO[:1], (100, 100))
    (tmp_path / "in" / "bad.png").touch()
    status, out, err = run_measure(run, "in", "-o", "out", "--nm-per-px", "1")
    assert status == 1
    assert "mean" not in out
    assert "23 images: 22 measured, 1 failed." in out
    assert "Failed: bad.png" in err
    assert len(read_summary(tmp_path / "out")) == 23


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.png"], "missing.png"),
        (["*.tif"], "*.tif"),
        (["empty_folder"], "holds no image"),
        (["a.png", "--nm-per-px", "0"], "--nm-per-px is 0; expected a positive number"),
        (["a.png", "--nm-per-px", "-1"], "--nm-per-px is -1"),
        (["a.png", "--nm-per-px", "nan"], "--nm-per-px is nan"),
        (["a.png", "--nm-per-px", "inf"], "--nm-per-px is inf"),
        (["a.png", "--nm-per-px", "big"], "--nm-per-px"),
        (["a.png", "--confidence", "1.5"], "--confidence is 1.5; expected a number from 0 to 1"),
        (["a.png", "--confidence", "nan"], "--confidence is nan"),
        (["a.png", "--split", "5"], "Split is 5; expected a number from -3 to 3"),
        (["a.png", "--split", "1"], "no judge of boundaries"),
        (["a.png", "--diameter-min-px", "-1"], "smallest diameter is -1 px"),
        (["a.png", "--diameter-min-nm", "nan"], "smallest diameter is nan nm"),
        (["a.png", "--border", "eat"], "'eat'; expected leave_out or count"),
        (["a.png", "--workers", "0"], "--workers is 0"),
        (["a.png", "--page", "-1"], "--page is -1"),
        (["a.png", "--model", "nonsense"], "No model 'nonsense'"),
        (["a.png", "-o", "file"], "Cannot write the results to 'file'"),
        (["a.png", "-o", "file/below"], "Cannot write the results"),
        ([], "Missing argument"),
        (["a.png", "--nonsense"], "--nonsense"),
    ],
)
def test_wrong_use_is_one_sentence_and_status_2(run, tmp_path, arguments, said):
    write_discs(tmp_path / "a.png", TWO)
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty_folder").mkdir()
    status, out, err = run_measure(run, *arguments)
    assert status == 2
    assert out == ""
    assert err.splitlines()[-1].startswith("Error: ")
    assert said in err
    assert not (tmp_path / "results").exists()


def test_interruption_says_what_is_kept(run, tmp_path):
    for name in ("a", "b_interrupt", "c"):
        write_discs(tmp_path / "in" / f"{name}.png", TWO)
    status, _, err = run_measure(run, "in", "-o", "out")
    assert status == 130
    assert "Interrupted: 1 of 3 images are done and kept in 'out'; run the same command again" in err
    (tmp_path / "in" / "b_interrupt.png").unlink()
    assert "1 measured, 1 kept" in run_measure(run, "in", "-o", "out")[1]


def test_fault_of_the_program_is_one_sentence(run, tmp_path, monkeypatch):
    write_discs(tmp_path / "a.png", TWO)

    def fail(*_):
        raise RuntimeError("something odd")

    monkeypatch.setattr("nanocaliper.batch.measure_many", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    status, _, err = run_measure(run, "a.png")
    assert status == 70
    assert err.startswith("Error: Unexpected error, a fault of the program (")
    (report,) = tmp_path.glob("nanocaliper-error-*.txt")
    assert str(report) in err
    assert "Traceback" in report.read_text(encoding="utf-8")


def test_progress_bar_on_a_terminal(run, tmp_path, monkeypatch):
    write_discs(tmp_path / "[red]a.png", TWO)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    status, out, err = run_measure(run, "[red]a.png", "--nm-per-px", "2")
    assert status == 0
    assert "[1/1]" not in err
    assert "[red]a.png" in out


def test_a_name_cannot_command_the_terminal(run, tmp_path):
    write_discs(tmp_path / "a\x1b[31mred.png", TWO)
    status, out, err = run_measure(run, ".")
    assert status == 0
    assert "\x1b" not in out + err
    assert "a\\x1b[31mred.png" in out
