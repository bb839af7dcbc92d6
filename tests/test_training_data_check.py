"""What is wrong with a data set is said with the file's name, all of it, and nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_sets import (
    COLS,
    LAYOUTS,
    ROWS,
    coco,
    draw_labels,
    draw_pixels,
    labelme,
    put,
    save,
    via,
    write_labelme,
    write_layout,
    yolo,
)
from nanocaliper.training.data.check import check_folder
from nanocaliper.training.data.crossing import crosses_itself

SQUARE = [[30, 20], [50, 20], [50, 35], [30, 35]]


def shape(points, label="cube"):
    return {"label": label, "points": points, "shape_type": "polygon"}


def findings(folder, **known):
    return [(one.severity, one.file, one.sentence) for one in check_folder(folder, **known).findings]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_is_wrong_with_a_good_set(tmp_path, layout):
    found = check_folder(write_layout(tmp_path, layout))
    assert found.findings == ()
    assert (found.images, found.particles, found.errors) == (3, 6, 0)


def only(folder, severity, file, words, **known):
    (found,) = findings(folder, **known)
    assert found[:2] == (severity, file)
    assert words in found[2]
    assert found[2].endswith(".")


@pytest.mark.parametrize(
    ("shapes", "severity", "words"),
    [
        ([shape([[1, 1], [5, 5]])], "error", "Shape 1 of 'b.json' has 2 points"),
        ([shape([[1, 1], [5, 5], [9, 9]])], "error", "encloses no area"),
        ([shape([[1, 1], [90, 1], [9, 9]])], "error", "30 px outside"),
        ([shape([[30, 20], [50, 35], [50, 20], [30, 30]])], "error", "crosses itself near row 26, column 38"),
        ([shape(SQUARE, "dust")], "error", "has the class 'dust'"),
        ([shape(SQUARE), shape([[31, 21], [49, 21], [49, 30]])], "notice", "Particle 2 is hidden by others"),
        ([shape([[30, 20], [33, 20], [33, 23], [30, 23]])], "notice", "Particle 1 has less than 10 px"),
        ([shape([[0, 0], [60, 0], [60, 21], [0, 21]])], "notice", "covers more than 50% of the image"),
        ([], "notice", "has no particle"),
    ],
)
def test_particles_that_are_wrong(tmp_path, shapes, severity, words):
    write_labelme(tmp_path)
    put(tmp_path / "b.json", labelme("b", shapes=shapes))
    only(tmp_path, severity, "b.json", words, classes=("cube", "rod"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"imageHeight": 41}, "41 x 60 px"),
        ({"imagePath": "x.png"}, "drawn on the image 'x.png'"),
        ({"shapes": None}, "no 'shapes'"),
    ],
)
def test_annotations_of_another_image(tmp_path, change, words):
    write_labelme(tmp_path)
    put(tmp_path / "b.json", labelme("b", **change))
    only(tmp_path, "error", "b.json", words)


def test_all_faults_of_a_file_are_told(tmp_path):
    write_labelme(tmp_path)
    wrong = [shape([[1, 1]]), shape([[1, 1], [5, 5]]), shape(SQUARE), shape(SQUARE, 7)]
    put(tmp_path / "b.json", labelme("b", shapes=wrong))
    found = findings(tmp_path)
    assert [sentence.split(" of ")[0] for _, _, sentence in found] == ["Shape 1", "Shape 2", "Shape 4"]
    assert check_folder(tmp_path).particles == 6


@pytest.mark.parametrize("layout", ["coco", "via", "yolo"])
def test_all_faults_are_told_in_every_format_of_outlines(tmp_path, layout):
    write_layout(tmp_path, layout)
    if layout == "coco":
        content = coco()
        content["annotations"][0]["segmentation"] = [[1, 1, 5, 5]]
        content["annotations"][1]["category_id"] = 99
        content["annotations"][2]["segmentation"] = None
        put(tmp_path / "annotations" / "instances.json", content)
    elif layout == "via":
        content = via()
        regions = [one["regions"] for one in content["_via_img_metadata"].values()]
        regions[0][0]["shape_attributes"]["all_points_x"] = [1, 2]
        regions[0][1]["region_attributes"]["class"] = "dust"
        regions[1][0]["shape_attributes"]["all_points_x"] = [900, 950, 960, 970]
        put(tmp_path / "project.json", content)
    else:
        put(tmp_path / "labels" / "a.txt", "0 0.1 0.1\n9 0.1 0.1 0.2 0.1 0.2 0.2\n")
        put(tmp_path / "labels" / "b.txt", "0 0.1 0.1 1.9 0.1 0.2 0.2\n")
    found = check_folder(tmp_path, classes=("cube", "rod"))
    assert found.errors == 3
    assert found.particles == 3


def test_files_that_are_missing_or_too_many(tmp_path):
    write_labelme(tmp_path)
    (tmp_path / "b.json").unlink()
    put(tmp_path / "d.json", labelme("c"))
    assert [found[:2] for found in findings(tmp_path)] == [("notice", "d.json"), ("error", "b.png")]


def test_images_that_cannot_be_used(tmp_path):
    write_labelme(tmp_path)
    (tmp_path / "b.png").write_bytes(b"no image")
    only(tmp_path, "error", "b.png", "no image format")
    save(tmp_path / "b.png", np.full((ROWS, COLS), 7, np.uint8))
    only(tmp_path, "error", "b.png", "every pixel has the grey value 7")


def test_the_same_image_twice(tmp_path):
    write_labelme(tmp_path)
    save(tmp_path / "d.tif", draw_pixels("a"))
    put(tmp_path / "d.json", labelme("a", imagePath="d.tif"))
    only(tmp_path, "error", "d.tif", "the same as 'a.png'")


def test_masks_of_another_size(tmp_path):
    write_layout(tmp_path, "masks")
    save(tmp_path / "masks" / "b.png", np.zeros((ROWS, COLS - 1), np.uint8))
    only(tmp_path, "error", "masks/b.png", "40 x 59 px")


def test_yolo_line_and_unlisted_label_class(tmp_path):
    write_layout(tmp_path, "instances")
    put(tmp_path / "classes.csv", "name,particle,class\na,7,rod\nb,7,dust\n")
    found = findings(tmp_path, classes=("particle", "rod"))
    assert [(file, sentence) for _, file, sentence in found] == [
        ("instances/b.png", "has the class 'dust'; expected one of particle, rod.")
    ]
    assert yolo("b").startswith("0 ")
    assert draw_labels("b").max() == 1


def star(count, step):
    angles = 2 * np.pi * np.arange(count + 1) * step / count
    return 20 + 10 * np.column_stack([np.sin(angles), np.cos(angles)])


@pytest.mark.parametrize(
    ("count", "step", "crosses"), [(5, 1, False), (5, 2, True), (700, 1, False), (701, 300, True)]
)
def test_stars_cross_themselves(count, step, crosses):
    assert (crosses_itself(star(count, step)) is not None) == crosses


@settings(deadline=None)
@given(st.integers(3, 40), st.integers(0, 2**32 - 1))
def test_outlines_around_a_point_never_cross(count, seed):
    rng = np.random.default_rng(seed)
    angles = 2 * np.pi * (np.arange(count) + rng.uniform(0.1, 0.9, count)) / count
    points = rng.uniform(1, 9, count)[:, None] * np.column_stack([np.sin(angles), np.cos(angles)])
    assert crosses_itself(np.vstack([points, points[:1]])) is None


def test_touching_corners_do_not_cross():
    eight = np.array([[0, 0], [2, 2], [0, 4], [4, 4], [2, 2], [4, 0], [0, 0]], float)
    assert crosses_itself(eight) is None
    moved = eight.copy()
    moved[4, 1] = 1.0
    moved[1, 1] = 3.0
    row, col = crosses_itself(np.array([[0, 0], [4, 4], [4, 0], [0, 4], [0, 0]], float))
    assert (row, col) == (2, 2)
