"""``nanocaliper scale``, and what `measure` says where two scales disagree, from the file to the last line."""

import csv
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageDraw, ImageFont

from nanocaliper import pipeline
from nanocaliper.calibration.scale_bar import ScaleBarSearch
from nanocaliper.cli import main
from nanocaliper.micrograph.micrograph import Box
from nanocaliper.report.particle_colours import WARNING_COLOUR
from nanocaliper.report.scale_reading import SCALE_KEYS
from test_calibration_resolve import make_bar
from test_report_result_json import walk

DOCS = Path(__file__).resolve().parents[1] / "docs" / "command_line.md"

#: The bar is 200 nm in 100 px: 2 nm/px.
BAR_PX = 100


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run_command(*arguments):
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return end.value.code, printed.out, printed.err

    return run_command


def draw(with_bar=True):
    """Discs, and a printed bar of 200 nm in 100 px below them."""
    image = Image.new("L", (400, 300), 60)
    pen = ImageDraw.Draw(image)
    for col in (80, 180, 280):
        pen.ellipse((col - 25, 75, col + 25, 125), fill=190)
    if with_bar:
        pen.rectangle((40, 262, 40 + BAR_PX - 1, 267), fill=255)
        pen.text((90, 240), "200 nm", fill=255, font=ImageFont.load_default(24), anchor="mm")
    return np.asarray(image)


def write(path, nm_per_px=None, with_bar=True):
    """Write an ImageJ TIFF whose metadata give this pixel size, or none."""
    per_um = None if nm_per_px is None else (1000 / nm_per_px, 1000 / nm_per_px)
    metadata = {} if nm_per_px is None else {"unit": "um"}
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, draw(with_bar), imagej=True, resolution=per_um, metadata=metadata)
    return path


