"""``nanocaliper stats`` and ``nanocaliper compare``, from images to files."""

import csv
import json
import re

import jsonschema
import numpy as np
import pytest

from hand_made import measure_bright, write_discs
from nanocaliper.cli import main
from nanocaliper.report.json_schema import read_schema

SHAPE = (420, 420)


def draw_grid(radius, seed):
    """Discs that do not touch, with radii of 15 % standard deviation."""
    rng = np.random.default_rng(seed)
    radii = radius * np.exp(rng.normal(0, 0.15, 36))
    return [(35 + 70 * (k // 6), 35 + 70 * (k % 6), float(radii[k])) for k in range(36)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Results of two samples, three images each, measured with 2 nm/px; small is smaller."""
    made = tmp_path_factory.mktemp("stats")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        patch.setattr("nanocaliper.pipeline.measure", measure_bright)
        for name, radius in (("small", 12), ("large", 18)):
            for k in range(3):
                write_discs(made / f"{name}_images" / f"{k}.png", draw_grid(radius, 10 * radius + k), SHAPE)
            with pytest.raises(SystemExit) as end:
                main(["measure", f"{name}_images", "-o", name, "--nm-per-px", "2", "--model", "threshold"])
            assert end.value.code == 0
        write_discs(made / "bare_images" / "bare.png", draw_grid(12, 1), SHAPE)
        write_discs(made / "bare_images" / "empty.png", [], SHAPE)
        with pytest.raises(SystemExit):
            main(["measure", "bare_images", "-o", "bare", "--model", "threshold"])
    return made


@pytest.fixture
def run(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)

    def run_command(*arguments):
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return end.value.code, printed.out, printed.err

    return run_command


def read_json(path):
    content = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(content, read_schema(content["schema"]))
    return content


def read_rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_stats_puts_the_images_of_a_folder_together(run, folder):
    status, out, err = run("stats", "small", "--no-figures", "--precision", "0.01")
    assert (status, err) == (0, "[1/1] small: 108 particles of 3 images\n")
    content = read_json(folder / "small" / "statistics" / "statistics.json")
    (sample,) = content["samples"]
    # Radius 12 px at 2 nm/px: median diameter 48 nm, which 108 drawn ones meet within 3 %.
    d50 = sample["pooled"]["intervals"]["d50"]
    assert d50["low"] < 48 < d50["high"]
    assert d50["estimate"] == pytest.approx(48, rel=0.05)
    assert sample["agreement"]["agree"] is True
    assert sample["pooled"]["verdict"]["conclusion"] == "yes"
    assert f"{d50['estimate']:.4g} nm" in out
    for said in (
        "small: 108 particles of 3 images; diameter_equivalent_nm by number",
        "95 % interval",
        "more particles for ±1 %",
        "uncertainty of D50",
        "(k = 2)",
        "The 3 images agree",
        "Nanomaterial by 2022/C 229/01: yes.",
        "Repeatability was not given",
    ):
        assert said in out
    rows = read_rows(folder / "small" / "statistics" / "statistics.csv")
    assert [row["image"] for row in rows] == ["", "0.png", "1.png", "2.png"]
    assert float(rows[0]["d50"]) == pytest.approx(d50["estimate"], rel=1e-5)
    assert float(rows[0]["d50_low"]) == pytest.approx(d50["low"], rel=1e-5)
    budget = read_rows(folder / "small" / "statistics" / "budget.csv")
    d50_rows = [row for row in budget if row["statistic"] == "d50"]
    parts = [float(row["contribution"]) for row in d50_rows if row["source"] not in ("combined", "expanded")]
    assert float(d50_rows[-1]["contribution"]) == pytest.approx(2 * np.hypot.reduce(parts), rel=1e-4)


def test_stats_again_gives_the_same(run, folder):
    made = []
    for _ in range(2):
        run("stats", "large", "--no-figures", "-o", "again")
        made.append(read_json(folder / "again" / "statistics.json"))
        del made[-1]["provenance"]["written_at"]
    assert made[0] == made[1]


def test_options_reach_the_numbers(run, folder):
    (folder / "edits.toml").write_text(
        '[magnification]\nhalf_width = 0.01\nsource = "Grating."\n', encoding="utf-8"
    )
    status, out, _ = run(
        "stats", "large", "small", "--by", "run", "--measurand", "feret_min", "--basis", "volume", "--no-figures",
        "--repeatability", "0.02", "--budget", "edits.toml", "--detection-limit", "40", "--seed", "5", "-o", "opts",
    )  # fmt: skip
    assert status == 0
    assert "feret_min_nm by volume" in out
    content = read_json(folder / "opts" / "statistics.json")
    assert [sample["name"] for sample in content["samples"]] == ["large", "small"]
    pooled = content["samples"][1]["pooled"]
    assert (pooled["measurand"], pooled["basis"], pooled["seed"]) == ("feret_min_nm", "volume", 5)
    assert pooled["left_out"]["below_detection_limit"] > 0
    assert pooled["fits"][0]["truncated_at"] == 40
    rows = {row["name"]: row for row in pooled["budgets"][0]["rows"]}
    assert rows["magnification"]["source"] == "Grating."
    assert rows["repeatability"]["contribution"] == pytest.approx(0.02 * pooled["budgets"][0]["value"])
    assert content["provenance"]["settings"]["budget"] == "edits.toml"


def test_image_without_scale_among_others_is_left_out_loudly(run, folder):
    status, out, _ = run("stats", "small", "bare", "--no-figures", "-o", "mixed")
    assert status == 1
    assert "2 of 5 images are LEFT OUT. 'bare/bare.png': It has no calibration" in out
    (sample,) = read_json(folder / "mixed" / "statistics.json")["samples"]
    assert list(sample["left_out"]) == ["bare/bare.png", "bare/empty.png"]
    assert sample["pooled"]["count"] == 108


def test_without_scale_all_is_in_pixels_and_empty_images_are_said(run, folder):
    status, out, _ = run("stats", "bare", "--by", "image", "--no-figures")
    assert status == 0
    assert "sizes are in PIXELS" in out
    assert "Nanomaterial: not judged. The definition is in nanometres" in out
    assert "There is no particle to make statistics of: none was found." in out
    assert not re.search(r"\d nm\b", out)
    names = [
        sample["name"] for sample in read_json(folder / "bare" / "statistics" / "statistics.json")["samples"]
    ]
    assert names == ["bare.png", "empty.png"]


def test_samples_from_a_list(run, folder):
    (folder / "list.csv").write_text(
        "image,sample\nsmall/0.png,A\nlarge/0.png,B\nlarge/1.png,B\n", encoding="utf-8"
    )
    status, out, _ = run("compare", "small", "large", "--samples", "list.csv", "--no-figures", "-o", "listed")
    assert status == 1
    assert "3 images are in no sample of the list: small/1.png, small/2.png, large/2.png." in out
    content = read_json(folder / "listed" / "statistics.json")
    assert [(sample["name"], len(sample["images"])) for sample in content["samples"]] == [("A", 1), ("B", 2)]


def test_compare(run, folder):
    status, out, _ = run("compare", "small", "large", "--no-figures")
    assert status == 0
    assert "'small' is smaller than 'large': mean " in out
    assert "Hedges' g" in out
    (pair,) = read_json(folder / "comparison" / "statistics.json")["comparisons"]
    median = next(one for one in pair["contrasts"] if one["statistic"] == "d50")
    # Radii of 12 and 18 px.
    assert median["ratio_low"] < 2 / 3 < median["ratio_high"]
    rows = read_rows(folder / "comparison" / "comparison.csv")
    (ratio,) = [row for row in rows if row["kind"] == "ratio" and row["name"] == "d50"]
    assert float(ratio["value"]) == pytest.approx(median["ratio"], rel=1e-5)
    assert {row["name"] for row in rows if row["kind"] == "test"} >= {"welch_t_of_images", "mann_whitney"}


@pytest.mark.slow
def test_figures(run, folder):
    status, out, _ = run("stats", "small", "-o", "drawn")
    assert status == 0
    drawn = {path.name for path in (folder / "drawn").iterdir()}
    assert {
        "histogram.svg",
        "histogram.png",
        "images.svg",
        "quantiles_lognormal.svg",
        "uncertainty.png",
    } <= drawn
    assert "Figures: 8 in drawn" in out
    run("compare", "small", "large", "-o", "drawn_pair")
    assert (folder / "drawn_pair" / "comparison.svg").is_file()
    assert (folder / "drawn_pair" / "small" / "histogram.svg").is_file()


def test_many_samples_are_a_row_each(run):
    status, out, _ = run("stats", "small", "large", "--by", "image", "--no-figures", "-o", "rows")
    assert status == 0
    assert "uncertainty of D50" not in out
    assert len(re.findall(r"(?m)^ ?(?:small|large)/\d\.png  ", out)) == 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stats", "nothing"], "There is no folder 'nothing'"),
        (["stats", "small_images"], "holds no results"),
        (["stats", "small", "small"], "given twice"),
        (["stats", "small", "--by", "day"], "--by is 'day'"),
        (["stats", "small", "--measurand", "ball"], "'ball' is unknown"),
        (["stats", "bare", "--measurand", "feret_min_nm"], "needs nanometres"),
        (["stats", "small", "--basis", "mass"], "'mass' is unknown"),
        (["stats", "small", "--precision", "0"], "precision 0"),
        (["stats", "small", "--shape", "ball"], "'ball' is unknown"),
        (["stats", "small", "--budget", "nothing.toml"], "nothing.toml"),
        (["stats", "small", "--samples", "nothing.csv"], "nothing.csv"),
        (["stats", "small", "--no-figures", "-o", "small/summary.csv"], "Cannot write"),
        (["compare", "small"], "There is 1 sample to compare"),
        (["compare", "small", "bare"], "different kinds"),
        (["stats"], "Missing argument"),
    ],
)
def test_wrong_use_is_one_sentence_and_status_2(run, arguments, said):
    status, _, err = run(*arguments)
    assert status == 2
    assert err.splitlines()[-1].startswith("Error: ")
    assert said in err


def test_results_of_an_older_version_are_refused(run, folder):
    path = folder / "large" / "0" / "result.json"
    before = path.read_text(encoding="utf-8")
    try:
        path.write_text(before.replace("nanocaliper-result/2", "nanocaliper-result/1"), encoding="utf-8")
        status, _, err = run("stats", "large")
    finally:
        path.write_text(before, encoding="utf-8")
    assert status == 2
    assert "written by another version" in err
    assert "Measure the image again" in err
