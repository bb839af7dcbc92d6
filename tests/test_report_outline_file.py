import json
import re
from pathlib import Path

import numpy as np
import pytest

from hand_made import draw_discs, make_measurement
from nanocaliper.calibration.calibration import Calibration
from nanocaliper.micrograph.micrograph import Micrograph
from nanocaliper.report.outline_file import OUTLINE_SCHEMA, decode_outlines, encode_outlines

OUTPUTS = Path(__file__).resolve().parents[1] / "docs" / "outputs.md"
DISCS = [(60.0, 60.0, 20.0), (120.0, 150.0, 30.0), (100.0, 0.0, 15.0)]


@pytest.fixture(scope="module")
def found():
    pixels, labels = draw_discs((200, 240), DISCS)
    return make_measurement(Micrograph(pixels), labels, Calibration(2.0, 0.01, "user")).found


def walk(value, prefix=""):
    """Every key, dotted; of a list the first element."""
    for key, item in value.items():
        if not isinstance(item, dict):
            yield prefix + key
        inner = item[0] if isinstance(item, list) and isinstance(item[0], dict) else item
        if isinstance(inner, dict):
            yield from walk(inner, f"{prefix}{key}{'[]' if inner is not item else ''}.")


def test_every_key_is_in_the_docs(found):
    section = OUTPUTS.read_text(encoding="utf-8").split("\n## `outlines.geojson`")[1].split("\n## ")[0]
    documented = re.findall(r"^\| `(.*?)` \|", section, re.MULTILINE)
    assert sorted(documented) == sorted(walk(json.loads(encode_outlines(found, 200, 240))))
    assert OUTLINE_SCHEMA in section


def test_it_is_geojson_with_a_line_a_particle(found):
    content = encode_outlines(found, 200, 240)
    read = json.loads(content)
    assert (read["type"], read["rows"], read["cols"]) == ("FeatureCollection", 200, 240)
    assert len(content.splitlines()) == len(found.outlines) + 2
    for feature, (row, col, radius) in zip(read["features"], DISCS, strict=True):
        (ring,) = feature["geometry"]["coordinates"]
        assert ring[0] == ring[-1]
        # The disc's own pixel coordinates: x is the column.
        inside = [point for point in ring if point[0] > 1]
        distance = [np.hypot(x - col, y - row) for x, y in inside]
        np.testing.assert_allclose(distance, radius, atol=0.8)
        assert feature["properties"]["touches_border"] == (col == 0)


def test_outlines_come_back(found):
    back = decode_outlines(encode_outlines(found, 200, 240), [1, 2, 3])
    for one, other in zip(found.outlines, back, strict=True):
        np.testing.assert_allclose(other, one, rtol=0, atol=5.1e-5)


def test_no_particles():
    pixels, labels = draw_discs((50, 60), [])
    found = make_measurement(Micrograph(pixels), labels, Calibration(None, None, None, reason="None.")).found
    content = encode_outlines(found, 50, 60)
    assert json.loads(content)["features"] == []
    assert decode_outlines(content, []) == ()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"schema": "nanocaliper-outlines/2"}'])
def test_damaged_file_is_a_value_error(content):
    with pytest.raises(ValueError, match=r"."):
        decode_outlines(content, [])


def test_outlines_of_other_particles_are_a_value_error(found):
    with pytest.raises(ValueError, match="3 outlines, but not those"):
        decode_outlines(encode_outlines(found, 200, 240), [1, 2])
