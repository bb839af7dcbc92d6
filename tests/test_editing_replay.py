"""Corrections give the sizes that were drawn, take nothing from others, and can be taken back exactly."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candidate_images import DISCS, SHAPE, area, circle, diameter, edit, make_candidates
from nanocaliper.editing.review import find_changed, review
from nanocaliper.errors import EditError
from nanocaliper.particles.filters import ParticleLimits
from nanocaliper.particles.outlined import outline_particles

CANDIDATES = make_candidates()
BASE = review(CANDIDATES)


def states(reviewed):
    everything = reviewed.everything
    return dict(zip(everything.table["particle"].tolist(), everything.states, strict=True))


def same(one, two):
    for first, second in ((one.found.table, two.found.table), (one.everything.table, two.everything.table)):
        pd.testing.assert_frame_equal(first, second, check_exact=True)
    assert one.everything.states == two.everything.states
    assert dict(one.found.left_out) == dict(two.found.left_out)
    np.testing.assert_array_equal(one.segmentation.labels, two.segmentation.labels)
    for first, second in zip(one.everything.outlines, two.everything.outlines, strict=True):
        np.testing.assert_array_equal(first, second)


def test_state_of_every_candidate_and_nothing_lost():
    expected = {1: "counted", 2: "counted", 3: "counted", 4: "touches_border", 5: "low_score"}
    assert states(BASE) == expected
    assert dict(BASE.found.left_out) == {"annotation": 2, "low_score": 1, "touches_border": 1}
    assert BASE.found.table["particle"].tolist() == [1, 2, 3, 4]
    assert diameter(BASE, 3) == pytest.approx(31.0, abs=0.05)


@pytest.mark.parametrize("centre", [(100.0, 110.0), (100.37, 110.81), (98.5, 109.5)])
@pytest.mark.parametrize("radius", [20.3, 7.4, 3.2])
def test_a_drawn_circle_has_its_diameter(centre, radius):
    drawn = review(CANDIDATES, [edit("draw", outline=circle(*centre, radius))])
    # Between pixel centres the outline is made of straight lines: a circle loses about 0.1 px²/px of its width.
    assert diameter(drawn, 6) == pytest.approx(2 * radius, abs=0.1)
    row = drawn.found.table.set_index("particle").loc[6]
    assert (row["row"], row["col"]) == pytest.approx(centre, abs=0.02)
    assert row["edited"] == "drawn"
    assert np.isnan(row["score"])


def test_a_drawn_circle_at_the_edge_of_the_image_is_cut_there():
    drawn = review(CANDIDATES, [edit("draw", outline=circle(159.5, 100, 12.0))])
    assert area(drawn, 6) == pytest.approx(np.pi * 144 / 2, rel=0.01)
    assert states(drawn)[6] == "touches_border"


def test_a_drawn_particle_takes_no_pixel_of_counted_ones():
    drawn = review(CANDIDATES, [edit("draw", outline=circle(110, 75, 14))])
    before, after = BASE.segmentation.labels, drawn.segmentation.labels
    assert ((before == 3) == (after == 3)).all()
    assert diameter(drawn, 3) == pytest.approx(31.0, abs=0.15)
    # All of the drawn circle is particle now, each pixel once.
    rows, cols = np.indices(SHAPE)
    inside = np.hypot(rows - 110, cols - 75) < 13.9
    assert set(np.unique(after[inside])) == {3, 6}


def test_a_drawn_particle_replaces_a_candidate_of_low_score():
    drawing = edit("draw", outline=circle(120, 150, 18))
    drawn = review(CANDIDATES, [drawing])
    assert diameter(drawn, 6) == pytest.approx(36, abs=0.1)
    # Also where the confidence is lowered afterwards, so that the candidate counts.
    both = review(CANDIDATES, [drawing], ParticleLimits(confidence=0.1))
    assert diameter(both, 6) == pytest.approx(36, abs=0.2)  # the line of contact is smoothed
    assert both.found.table["particle"].tolist() == [1, 2, 3, 4, 5, 6]


def test_split_and_merge_keep_the_area():
    merged = review(CANDIDATES, [edit("merge", particles=[1, 2])])
    assert merged.found.table["particle"].tolist() == [3, 4, 6]
    one, two = area(BASE, 1), area(BASE, 2)
    gap = area(merged, 6) - one - two
    assert 0 < gap < 0.1 * (one + two)  # the neck that closing adds
    line = [[10.0, 60.0], [70.0, 60.0]]
    parted = review(CANDIDATES, [edit("merge", particles=[1, 2]), edit("split", particle=6, line=line)])
    assert parted.found.table["particle"].tolist() == [3, 4, 7, 8]
    assert parted.found.table["edited"].tolist() == ["", "", "split", "split"]
    assert area(parted, 7) + area(parted, 8) == pytest.approx(area(merged, 6), rel=0.005)
    assert area(parted, 7) == pytest.approx(area(parted, 8), rel=0.03)
    again = [
        edit("merge", particles=[1, 2]),
        edit("split", particle=6, line=line),
        edit("merge", particles=[7, 8]),
    ]
    assert area(review(CANDIDATES, again), 9) == pytest.approx(area(merged, 6), rel=1e-9)


@pytest.mark.parametrize("angle", [0, 20, 45, 90, 117])
def test_a_split_assigns_every_pixel_and_halves_a_disc(angle):
    candidates = make_candidates([(60.3, 70.4, 25.0)], [0.9])
    way = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    middle = np.array([60.3, 70.4])
    cut = edit("split", particle=1, line=[(middle - 40 * way).tolist(), (middle + 40 * way).tolist()])
    halves = review(candidates, [cut])
    assert ((halves.segmentation.labels > 0) == (candidates.segmentation.labels > 0)).all()
    assert area(halves, 2) == pytest.approx(np.pi * 625 / 2, rel=0.02)
    assert area(halves, 2) + area(halves, 3) == pytest.approx(np.pi * 625, rel=0.005)


def test_repaint_takes_what_others_have_inside():
    painted = review(CANDIDATES, [edit("repaint", particle=3, outline=circle(110, 50, 22.0))])
    assert diameter(painted, 3) == pytest.approx(44, abs=0.1)
    over = review(CANDIDATES, [edit("repaint", particle=1, outline=circle(40, 55, 25))])
    assert diameter(over, 1) == pytest.approx(50, abs=0.3)
    assert area(over, 2) < area(BASE, 2) - 50
    assert over.found.table.set_index("particle").loc[1, "score"] == pytest.approx(0.9)


def test_a_particle_that_is_painted_over_wholly_counts_as_deleted():
    over = review(CANDIDATES, [edit("repaint", particle=1, outline=circle(40, 60, 45))])
    assert states(over)[2] == "deleted"
    assert over.found.left_out["deleted"] == 1


def test_what_a_person_made_is_neither_unsure_nor_small():
    small = edit("draw", outline=circle(80, 120, 2.0))
    painted = edit("repaint", particle=5, outline=circle(120, 150, 20))
    limits = ParticleLimits(diameter_min_px=31.5)
    reviewed = review(CANDIDATES, [small, painted], limits)
    expected = {1: "counted", 2: "counted", 3: "too_small", 4: "too_small", 5: "counted", 6: "counted"}
    assert states(reviewed) == expected


def test_states_come_in_their_order():
    region = edit("exclude_region", outline=[[-9, -9], [-9, 300], [60, 300], [60, -9]])
    edits = [region, edit("delete", particles=[1, 5])]
    limits = ParticleLimits(diameter_min_px=35.0)
    assert states(review(CANDIDATES, edits, limits)) == {
        1: "deleted", 2: "excluded_region", 3: "too_small", 4: "excluded_region", 5: "deleted",
    }  # fmt: skip
    back = [*edits, edit("include_region", region=1), edit("restore", particles=[5])]
    assert states(review(CANDIDATES, back, limits)) == {
        1: "deleted", 2: "counted", 3: "too_small", 4: "too_small", 5: "low_score",
    }  # fmt: skip


def test_a_region_takes_particles_by_centre_or_by_most_of_their_area():
    half = edit("exclude_region", outline=[[0, 0], [0, 100], [39.6, 100], [39.6, 0]])
    assert states(review(CANDIDATES, [half]))[1] == "counted"
    more = edit("exclude_region", outline=[[0, 0], [0, 100], [40.4, 100], [40.4, 0]])
    assert states(review(CANDIDATES, [more]))[1] == "excluded_region"


def test_classes_are_set_and_marked():
    classed = review(CANDIDATES, [edit("set_class", particles=[1], shape="rod")])
    row = classed.found.table.set_index("particle").loc[1]
    assert (row["shape"], row["edited"]) == ("rod", "class")
    drawn = review(CANDIDATES, [edit("draw", outline=circle(100, 110, 12), shape="cube")])
    assert drawn.found.table.set_index("particle").loc[6, "shape"] == "cube"


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([edit("delete", particles=[9])], "no particle 9"),
        ([edit("delete", particles=[1]), edit("delete", particles=[1])], "is deleted"),
        ([edit("restore", particles=[1])], "not deleted"),
        ([edit("merge", particles=[1, 2]), edit("delete", particles=[1])], "no longer there"),
        ([edit("merge", particles=[1, 3])], "too far apart"),
        ([edit("split", particle=1, line=[[0, 0], [9, 9]])], "does not divide"),
        ([edit("split", particle=1, line=[[40, 30], [40, 45]])], "does not divide"),
        ([edit("draw", outline=[[-9, -9], [-9, -2], [-2, -2]])], "No pixel"),
        ([edit("draw", outline=[[9.2, 9.2], [9.2, 9.4], [9.4, 9.4]])], "No pixel"),
        ([edit("draw", outline=circle(40, 40, 9))], "within particles that are there"),
        ([edit("exclude_region", outline=circle(900, 40, 9))], "No pixel"),
        ([edit("include_region", region=1)], "No region 1"),
    ],
)
def test_edits_that_make_no_sense_are_refused(edits, words):
    with pytest.raises(EditError, match=words):
        review(CANDIDATES, edits)


def test_delete_and_restore_give_what_was_there():
    there = review(CANDIDATES, [edit("delete", particles=[1, 3]), edit("restore", particles=[1, 3])])
    same(there, BASE)


def test_changed_are_those_that_differ():
    deleted = review(CANDIDATES, [edit("delete", particles=[3])], previous=BASE)
    changed, removed = find_changed(BASE, deleted)
    assert 3 in changed
    assert removed == ()
    merged = review(CANDIDATES, [edit("merge", particles=[1, 2])], previous=BASE)
    changed, removed = find_changed(BASE, merged)
    assert 6 in changed
    assert removed == (1, 2)
    assert find_changed(BASE, review(CANDIDATES)) == ((), ())


numbers = st.integers(1, 9)
spots = st.tuples(st.floats(-5, 165), st.floats(-5, 205), st.floats(0.5, 30)).map(
    lambda c: circle(*c, points=40)
)
lines = st.lists(st.tuples(st.integers(0, 160), st.integers(0, 200)).map(list), min_size=2, max_size=4)
steps = st.one_of(
    st.builds(lambda n: {"kind": "delete", "particles": [n]}, numbers),
    st.builds(lambda n: {"kind": "restore", "particles": [n]}, numbers),
    st.builds(lambda o: {"kind": "draw", "outline": o}, spots),
    st.builds(lambda n: {"kind": "merge", "particles": sorted(n)}, st.sets(numbers, min_size=2, max_size=3)),
    st.builds(lambda n, o: {"kind": "split", "particle": n, "line": o}, numbers, lines),
    st.builds(lambda n, o: {"kind": "repaint", "particle": n, "outline": o}, numbers, spots),
    st.builds(lambda o: {"kind": "exclude_region", "outline": o}, spots),
    st.builds(lambda n: {"kind": "set_class", "particles": [n], "shape": "rod"}, numbers),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, max_size=8), st.sampled_from([None, 0.2, 0.92]), st.sampled_from([None, 10.0, 33.0]))
def test_any_edits_can_be_undone_and_done_again(given_edits, confidence, least):
    limits = ParticleLimits(confidence, least)
    reviewed, edits = review(CANDIDATES, limits=limits), []
    for given_edit in given_edits:
        try:
            edit_now = edit(given_edit.pop("kind"), **given_edit)
            reviewed = review(CANDIDATES, [*edits, edit_now], limits, previous=reviewed)
        except EditError:
            continue
        edits.append(edit_now)
        found = reviewed.everything
        # Every particle has a state, a row and an outline, and all that do not count are counted by reason.
        assert len(found.table) == len(found.states) == len(found.outlines)
        for reason in set(found.states) - {"counted"}:
            assert reviewed.found.left_out[reason] == found.states.count(reason)
        assert len(reviewed.found.measured) == found.states.count("counted")
    same(reviewed, review(CANDIDATES, edits, limits))
    segmentation = reviewed.segmentation
    fresh = outline_particles(segmentation.labels, segmentation.level, segmentation.particle_numbers)
    for name, values in fresh.values.items():
        np.testing.assert_array_equal(values, reviewed.outlined.values[name])
    same(review(CANDIDATES, [], previous=reviewed), BASE)
    assert len(DISCS) == len(CANDIDATES.segmentation.scores)
