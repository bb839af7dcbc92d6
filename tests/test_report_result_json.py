import json
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from hand_made import BAR, SETTINGS, draw_discs, make_measurement
from nanocaliper.calibration.calibration import Calibration, ScaleConflict
from nanocaliper.calibration.marked_bar import MarkedBar
from nanocaliper.micrograph.acquisition import Acquisition
from nanocaliper.micrograph.micrograph import Box, Micrograph
from nanocaliper.report.result_json import describe_calibration, describe_measurement, encode_json
from nanocaliper.report.result_keys import FREE_KEYS, RESULT_KEYS, SCHEMA

MARKED = MarkedBar((180.0, 20.0), (180.0, 70.0), 100.0, "nm")
CONFLICT = ScaleConflict(2.1, 2.0, 0.004, 0.03)
OUTPUTS = Path(__file__).resolve().parents[1] / "docs" / "outputs.md"


@pytest.fixture
def measured():
    pixels, labels = draw_discs((200, 240), [(60, 60, 20), (120, 150, 30), (100, 0, 15)])
    micrograph = Micrograph(
        pixels,
        source="folder/a.tif",
        format="TIFF",
        sha256="ab" * 32,
        pages=3,
        metadata={"voltage_kV": 5.0, "gain": math.nan, "size": (1, 2)},
        acquisition=Acquisition("Zeiss", voltage_kv=5.0, detector="InLens", rows=190, cols=240),
        data_strips=(Box(190, 0, 200, 240),),
        warnings=("The file has 3 pages.",),
    )
    calibration = Calibration(
        2.0,
        0.004,
        "scale_bar",
        scale_bar=BAR,
        annotations=(Box(160, 20, 182, 72),),
        warnings=("They disagree.",),
    )
    return make_measurement(micrograph, labels, calibration)


def walk(value, prefix=""):
    """Every key of a result, dotted; nothing inside free-form ones."""
    for key, item in value.items():
        name = prefix + key
        yield name
        if name in FREE_KEYS:
            continue
        if isinstance(item, dict):
            yield from walk(item, name + ".")
        elif isinstance(item, list):
            for element in item:
                if isinstance(element, dict):
                    yield from walk(element, name + "[].")


def test_result_has_exactly_the_keys_that_have_a_meaning(measured):
    # No image has all of these at once; here it has, so that every key is there.
    calibration = replace(measured.calibration, conflict=CONFLICT, best_guess=BAR, marked_bar=MARKED)
    measured = replace(measured, calibration=calibration, edits=({"kind": "delete", "particles": [1]},))
    assert list(walk(describe_measurement(measured))) == list(RESULT_KEYS)


def test_every_key_is_documented():
    section = OUTPUTS.read_text(encoding="utf-8").split("\n## `result.json`")[1].split("\n## ")[0]
    documented = re.findall(r"^\| `([\w.\[\]]+)` \|", section, re.MULTILINE)
    assert documented == list(RESULT_KEYS)


def test_content_is_what_was_measured(measured):
    result = json.loads(encode_json(describe_measurement(measured)))
    assert result["schema"] == SCHEMA == "nanocaliper-result/2"
    image = result["image"]
    assert (image["path"], image["name"], image["rows"], image["cols"]) == ("folder/a.tif", "a.tif", 200, 240)
    assert image["data_strips"] == [{"row_start": 190, "col_start": 0, "row_stop": 200, "col_stop": 240}]
    assert image["metadata"] == {"voltage_kV": 5.0, "gain": None, "size": [1, 2]}
    assert (image["acquisition"]["maker"], image["acquisition"]["voltage_kv"]) == ("Zeiss", 5.0)
    assert image["acquisition"]["magnification"] is None
    assert result["calibration"] == {
        "nm_per_px": 2.0,
        "relative_uncertainty": 0.004,
        "source": "scale_bar",
        "marked_bar": None,
    }
    assert result["reason"] is None
    assert result["scale_bar"]["nm_per_px"] == pytest.approx(100 / 50)
    assert result["counts"] == {"found": 3, "measured": 2, "left_out": {"too_small": 2, "touches_border": 1}}
    assert result["statistics"]["diameter_nm"]["mean"] == pytest.approx(100, rel=0.01)
    assert result["statistics"]["diameter_px"]["count"] == 2
    assert result["warnings"] == ["The file has 3 pages.", "They disagree."]
    provenance = result["provenance"]
    assert provenance["input_sha256"] == image["sha256"] == "ab" * 32
    assert provenance["seconds"] == {"read": 0.25, "segment": 0.5, "total": 0.75}
    assert provenance["settings"] == SETTINGS


def test_without_calibration_there_is_a_reason_and_no_nanometre(measured):
    bare = make_measurement(
        measured.micrograph,
        measured.segmentation.labels,
        Calibration(None, None, None, reason="No scale bar found."),
    )
    result = describe_measurement(bare)
    assert result["calibration"] is None
    assert result["reason"] == "No scale bar found."
    assert result["statistics"]["diameter_nm"] is None
    assert result["statistics"]["diameter_px"]["d50"] == pytest.approx(50, rel=0.01)


def test_conflict_names_both_scales_and_gives_none(measured):
    conflicting = Calibration(None, None, None, reason="Two scales.", scale_bar=BAR, conflict=CONFLICT)
    result = describe_calibration(conflicting)
    assert result["calibration"] is None
    assert result["scale_bar"]["nm_per_px"] == 2.0
    assert result["conflict"] == {
        "metadata_nm_per_px": 2.1,
        "scale_bar_nm_per_px": 2.0,
        "scale_bar_relative_uncertainty": 0.004,
        "relative_difference": pytest.approx(2.0 / 2.1 - 1),
        "limit": 0.03,
        "settled_by": None,
    }


def test_guess_is_apart_from_the_bar_and_has_no_confidence_where_the_method_gives_none():
    guessed = Calibration(None, None, None, reason="Doubtful.", best_guess=replace(BAR, confidence=math.nan))
    result = json.loads(encode_json(describe_calibration(guessed)))
    assert result["scale_bar"] is None
    assert result["scale_bar_guess"]["text"] == BAR.text
    assert result["scale_bar_guess"]["confidence"] is None


def test_without_particles_numbers_are_null(measured):
    empty = make_measurement(measured.micrograph, measured.segmentation.labels * 0, measured.calibration)
    result = json.loads(encode_json(describe_measurement(empty)))
    assert result["counts"]["found"] == 0
    assert result["statistics"]["diameter_nm"] == {
        "count": 0,
        "mean": None,
        "sd": None,
        "d10": None,
        "d50": None,
        "d90": None,
    }


def test_same_measurement_gives_the_same_bytes_but_for_times(measured):
    first, second = (
        describe_measurement(replace(measured, seconds={"read": seconds})) for seconds in (1.0, 2.0)
    )
    for result in (first, second):
        del result["provenance"]["seconds"], result["provenance"]["written_at"]
    assert encode_json(first) == encode_json(second)


def test_json_is_strict_and_any_file_name_survives():
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_json({"a": math.nan})
    name = "µ “ü” \udcff.png"
    assert json.loads(encode_json({"name": name})) == {"name": name}
