"""Data sets in every format and layout give the same labels; what is wrong is said in one sentence."""

import pickle

import numpy as np
import pytest
from PIL import Image

from annotated import make_image
from data_sets import (
    CLASSES,
    COLS,
    LAYOUTS,
    RECTANGLES,
    ROWS,
    coco,
    draw_labels,
    draw_pixels,
    labelme,
    put,
    save,
    write_labelme,
    write_layout,
    yolo,
)
from nanocaliper.errors import ReadError, UsageError
from nanocaliper.exports.formats import EXPORT_FORMATS
from nanocaliper.exports.label_images import labels_of
from nanocaliper.training.data.annotated_folder import open_folder
from nanocaliper.training.data.class_names import read_yolo_classes


@pytest.mark.parametrize(("layout", "found"), LAYOUTS.items())
def test_every_layout_gives_the_same_labels(tmp_path, layout, found):
    data = open_folder(write_layout(tmp_path, layout))
    assert data.format == found
    assert data.findings == ()
    assert [name.rsplit("/", 1)[-1] for name in data.names] == list(RECTANGLES)
    known = found not in ("label-images", "masks")
    assert data.classes == (CLASSES if known else ("particle",))
    for entry, sample in zip(data.entries, data, strict=True):
        name = entry.name.rsplit("/", 1)[-1]
        truth = draw_labels(name)
        np.testing.assert_array_equal(sample.pixels, draw_pixels(name))
        assert sample.count == len(RECTANGLES[name])
        for number, ((row, col, row_end, col_end), kind) in enumerate(RECTANGLES[name], 1):
            (label,) = np.unique(sample.labels[row:row_end, col:col_end])
            np.testing.assert_array_equal(sample.labels == label, truth == number)
            assert sample.classes[sample.class_of[label]] == (kind if known else "particle")
    again = pickle.loads(pickle.dumps(data))
    np.testing.assert_array_equal(again[0].labels, data[0].labels)


def test_image_folders_in_any_case(tmp_path):
    save(tmp_path / "Images" / "x.PNG", draw_pixels("a"))
    save(tmp_path / "Masks" / "X.png", np.where(draw_labels("a"), 255, 0).astype(np.uint8))
    assert open_folder(tmp_path)[0].count == 2


def test_polygons_that_overlap_and_classes_that_are_ones_own(tmp_path):
    content = labelme("b")
    content["shapes"] = [
        {"label": " Nano Star ", "points": [[0, 0], [10, 0], [10, 10], [0, 10]], "shape_type": "polygon"},
        {"label": "nano star", "points": [[5, 0], [20, 0], [20, 10], [5, 10]], "shape_type": "polygon"},
        {"label": "blob", "points": [[30, 20], [30, 25]], "shape_type": "circle"},
    ]
    save(tmp_path / "b.png", draw_pixels("b"))
    put(tmp_path / "b.json", content)
    sample = open_folder(tmp_path)[0]
    assert sample.classes == ("blob", "Nano Star")
    assert sample.class_of.tolist() == [0, 1, 1, 0]
    # The first one drawn has the pixels that both claim.
    assert sample.areas_px[1:3].tolist() == [100, 100]
    assert sample.areas_px[3] == pytest.approx(np.pi * 25, abs=4)


def test_16_bits_stay_and_32_bits_become_16(tmp_path):
    deep = draw_pixels("b").astype(np.uint16) * 200
    save(tmp_path / "images" / "a.png", deep)
    save(tmp_path / "images" / "b.tif", deep.astype(np.float32))
    for name in "ab":
        save(tmp_path / "masks" / f"{name}.png", (draw_labels("b") * 255).astype(np.uint8))
    first, second = open_folder(tmp_path)
    np.testing.assert_array_equal(first.pixels, deep)
    assert second.pixels.dtype == np.uint16
    assert np.corrcoef(second.pixels.ravel(), deep.ravel())[0, 1] > 0.999


