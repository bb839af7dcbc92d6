"""Runs of true values against a walk along the line."""

from itertools import groupby

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nanocaliper.calibration.runs import find_runs, longest_run


@given(st.lists(st.booleans(), max_size=30))
def test_runs_are_those_that_a_walk_along_the_line_meets(values: list[bool]) -> None:
    expected, at = [], 0
    for value, group in groupby(values):
        length = len(list(group))
        if value:
            expected.append((at, at + length))
        at += length
    line = np.array(values, dtype=bool)
    assert find_runs(line) == expected
    assert longest_run(line) == max((stop - start for start, stop in expected), default=0)
