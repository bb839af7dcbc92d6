"""Splits keep groups whole, use all images, and come out as balanced as groups allow."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocaliper.errors import ReadError, UsageError
from nanocaliper.training.data.splits import (
    SPLIT_NAMES,
    SplitImage,
    encode_splits,
    group_by_pattern,
    parse_ratio,
    read_folder_groups,
    read_groups,
    read_splits,
    split_folds,
    split_ratio,
)

images_of = st.lists(
    st.tuples(st.integers(0, 500), st.one_of(st.none(), st.integers(0, 12))), min_size=1, max_size=60
).map(
    lambda rows: [
        SplitImage(f"i{n}", particles, None if group is None else f"g{group}")
        for n, (particles, group) in enumerate(rows)
    ]
)


def count_groups(images):
    return len({image.group or image.name for image in images})


@settings(deadline=None)
@given(images_of, st.sampled_from([(8, 2), (8, 1, 1), 2, 5]), st.integers(0, 2**31))
def test_no_group_leaks_and_no_part_is_empty(images, how, seed):
    parts = how if isinstance(how, int) else len(how)

    def split(those):
        return split_folds(those, how, seed) if isinstance(how, int) else split_ratio(those, how, seed)

    if count_groups(images) < parts:
        with pytest.raises(UsageError, match="groups of images for"):
            split(images)
        return
    found = split(images)
    assert list(found) == [image.name for image in images]
    names = [str(k) for k in range(parts)] if isinstance(how, int) else SPLIT_NAMES[:parts]
    assert set(found.values()) == set(names)
    of_group = {}
    for image in images:
        if image.group is not None:
            assert of_group.setdefault(image.group, found[image.name]) == found[image.name]
    # The order in which images are listed changes nothing.
    assert split(images[::-1]) == found


@pytest.mark.parametrize("seed", range(5))
def test_shares_are_met_where_groups_are_small(seed):
    rng = np.random.default_rng(seed)
    images = [
        SplitImage(f"{n}", int(particles), f"{n // 2}")
        for n, particles in enumerate(np.exp(rng.normal(2.5, 1.2, 400)))
    ]
    total = sum(image.particles for image in images)
    parts = split_ratio(images, (8, 1, 1), seed)
    for name, share in zip(SPLIT_NAMES, (0.8, 0.1, 0.1), strict=True):
        own = [image for image in images if parts[image.name] == name]
        assert len(own) / len(images) == pytest.approx(share, abs=0.015)
        assert sum(image.particles for image in own) / total == pytest.approx(share, abs=0.015)


def test_seeds_differ_and_repeat():
    images = [SplitImage(f"{n}", 10) for n in range(50)]
    assert split_folds(images, 5, 1) == split_folds(images, 5, 1)
    assert split_folds(images, 5, 1) != split_folds(images, 5, 2)
    assert sorted(np.unique(list(split_folds(images, 5, 1).values()), return_counts=True)[1]) == [10] * 5


def test_files_come_back(tmp_path):
    images = [SplitImage("ü, 1", 3, "s 1"), SplitImage("b/2", 0), SplitImage("c", 7, "s 1")]
    parts = split_folds(images, 2, 0)
    path = tmp_path / "splits.csv"
    path.write_bytes(encode_splits(images, parts, "fold"))
    assert read_splits(path) == parts
    assert read_groups(path) == read_folder_groups(tmp_path) == {"ü, 1": "s 1", "c": "s 1"}


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("name,part\na,1\n", "no columns name and split"),
        ("", "no columns name and split"),
        ("name,fold\na,1\na,2\n", "Line 3 .* names the image 'a', empty or named before"),
        ("name,fold\na,\n", "no part for the image 'a'"),
    ],
)
def test_split_files_that_are_wrong(tmp_path, text, match):
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(ReadError, match=match):
        read_splits(path)


def test_group_files_without_groups(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("name,colour\na,red\n")
    with pytest.raises(ReadError, match="expected name and one of group, sample"):
        read_groups(path)
    with pytest.raises(ReadError, match="Cannot read"):
        read_groups(tmp_path / "none.csv")


def test_groups_by_pattern():
    names = ["s1_a", "s1_b", "s22_a"]
    assert group_by_pattern(names, r"s\d+") == {"s1_a": "s1", "s1_b": "s1", "s22_a": "s22"}
    assert group_by_pattern(names, r"s(\d+)_")["s22_a"] == "22"
    with pytest.raises(UsageError, match="no regular expression"):
        group_by_pattern(names, "(")
    with pytest.raises(UsageError, match="finds no group in the name 's1_b'"):
        group_by_pattern(names, "a$")


@pytest.mark.parametrize("text", ["8", "8:2:1:1", "8:0", "8:x", "-1:2", ""])
def test_ratios_that_are_none(text):
    with pytest.raises(UsageError, match=r"The ratio is"):
        parse_ratio(text)


def test_ratios_and_folds():
    assert parse_ratio("8:1.5:1") == (8, 1.5, 1)
    with pytest.raises(UsageError, match="1 folds"):
        split_folds([SplitImage("a", 1)], 1, 0)
    with pytest.raises(UsageError, match="seed"):
        split_folds([SplitImage("a", 1)], 2, -1)


def test_folds_of_the_labelled_micrographs(shared_data):
    folds = read_splits(shared_data / "emps" / "folds.csv")
    assert sorted(set(folds.values())) == ["0", "1", "2", "3", "4"]