@pytest.mark.parametrize("name", ["labelme", "coco", "coco-masks", "via", "yolo"])
def test_what_the_program_itself_exports_is_read(tmp_path, name):
    image = make_image("image.png", states=["deleted", *["counted"] * 7])
    chosen = EXPORT_FORMATS[name]
    place = {"labelme": "images/image.json", "yolo": "labels/image.txt"}.get(name, f"outlines{chosen.suffix}")
    put(tmp_path / place, chosen.encode([image]).decode())
    for beside, content in chosen.beside.items():
        put(tmp_path / beside, content.decode())
    save(tmp_path / "images" / "image.png", (image.pixels // 16).astype(np.uint8))
    sample = open_folder(tmp_path)[0]
    expected = labels_of(image if name == "coco-masks" else type(image)(**{**vars(image), "labels": None}))
    if name == "yolo":  # has no room for what was deleted
        np.testing.assert_array_equal(sample.labels > 0, expected > 0)
    else:
        np.testing.assert_array_equal(sample.labels > 0, expected > 1)
        assert sample.count == len(np.unique(expected)) - 2


def test_classes_of_label_images_and_settings_of_the_folder(tmp_path):
    write_layout(tmp_path, "instances")
    rows = [
        f"{n},{7 * number},{kind}"
        for n, all_ in RECTANGLES.items()
        for number, (_, kind) in enumerate(all_, 1)
    ]
    put(tmp_path / "classes.csv", "name,particle,class\n" + "\n".join(rows) + "\n")
    for name in RECTANGLES:
        put(tmp_path / "labels" / f"{name}.txt", yolo(name))
    with pytest.raises(UsageError, match=r"YOLO segmentation texts and label images; say which .* --format"):
        open_folder(tmp_path)
    put(tmp_path / "dataset.toml", 'format = "label-images"\nclasses = ["rod", "cube"]\n')
    data = open_folder(tmp_path)
    assert (data.format, data.classes) == ("label-images", ("rod", "cube"))
    assert [data[2].classes[index] for index in data[2].class_of[1:]] == [kind for _, kind in RECTANGLES["c"]]
    # What is asked for comes before what the folder says.
    assert open_folder(tmp_path, format="masks").format == "masks"
    assert open_folder(tmp_path, classes=("cube", "rod")).classes == ("cube", "rod")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("names: [a, 'b c', \"d\"]\nnc: 3", ("a", "b c", "d")),
        ("names:\n  0: a\n  1: 'b'\nnc: 2", ("a", "b")),
        ("names:\n- a\n- b # two\ntrain: x", ("a", "b")),
        ("names: {0: a, 1: b}", ("a", "b")),
        ("names: [a,\n  b]\n", ("a", "b")),
        ("nc: 2\n# names\nnames:\n  1: b\n  0: a\n", ("a", "b")),
    ],
)
def test_names_in_yaml(tmp_path, text, expected):
    yaml = pytest.importorskip("yaml")

    put(tmp_path / "data.yaml", text)
    assert read_yolo_classes(tmp_path) == expected
    read = yaml.safe_load(text)["names"]
    assert tuple(read[number] for number in range(len(read))) == expected


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("nc: 2", "has no 'names'"),
        ("names: a", "expected a list of names"),
        ("names:\n  0: a\n  2: b", "does not number the classes"),
        ("names: [a, A]", "a class twice"),
        ("names: [a, [b]]", "expected a name"),
        ("names: []", "does not number"),
    ],
)
def test_names_in_yaml_that_are_none(tmp_path, text, match):
    put(tmp_path / "data.yaml", text)
    with pytest.raises(ReadError, match=match):
        read_yolo_classes(tmp_path)


def test_groups_come_from_the_lists_of_the_folder(tmp_path):
    write_layout(tmp_path, "instances")
    put(tmp_path / "folds.csv", "name,fold,doi\na,0,one\nb,0,one\nc,1,\n")
    assert [sample.group for sample in open_folder(tmp_path)] == ["one", "one", None]
    assert open_folder(tmp_path).choose(["c", "a"]).names == ("c", "a")
    with pytest.raises(UsageError, match="no image 'z'"):
        open_folder(tmp_path).choose(["z"])


def test_classes_by_another_list(tmp_path):
    sample = open_folder(write_labelme(tmp_path))[0]
    other = sample.in_classes(("sphere", "rod", "cube"))
    assert [other.classes[index] for index in other.class_of[1:]] == ["rod", "cube"]
    assert sample.in_classes(("particle",)).class_of.tolist() == [0, 0, 0]
    with pytest.raises(ReadError, match="class 'rod'; expected one of cube, sphere"):
        sample.in_classes(("cube", "sphere"))


def refuse(folder, match, error=ReadError, **known):
    def read_all():
        data = open_folder(folder, **known)
        data.require_complete()
        list(data)

    with pytest.raises(error, match=match) as caught:
        read_all()
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith((".", ")"))
    assert len(sentence) < 500


def test_folders_that_hold_no_data_set(tmp_path):
    refuse(tmp_path / "none", "There is no folder")
    refuse(tmp_path, "holds no image")
    save(tmp_path / "a.png", draw_pixels("a"))
    refuse(tmp_path, "1 images and no annotation")
    refuse(tmp_path, "no format 'photo'", UsageError, format="photo")
    refuse(tmp_path, "No image .* has an annotation of the format 'yolo'", format="yolo")
    put(tmp_path / "a.json", labelme("a"))
    save(tmp_path / "a.tif", draw_pixels("a"))
    refuse(tmp_path, "the same name")


def test_texts_of_instruments_are_no_annotations(tmp_path):
    write_labelme(tmp_path)
    for name in RECTANGLES:
        put(tmp_path / f"{name}.txt", "$CM_MAG 50000\n$CM_FORMAT 640 480\n")
    assert open_folder(tmp_path).format == "labelme"


