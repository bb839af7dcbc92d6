import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from hand_made import BAR, draw_discs, make_measurement
from nanocaliper.calibration.calibration import Calibration, ScaleConflict
from nanocaliper.micrograph.micrograph import Box, Micrograph
from nanocaliper.report.json_schema import (
    SCHEMA_FILES,
    make_result_schema,
    make_statistics_schema,
    read_schema,
)
from nanocaliper.report.result_json import describe_measurement, encode_json
from nanocaliper.report.result_keys import SCHEMA
from nanocaliper.report.statistics_folder import describe_statistics
from nanocaliper.report.statistics_keys import ANALYSIS_KEYS, STATISTICS_KEYS, STATISTICS_SCHEMA
from nanocaliper.report.statistics_tables import BUDGET_COLUMNS, COMPARISON_COLUMNS, SAMPLE_COLUMNS
from nanocaliper.statistics.analysis_options import AnalysisOptions
from nanocaliper.statistics.comparison import compare_samples
from nanocaliper.statistics.samples import analyse_sample
from simulated_particles import draw_lognormal, make_image

OUTPUTS = Path(__file__).resolve().parents[1] / "docs" / "outputs.md"
NONE: list[tuple[float, float, float]] = []
MANY = [(20.0 + 25 * (k // 8), 20.0 + 25 * (k % 8), 6.0 + 0.2 * k) for k in range(24)]


def check(content):
    """Validate a file as it is read back."""
    plain = json.loads(encode_json(content))
    jsonschema.Draft202012Validator(read_schema(plain["schema"])).validate(plain)
    return plain


def test_shipped_schemas_are_those_of_the_keys():
    # After a change of keys: python -m nanocaliper.report.json_schema
    assert read_schema(SCHEMA) == make_result_schema()
    assert read_schema(STATISTICS_SCHEMA) == make_statistics_schema()
    for name in SCHEMA_FILES:
        jsonschema.Draft202012Validator.check_schema(read_schema(name))


@pytest.mark.parametrize("discs", [NONE, MANY[:1], MANY[:3], MANY])
@pytest.mark.parametrize(
    "calibration",
    [
        Calibration(2.0, 0.01, "scale_bar", scale_bar=BAR, annotations=(Box(160, 20, 182, 72),)),
        Calibration(2.0, None, "user"),
        Calibration(None, None, None, reason="No scale bar found.", best_guess=BAR),
        Calibration(
            None, None, None, reason="Two.", scale_bar=BAR, conflict=ScaleConflict(2.1, 2.0, 0.004, 0.03)
        ),
    ],
)
def test_results_are_valid(discs, calibration):
    pixels, labels = draw_discs((200, 240), discs)
    micrograph = Micrograph(pixels, source="a.tif", metadata={"gain": float("nan"), "size": (1, 2)})
    result = check(describe_measurement(make_measurement(micrograph, labels, calibration)))
    assert result["statistics"]["analysis"]["count"] == len(discs)
    assert result["statistics"]["field"] == {"rows": 200, "cols": 240}


def test_a_key_too_many_or_too_few_or_of_another_type_is_invalid():
    pixels, labels = draw_discs((200, 240), MANY)
    measured = make_measurement(Micrograph(pixels), labels, Calibration(2.0, 0.01, "user"))
    validator = jsonschema.Draft202012Validator(read_schema(SCHEMA))
    for spoil in (
        lambda result: result["image"].update(colour="red"),
        lambda result: result["counts"].pop("found"),
        lambda result: result["statistics"]["analysis"]["intervals"]["d50"].update(low="3"),
        lambda result: result["statistics"]["analysis"]["budgets"][0]["rows"][0].pop("source"),
        lambda result: result.update(schema="nanocaliper-result/1"),
    ):
        result = json.loads(encode_json(describe_measurement(measured)))
        assert validator.is_valid(result)
        spoil(result)
        assert not validator.is_valid(result)


def make_samples():
    images = {
        "a": [make_image(f"a{k}", draw_lognormal(60, k), 1 + k, cut=2, shape="rod") for k in range(3)],
        "b": [make_image("b", draw_lognormal(60, 9, 60), agglomerate=[1] * 60)],
        "few": [make_image("few", [30.0]), make_image("bare", [30.0], calibrated=False)],
        "none": [make_image("none", [])],
        "same": [make_image("same", [30.0] * 30), make_image("more", [30.0] * 30)],
        "huge": [make_image("huge", [990.0, 1500.0, 1200.0])],
    }
    edits = {"grating": {"relative_standard_uncertainty": 0.01, "source": "Certificate."}}
    options = AnalysisOptions(edits=edits, repeatability=0.02)
    return images, [analyse_sample(name, parts, options) for name, parts in images.items()]


def test_statistics_are_valid():
    images, samples = make_samples()
    comparisons = compare_samples(samples)
    settings = {"samples": Path("x.csv"), "precision": 0.05}
    content = check(
        describe_statistics("compare", ["out"], settings, samples, images, comparisons, version="1")
    )
    assert len(content["comparisons"]) == 15
    assert content["samples"][0]["pooled"]["fits"][0]["goodness"]["replicates"] == 499
    assert content["samples"][2]["left_out"].keys() == {"bare"}
    px = analyse_sample("px", [make_image("px", draw_lognormal(30, 1), calibrated=False)])
    pictures = {"px": [make_image("px", draw_lognormal(30, 1), calibrated=False)]}
    content = check(describe_statistics("stats", ["out"], {}, [px], pictures, version="1"))
    assert content["samples"][0]["pooled"]["verdict"] is None
    assert content["samples"][0]["pooled"]["unit"] == "px"


def test_same_results_give_the_same_bytes_but_for_the_time():
    images, _ = make_samples()
    made = []
    for _ in range(2):
        sample = analyse_sample("a", images["a"])
        content = describe_statistics("stats", ["out"], {}, [sample], {"a": images["a"]}, version="1")
        del content["provenance"]["written_at"]
        made.append(encode_json(content))
    assert made[0] == made[1]


def read_table(heading):
    section = OUTPUTS.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \| (.*) \|$", section, re.MULTILINE)


def test_every_key_and_column_is_documented():
    assert read_table("An analysis") == [(name, key.meaning) for name, key in ANALYSIS_KEYS.items()]
    assert read_table("`statistics.json`") == [(name, key.meaning) for name, key in STATISTICS_KEYS.items()]
    for heading, columns in (
        ("`statistics.csv`", SAMPLE_COLUMNS),
        ("`budget.csv`", BUDGET_COLUMNS),
        ("`comparison.csv`", COMPARISON_COLUMNS),
    ):
        expected = [(name, f"{column.unit} | {column.meaning}") for name, column in columns.items()]
        assert read_table(heading) == expected


def test_measurement_of_uncertainty_free_scale_says_so():
    pixels, labels = draw_discs((200, 240), MANY)
    measured = make_measurement(Micrograph(pixels), labels, Calibration(2.0, None, "user"))
    measured = replace(measured, seconds={})
    budget = describe_measurement(measured)["statistics"]["analysis"]["budgets"][0]
    assert any("without an uncertainty" in warning for warning in budget["warnings"])
