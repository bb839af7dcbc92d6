import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocaliper.report.folder_names import name_images


def folders(*paths):
    return [named.folder for named in name_images([Path(path) for path in paths])]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["/data/x.png"], ["x"]),
        (["/data/a/x.png", "/data/b/x.png"], ["a/x", "b/x"]),
        (["/data/x.png", "/data/sub/y.tif"], ["x", "sub/y"]),
        (["/data/x.tif", "/data/x.png"], ["x_tif", "x"]),
        (["/data/X.png", "/data/x.png"], ["X", "x_png"]),
        (["/data/x.png", "/data/x.tif", "/data/x_tif.png"], ["x", "x_tif", "x_tif_png"]),
        (["/data/a b µ.png", "/data/c.png"], ["a b µ", "c"]),
        (["/data/CON.png", "/data/nul.a.tif", "/data/com1.tif"], ["CON_", "nul_.a", "com1_"]),
        (["/data/x..png", "/data/y .png"], ["x_", "y_"]),
        (["/data/a:b?.png", "/data/summary.csv.png"], ["a_b_", "summary.csv_"]),
        (["/data/a?/x.png", "/data/a_/x.png"], ["a_/x", "a_/x_png"]),
        (["/data/cafe\u0301.png", "/data/caf\u00e9.tif"], ["cafe\u0301", "caf\u00e9_tif"]),
    ],
)
def test_folders(paths, expected):
    assert folders(*paths) == expected


def test_image_is_named_by_its_path_below_the_shared_folder():
    named = name_images([Path("/data/a/x.png"), Path("/data/b/y.tif")])
    assert [one.image for one in named] == ["a/x.png", "b/y.tif"]


def test_file_given_twice_is_taken_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    named = name_images([Path("b.png"), Path("a.png"), tmp_path / "b.png", Path("sub/../a.png")])
    assert [(one.path, one.image) for one in named] == [(Path("b.png"), "b.png"), (Path("a.png"), "a.png")]


def test_no_image():
    assert name_images([]) == []


NAMES = st.text(st.sampled_from('aAbé.:?*= _µ1"<|'), min_size=1, max_size=6).filter(
    lambda name: name.strip(".") and name != ".."
)
PATHS = st.lists(
    st.tuples(st.sampled_from(["", "p/", "P/", "q./"]), NAMES, st.sampled_from(["", ".png", ".tif", ".TIF"])),
    min_size=1,
    max_size=12,
    unique=True,
).map(lambda parts: [Path(f"/data/{folder}{name}{suffix}") for folder, name, suffix in parts])


@settings(deadline=None)
@given(PATHS, st.randoms(use_true_random=False))
def test_folders_are_unique_valid_and_do_not_depend_on_the_order(paths, random):
    named = name_images(paths)
    found = [one.folder.casefold() for one in named]
    assert len(set(found)) == len(found) == len(set(paths))
    for one in named:
        for part in one.folder.split("/"):
            assert re.fullmatch(r'[^<>:"\\|?*\x00-\x1f]+', part)
            assert not part.endswith((".", " "))
    shuffled = list(paths)
    random.shuffle(shuffled)
    assert {one.path: one.folder for one in name_images(shuffled)} == {one.path: one.folder for one in named}