def load(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


@pytest.fixture
def quick(monkeypatch):
    """Read bars without text recognition: a bar of 100 px, 2 nm/px, where it is printed; a guess by name."""

    def search(micrograph):
        bar = make_bar(2.0)
        name = Path(micrograph.source).name
        if micrograph.pixels[264, 60] != 255:
            return ScaleBarSearch(None, None, "no label that can be read", ())
        if "doubtful" in name:
            return ScaleBarSearch(None, make_bar(2.0, confidence=0.31), "a doubtful reading", ())
        if "fault" in name:
            raise ValueError("odd\nvalue")
        return ScaleBarSearch(bar, bar, None, (Box(230, 40, 268, 140),))

    monkeypatch.setattr("nanocaliper.calibration.scale_bar.search_scale_bar", search)


def read_table(out):
    """Cells of the table by image."""
    lines = out.splitlines()
    header = next(line for line in lines if line.startswith("value"))
    start = lines.index(header) + 2
    rows = {}
    for line in lines[start:]:
        if line.startswith(("Note", "Failed")) or (": " in line and "images" in line):
            break
        rows[line.split()[-1]] = line
    return rows


def test_every_kind_of_scale_in_one_table(run, quick, tmp_path):
    write(tmp_path / "in" / "bar.tif")
    write(tmp_path / "in" / "both.tif", 2.01)
    write(tmp_path / "in" / "conflict.tif", 3.0)
    write(tmp_path / "in" / "doubtful.tif")
    write(tmp_path / "in" / "metadata.tif", 1.5, with_bar=False)
    write(tmp_path / "in" / "none.tif", with_bar=False)
    status, out, err = run("scale", "in", "-o", "out")
    assert status == 0
    rows = read_table(out)
    assert re.fullmatch(r" *200  nm +100\.0  2 ± 0\.008 +scale_bar +0\.90  bar\.tif", rows["bar.tif"])
    assert re.fullmatch(r" *200  nm +100\.0  2\.01 +metadata +0\.90  both\.tif", rows["both.tif"])
    assert re.fullmatch(r" *200  nm +100\.0  3 or 2\? +CONFLICT +0\.90  conflict\.tif", rows["conflict.tif"])
    guess = r" *\(200\)  \(nm\) +\(100\.0\)  \(2\) +none \(guess\) +\(0\.31\)  doubtful\.tif"
    assert re.fullmatch(guess, rows["doubtful.tif"])
    assert re.fullmatch(r" +1\.5 +metadata +metadata\.tif", rows["metadata.tif"])
    assert re.fullmatch(r" +none +none\.tif", rows["none.tif"])
    assert "best guess would be 2 nm per pixel; it is not used" in out
    assert "1 image has two scales that disagree, metadata and scale bar: conflict.tif." in out
    assert "6 images: 3 with a scale, 2 without, 1 with two that disagree, 0 failed." in out
    assert "[6/6] none.tif: no scale" in err
    assert "conflict.tif: TWO SCALES DISAGREE" in err
    for name in rows:
        assert load(tmp_path / "out" / f"{Path(name).stem}.scale.png").shape[1] >= 1200
        record = json.loads((tmp_path / "out" / f"{Path(name).stem}.scale.json").read_text(encoding="utf-8"))
        assert record["image"] == name


def test_json_is_one_array_and_nothing_else(run, quick, tmp_path):
    write(tmp_path / "in" / "µ.tif")
    write(tmp_path / "in" / "conflict.tif", 3.0)
    (tmp_path / "in" / "text.tif").write_text("no image")
    status, out, _ = run("scale", "in", "--json", "-o", "out")
    assert status == 1
    assert out.isascii()
    conflict, failed, bar = json.loads(out)
    assert [one["image"] for one in (conflict, failed, bar)] == ["conflict.tif", "text.tif", "µ.tif"]
    read = {"nm_per_px": 2.0, "relative_uncertainty": 0.004, "source": "scale_bar", "marked_bar": None}
    assert bar["calibration"] == read
    assert bar["scale_bar"]["length_px"] == BAR_PX
    assert bar["error"] is None
    assert (tmp_path / bar["picture"]).is_file()
    assert conflict["calibration"] is None
    assert conflict["conflict"]["metadata_nm_per_px"] == pytest.approx(3.0)
    assert conflict["conflict"]["settled_by"] is None
    assert "Cannot read" in failed["error"]
    assert failed["picture"] is None
    assert list(failed) == list(bar)


def test_every_json_key_is_documented_and_there(run, quick, tmp_path):
    write(tmp_path / "bar.tif")
    write(tmp_path / "doubtful.tif")
    write(tmp_path / "conflict.tif", 3.0)
    found = {}
    for name in ("bar.tif", "doubtful.tif", "conflict.tif"):
        (record,) = json.loads(run("scale", name, "--json")[1])
        found |= dict.fromkeys(walk(record))
    # Nobody can mark a bar in the picture from the command line.
    assert set(found) == {key for key in SCALE_KEYS if not key.startswith("calibration.marked_bar.")}
    section = DOCS.read_text(encoding="utf-8").split("\n## `nanocaliper scale")[1].split("\n## ")[0]
    documented = re.findall(r"^\| `([\w.\[\]]+)` \|", section, re.MULTILINE)
    own = [key for key in SCALE_KEYS if "." not in key]
    assert documented == own


def test_a_bad_file_fails_by_itself_and_old_pictures_go(run, quick, tmp_path):
    good = write(tmp_path / "in" / "good.tif")
    bad = write(tmp_path / "in" / "bad.tif")
    assert run("scale", "in")[0] == 0
    assert (tmp_path / "scales" / "bad.scale.png").is_file()
    bad.write_text("no image")
    write(tmp_path / "in" / "fault.tif")
    status, out, err = run("scale", "in")
    assert status == 1
    assert "Failed: bad.tif: Cannot read" in err
    assert "Failed: fault.tif: Unexpected error, a fault of the program (ValueError" in err
    assert "3 images: 1 with a scale, 0 without, 2 failed." in out
    left = {path.name for path in (tmp_path / "scales").iterdir()}
    assert left == {"good.scale.png", "good.scale.json", "bad.scale.error.txt", "fault.scale.error.txt"}
    assert "Traceback" in (tmp_path / "scales" / "fault.scale.error.txt").read_text(encoding="utf-8")
    # Healed, and its pictures are no images to read.
    write(bad)
    (tmp_path / "in" / "fault.tif").unlink()
    assert run("scale", ".")[0] == 0
    assert good.is_file()
    assert "2 images: 2 with a scale" in run("scale", ".")[1]


def test_images_of_the_same_name_keep_apart(run, quick, tmp_path):
    for name in ("a/x.tif", "b/x.tif", "b/X.tiff"):
        write(tmp_path / "in" / name)
    assert run("scale", "in")[0] == 0
    pictures = {path.relative_to(tmp_path / "scales").as_posix() for path in tmp_path.rglob("*.scale.png")}
    assert len({name.casefold() for name in pictures}) == 3
    assert "a/x.scale.png" in pictures


def test_options_reach_the_reading(run, quick, tmp_path):
    write(tmp_path / "a.tif", 3.0)
    user = json.loads(run("scale", "a.tif", "--nm-per-px", "4", "--scale-uncertainty", "0.02", "--json")[1])[
        0
    ]
    given = {"nm_per_px": 4.0, "relative_uncertainty": 0.02, "source": "user", "marked_bar": None}
    assert user["calibration"] == given
    assert user["conflict"]["settled_by"] == "user"
    bar = json.loads(run("scale", "a.tif", "--scale-source", "bar", "--json")[1])[0]
    assert (bar["calibration"]["source"], bar["conflict"]["settled_by"]) == ("scale_bar", "scale_bar")
    assert "settled by the user" in bar["warnings"][0]
    tao = json.loads(run("scale", "a.tif", "--scale-method", "tao2025", "--json")[1])[0]
    assert tao["calibration"]["source"] == "metadata"
    assert tao["scale_bar"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.png"], "missing.png"),
        (["a.tif", "--nm-per-px", "0"], "--nm-per-px is 0"),
        (["a.tif", "--nm-per-px", "1", "--scale-uncertainty", "-1"], "--scale-uncertainty is -1"),
        (["a.tif", "--scale-uncertainty", "0.1"], "belongs to a scale given with --nm-per-px"),
        (
            ["a.tif", "--scale-source", "file"],
            "--scale-source is 'file'; expected one of auto, metadata, bar",
        ),
        (["a.tif", "--scale-method", "x"], "--scale-method is 'x'; expected one of nanocaliper, tao2025"),
        (["a.tif", "--nm-per-px", "1", "--scale-source", "bar"], "give only one of them"),
        (["a.tif", "--page", "-1"], "--page is -1"),
        (["a.tif", "-o", "file"], "Cannot write"),
        ([], "Missing argument"),
    ],
)
@pytest.mark.parametrize("command", ["scale", "measure"])
def test_wrong_use_is_status_2(run, quick, tmp_path, command, arguments, said):
    write(tmp_path / "a.tif")
    (tmp_path / "file").write_text("x")
    model = ["--model", "threshold"] if command == "measure" else []
    status, out, err = run(command, *model, *arguments)
    assert status == 2
    assert out == ""
    assert said in err.splitlines()[-1]


