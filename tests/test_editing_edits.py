"""Reading and writing edits: nothing but a correct one is taken, and a correct one comes back the same."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocaliper.editing.edits import EDIT_KINDS, POINTS_MAX, Draw, describe_edit, read_edit
from nanocaliper.errors import EditError
from nanocaliper.particles.shapes import CLASSES

SQUARE = [[1, 1], [1, 9], [9, 9], [9, 1]]
EXAMPLES = [
    {"kind": "delete", "particles": [3, 4]},
    {"kind": "restore", "particles": [3]},
    {"kind": "draw", "outline": SQUARE, "shape": "sphere"},
    {"kind": "draw", "outline": SQUARE, "shape": None},
    {"kind": "merge", "particles": [3, 4]},
    {"kind": "split", "particle": 3, "line": [[0, 0], [9.5, 3.25]]},
    {"kind": "repaint", "particle": 3, "outline": SQUARE},
    {"kind": "set_class", "particles": [3], "shape": "rod"},
    {"kind": "set_class", "particles": [3], "shape": ""},
    {"kind": "exclude_region", "outline": SQUARE},
    {"kind": "include_region", "region": 1},
]


def test_examples_cover_every_kind():
    assert {example["kind"] for example in EXAMPLES} == set(EDIT_KINDS)


@pytest.mark.parametrize("example", EXAMPLES)
def test_what_is_read_is_written_the_same(example):
    edit = read_edit(example)
    written = describe_edit(edit)
    assert written == example
    assert read_edit(json.loads(json.dumps(written))) == edit


def test_shape_of_a_drawing_may_be_left_out():
    assert read_edit({"kind": "draw", "outline": SQUARE}) == Draw(
        tuple((float(r), float(c)) for r, c in SQUARE)
    )


@pytest.mark.parametrize(
    ("given_edit", "words"),
    [
        (None, "expected an object"),
        ([], "expected an object"),
        ({}, "expected one of delete"),
        ({"kind": "erase"}, "'erase'"),
        ({"kind": ["delete"]}, "expected one of"),
        ({"kind": "delete"}, "lacks the key 'particles'"),
        ({"kind": "delete", "particles": []}, "expected a list of numbers"),
        ({"kind": "delete", "particles": "12"}, "expected a list of numbers"),
        ({"kind": "delete", "particles": [True]}, "whole number"),
        ({"kind": "delete", "particles": [1.5]}, "whole number"),
        ({"kind": "delete", "particles": [0]}, "1 or more"),
        ({"kind": "delete", "particles": [2**31]}, "1 or more"),
        ({"kind": "delete", "particles": [4, 4]}, "particle 4 twice"),
        ({"kind": "delete", "particles": [4], "why": 1}, "key 'why'"),
        ({"kind": "merge", "particles": [4]}, "two or more"),
        ({"kind": "draw", "outline": 5}, "list of points"),
        ({"kind": "draw", "outline": [[1, 1], [5, 5]]}, "2 points"),
        ({"kind": "draw", "outline": [[1, 1], [5, 5], [1, 1]]}, "2 points"),
        ({"kind": "draw", "outline": [[1, 1], [5, 5], [9, 9]]}, "without area"),
        ({"kind": "draw", "outline": [[1, 1], [5, math.nan], [9, 0]]}, "px of the image"),
        ({"kind": "draw", "outline": [[1, 1], [5, math.inf], [9, 0]]}, "px of the image"),
        ({"kind": "draw", "outline": [[1, 1], [5, "2"], [9, 0]]}, "two numbers"),
        ({"kind": "draw", "outline": [[1, 1], [5, 2, 3], [9, 0]]}, "two numbers"),
        ({"kind": "draw", "outline": [[k, k % 7] for k in range(POINTS_MAX + 1)]}, "at most 10000"),
        ({"kind": "draw", "outline": SQUARE, "shape": "banana"}, "'banana'"),
        ({"kind": "set_class", "particles": [1], "shape": None}, "null"),
        ({"kind": "split", "particle": 1, "line": [[2, 2], [2, 2]]}, "1 points"),
        ({"kind": "include_region", "region": -1}, "1 or more"),
    ],
)
def test_nonsense_is_refused_in_words(given_edit, words):
    with pytest.raises(EditError, match=words.replace("[", r"\[")) as caught:
        read_edit(given_edit)
    assert len(str(caught.value)) < 250


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.sampled_from(sorted(EDIT_KINDS)), st.data())
def test_whatever_comes_is_an_edit_or_an_edit_error(kind, data):
    names = ["particles", "particle", "outline", "line", "shape", "region"]
    rest = data.draw(st.dictionaries(st.sampled_from(names), json_values, max_size=3))
    try:
        edit = read_edit({"kind": kind, **rest})
    except EditError:
        return
    assert read_edit(describe_edit(edit)) == edit


points = st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)).map(list)


@settings(deadline=None)
@given(st.lists(points, min_size=3, max_size=12), st.sampled_from([None, *CLASSES]))
def test_drawings_come_back_to_the_last_digit(outline, shape):
    try:
        edit = read_edit({"kind": "draw", "outline": outline, "shape": shape})
    except EditError:
        return
    assert describe_edit(edit) == {"kind": "draw", "outline": outline, "shape": shape}