def test_missing_json(tmp_path):
    write_labelme(tmp_path)
    (tmp_path / "b.json").unlink()
    refuse(tmp_path, r"'b.png' .* has no annotation in LabelMe JSON")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"imagePath": "other.png"}, "drawn on the image 'other.png', not on 'a.png'"),
        ({"imageHeight": 41}, "41 x 60 px .* but this one has 40 x 60"),
        ({"shapes": 3}, "no 'shapes' that is a list"),
        ({"points": [[1, 1], [5, 5]]}, "Shape 1 of 'a.json' has 2 points; expected an outline"),
        ({"points": [[1, 1], [90, 1], [9, 9]]}, "30 px outside the image"),
        ({"points": [[1, 1], [5, 5], [9, 9]]}, "encloses no area"),
        ({"label": 7}, "has the class '7'"),
    ],
)
def test_labelme_that_does_not_fit(tmp_path, change, match):
    write_labelme(tmp_path)
    content = labelme("a")
    if set(change) & {"points", "label"}:
        content["shapes"][0].update(change)
    else:
        content.update(change)
    put(tmp_path / "a.json", content)
    refuse(tmp_path, match)


def test_unknown_class(tmp_path):
    write_labelme(tmp_path)
    refuse(tmp_path, "has the class 'rod'; expected one of cube, sphere", classes=("cube", "sphere"))
    write_layout(tmp_path / "yolo", "yolo")
    put(tmp_path / "yolo" / "labels" / "a.txt", yolo("a").replace("1 ", "2 ", 1))
    refuse(tmp_path / "yolo", "Line 1 of 'labels/a.txt' has the class '2'; expected 0 to 1")
    (tmp_path / "yolo" / "data.yaml").unlink()
    refuse(tmp_path / "yolo", "no data.yaml")


def test_coco_that_does_not_fit(tmp_path):
    write_layout(tmp_path, "coco-flat")
    path = tmp_path / "_annotations.coco.json"
    put(path, {**coco(), "annotations": [{**coco()["annotations"][0], "image_id": 77}]})
    refuse(tmp_path, "annotations of the image 77")
    put(path, coco(("a", "b")))
    refuse(tmp_path, "'c.png' .* has no annotation in COCO JSON")
    put(tmp_path / "second.json", coco(("a",)))
    refuse(tmp_path, "annotated in '_annotations.coco.json' and again in 'second.json'")
    (tmp_path / "second.json").unlink()
    content = coco()
    content["images"].append({"id": 9, "file_name": "gone.png", "height": 3, "width": 3})
    put(path, content)
    refuse(tmp_path, "lists the image 'gone.png', which is not in the folder")
    put(path, "{")
    refuse(tmp_path, "'_annotations.coco.json' is no valid JSON")
    refuse(tmp_path, "'_annotations.coco.json' is no valid JSON", format="coco")


def test_label_images_that_do_not_fit(tmp_path):
    write_layout(tmp_path, "instances")
    save(tmp_path / "instances" / "b.png", np.zeros((ROWS, COLS + 1), np.uint16))
    refuse(tmp_path, "40 x 61 px .* but this one has 40 x 60")
    (tmp_path / "instances" / "b.png").write_bytes(b"no image")
    refuse(tmp_path, "cannot be read")
    write_layout(tmp_path / "m", "masks")
    save(tmp_path / "m" / "masks" / "b.png", np.zeros((ROWS - 1, COLS), np.uint8))
    refuse(tmp_path / "m", "39 x 60 px")
    coloured = np.zeros((ROWS, COLS, 3), np.uint8)
    coloured[3:6, 3:6, 1] = 255
    save(tmp_path / "m" / "masks" / "b.png", coloured)
    refuse(tmp_path / "m", "is in colours")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("format = [", "no valid TOML"),
        ("colour = 1", "has the key 'colour'"),
        ("format = 3", "expected a text"),
        ("classes = 'a'", "expected a list of names"),
        ("classes = ['a', 'A']", "a class twice"),
    ],
)
def test_settings_that_are_wrong(tmp_path, text, match):
    write_labelme(tmp_path)
    put(tmp_path / "dataset.toml", text)
    refuse(tmp_path, match)


@pytest.mark.parametrize(
    "text", ["name,class\na,b\n", "name,particle,class\na,x,b\n", "name,particle,class\na,1,\n"]
)
def test_class_tables_that_are_wrong(tmp_path, text):
    write_layout(tmp_path, "instances")
    put(tmp_path / "classes.csv", text)
    refuse(tmp_path, "classes.csv")


def test_masks_of_jpeg(tmp_path):
    Image.fromarray(draw_pixels("b")).save(tmp_path / "b.png")
    (tmp_path / "masks").mkdir()
    smooth = np.where(draw_labels("b"), 255, 0).astype(np.uint8)
    Image.fromarray(smooth).save(tmp_path / "masks" / "b.jpg", quality=90)
    sample = open_folder(tmp_path)[0]
    assert sample.areas_px[1] == 100


def test_emps(shared_data):
    data = open_folder(shared_data / "emps")
    assert (len(data), data.format, data.findings) == (366, "label-images", ())
    assert len(set(data.groups.values())) == 247
    sample = data[0]
    assert sample.group == data.groups[sample.name]