def test_progress_bar_on_a_terminal(run, quick, tmp_path, monkeypatch):
    write(tmp_path / "[red]a.tif")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    status, out, err = run("scale", "[red]a.tif")
    assert status == 0
    assert "[1/1]" not in err
    assert "[red]a.tif" in out


def count_banner_rows(picture):
    """Rows of the picture that are red from side to side."""
    red = np.all(np.abs(picture.astype(int) - WARNING_COLOUR) < 8, axis=2)
    return int(np.sum(red[:, [0, -1]].all(axis=1)))


def test_a_conflict_from_the_file_to_the_last_line(run, tmp_path, monkeypatch):
    """Nothing is made up here but the image: text recognition, segmentation and all files are the real ones."""
    write(tmp_path / "in" / "conflict.tif", 3.0)
    status, out, err = run("measure", "in", "--model", "threshold", "-o", "out")
    assert status == 0
    assert "conflict.tif: 3 particles, TWO SCALES DISAGREE" in err
    assert "CONFLICT: pixels" in out
    assert "1 image has two scales that disagree, metadata and scale bar: conflict.tif. Settle it with" in out
    result = json.loads((tmp_path / "out" / "conflict" / "result.json").read_text(encoding="utf-8"))
    assert result["calibration"] is None
    assert result["statistics"]["diameter_nm"] is None
    assert result["conflict"]["metadata_nm_per_px"] == pytest.approx(3.0)
    assert result["conflict"]["scale_bar_nm_per_px"] == pytest.approx(2.0, rel=0.01)
    assert result["conflict"]["settled_by"] is None
    assert "--scale-source" in result["reason"]
    assert result["reason"] in result["warnings"]
    with (tmp_path / "out" / "summary.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["status"], row["nm_per_px"], row["scale_conflict"]) == ("ok", "", "open")
    assert "3 nm per pixel" in row["warnings"]
    overlay = load(tmp_path / "out" / "conflict" / "overlay.png")
    assert count_banner_rows(overlay) > 20


@pytest.mark.slow
def test_a_settled_conflict_gives_nanometres_and_says_so(run, tmp_path):
    write(tmp_path / "in" / "conflict.tif", 3.0)
    for asked, nm_per_px, source in (("metadata", 3.0, "metadata"), ("bar", 2.0, "scale_bar")):
        _, out, _ = run("measure", "in", "--model", "threshold", "-o", "out", "--scale-source", asked)
        assert "1 measured" in out
        assert "two scales that disagree, metadata and scale bar" not in out
        assert "settled by the user" in out
        result = json.loads((tmp_path / "out" / "conflict" / "result.json").read_text(encoding="utf-8"))
        assert result["calibration"]["nm_per_px"] == pytest.approx(nm_per_px, rel=0.01)
        assert (result["calibration"]["source"], result["conflict"]["settled_by"]) == (source, source)
        assert result["provenance"]["settings"]["scale_source"] == asked
        # Discs of 51 px.
        mean_nm = result["statistics"]["diameter_nm"]["mean"]
        assert mean_nm == pytest.approx(51 * nm_per_px, rel=0.03)
        with (tmp_path / "out" / "summary.csv").open(encoding="utf-8", newline="") as file:
            assert next(csv.DictReader(file))["scale_conflict"] == "settled"
        overlay = load(tmp_path / "out" / "conflict" / "overlay.png")
        assert count_banner_rows(overlay) == 0


def test_all_scale_options_are_settings_of_the_measurement(quick, tmp_path):
    path = write(tmp_path / "a.tif", 3.0)
    measured = pipeline.measure(path, model="threshold", scale_source="bar", scale_method="nanocaliper")
    assert measured.calibration.source == "scale_bar"
    assert measured.settings["scale_source"] == "bar"
    measured = pipeline.measure(path, model="threshold", nm_per_px=3.0, scale_uncertainty=0.02)
    assert measured.calibration.relative_uncertainty == 0.02
    assert (measured.settings["scale_uncertainty"], measured.settings["scale_method"]) == (
        0.02,
        "nanocaliper",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows takes no such name")
def test_a_name_cannot_break_the_table_or_command_the_terminal(run, quick, tmp_path):
    write(tmp_path / "in" / "two\nlines \x1b[2J.tif", 2.0, with_bar=False)
    code, out, err = run("scale", "in", "-o", "out")
    assert code == 0
    assert "\x1b" not in out + err
    assert r"two\nlines \x1b[2J.tif" in out
    assert r"two\nlines \x1b[2J.tif" in err


def test_a_picture_that_cannot_be_written_costs_one_image(run, quick, tmp_path):
    for name in ("a.tif", "b.tif", "c.tif"):
        write(tmp_path / "in" / name, 2.0, with_bar=False)
    (tmp_path / "out" / "b.scale.png").mkdir(parents=True)
    code, out, err = run("scale", "in", "-o", "out")
    assert code == 1
    assert "3 images: 2 with a scale, 0 without, 1 failed." in out
    assert "Failed: b.tif: Cannot write" in err
    assert (tmp_path / "out" / "c.scale.json").is_file()


@pytest.mark.parametrize("out", ["file", "file/below"])
def test_a_folder_that_cannot_be_written_is_found_out_first(run, tmp_path, monkeypatch, out):
    (tmp_path / "file").touch()
    write(tmp_path / "a.tif", 2.0)
    monkeypatch.setattr("nanocaliper.micrograph.read.read", lambda *_, **__: pytest.fail("it was read"))
    code, _, err = run("scale", "a.tif", "-o", out)
    assert code == 2
    assert "Cannot write" in err


@pytest.mark.parametrize("command", ["scale", "measure"])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--nm-per-px", "1e300"), "which no microscope has"),
        (("--nm-per-px", "1e-300"), "which no microscope has"),
        (("--nm-per-px", "2", "--scale-uncertainty", "5"), "which is 500 %; expected less than 1"),
        (("--nm-per-px", "2", "--scale-uncertainty", "1e300"), "expected less than 1"),
    ],
)
def test_absurd_numbers_are_wrong_use(run, tmp_path, command, arguments, said):
    write(tmp_path / "a.tif", 2.0)
    code, out, err = run(command, "a.tif", *arguments)
    assert code == 2
    assert said in err
    assert len(err) < 400
    assert not out
