"""Data sets converted from every format to every other: the same particles, and what is lost is counted."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from data_sets import CLASSES, COLS, LAYOUTS, RECTANGLES, ROWS, draw_labels, labelme, put, save, write_layout
from nanocaliper.exports.annotated_image import AnnotatedImage, annotate
from nanocaliper.exports.label_images import labels_of, outlines_of
from nanocaliper.exports.yolo_seg import describe_classes
from nanocaliper.training.data.annotated_folder import AnnotatedFolder, open_folder
from nanocaliper.training.data.class_names import (
    DatasetSettings,
    encode_settings,
    read_settings,
    read_yolo_classes,
)
from nanocaliper.training.data.conversion_losses import Losses, fit_to_format
from nanocaliper.training.data.converted import TARGETS, Conversion, convert_folder


def convert(data: AnnotatedFolder, to: str, out: Path) -> Conversion:
    def put_file(path: str, content: bytes) -> None:
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(content)

    def place(source: str, target: str) -> None:
        put_file(target, (data.folder / source).read_bytes())

    return convert_folder(data, to, put_file, place, lambda *_: None)


@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize("layout", ["labelme", "coco", "via-own", "yolo-below", "instances", "masks-flat"])
def test_every_format_becomes_every_other(tmp_path: Path, layout: str, to: str) -> None:
    old = open_folder(write_layout(tmp_path / "old", layout))
    done = convert(old, to, tmp_path / "new")
    assert (done.images, done.particles, done.failed) == (3, 6, {})
    new = open_folder(tmp_path / "new")
    assert new.format == to.removesuffix("-masks")
    assert new.names == old.names
    known = LAYOUTS[layout] not in ("label-images", "masks") and to != "masks"
    assert new.classes == (CLASSES if known else ("particle",))
    for sample in new:
        name = sample.name.rsplit("/", 1)[-1]
        truth = draw_labels(name)
        np.testing.assert_array_equal(sample.labels > 0, truth > 0)
        for number, (_, kind) in enumerate(RECTANGLES[name], 1):
            (label,) = np.unique(sample.labels[truth == number])
            np.testing.assert_array_equal(sample.labels == label, truth == number)
            assert sample.classes[sample.class_of[label]] == (kind if known else "particle")
    lost = ["The format of binary masks has no room for classes: left out."]
    assert done.losses.tell(to) == (
        lost if to == "masks" and LAYOUTS[layout] in ("labelme", "coco", "via", "yolo") else []
    )


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_pycocotools_reads_the_same_particles_and_classes(tmp_path: Path) -> None:
    reader = pytest.importorskip("pycocotools.coco")
    old = open_folder(write_layout(tmp_path / "old", "yolo"))
    for to in ("coco", "coco-masks"):
        convert(old, to, tmp_path / to)
        content = reader.COCO(str(tmp_path / to / f"outlines.{to}.json"))
        for number, image in content.imgs.items():
            name = Path(image["file_name"]).stem
            assert (tmp_path / to / image["file_name"]).is_file()
            read = {
                content.cats[one["category_id"]]["name"]: content.annToMask(one)
                for one in content.loadAnns(content.getAnnIds([number]))
            }
            truth = draw_labels(name)
            for place, (_, kind) in enumerate(RECTANGLES[name], 1):
                if [other for _, other in RECTANGLES[name]].count(kind) == 1:
                    np.testing.assert_array_equal(read[kind] > 0, truth == place)


def test_yaml_reads_the_same_classes() -> None:
    yaml = pytest.importorskip("yaml")
    names = ["rod", "no", "it's", "a: b", "3", "Nano Star"]
    assert yaml.safe_load(describe_classes(names))["names"] == dict(enumerate(names))


def test_classes_of_ones_own_keep_name_and_order(tmp_path: Path) -> None:
    names = ("Nano Star", 'it\'s "one"', "no")
    content = labelme("c")
    for shape, name in zip(content["shapes"], names, strict=True):
        shape["label"] = name
    save(tmp_path / "old" / "c.png", np.arange(ROWS * COLS, dtype=np.uint16).reshape(ROWS, COLS))
    put(tmp_path / "old" / "c.json", content)
    for to in TARGETS[:-1]:
        convert(open_folder(tmp_path / "old", classes=names), to, tmp_path / to)
        new = open_folder(tmp_path / to)
        assert new.classes == names
        assert [new.classes[k] for k in new[0].class_of[1:]] == list(names)
    put(tmp_path / "words" / "data.yaml", describe_classes(("Nano Star", "no", "rod")).decode())
    assert read_yolo_classes(tmp_path / "words") == ("Nano Star", "no", "rod")


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1, unique_by=str.lower))
def test_settings_come_back(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    wanted = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    if not wanted or len({name.lower() for name in wanted}) < len(wanted):
        return
    folder = tmp_path_factory.mktemp("settings")
    (folder / "dataset.toml").write_bytes(encode_settings(DatasetSettings("coco", wanted)))
    assert read_settings(folder) == DatasetSettings("coco", wanted)


def test_overlapping_outlines_stay_in_outlines_and_are_counted_in_labels(tmp_path: Path) -> None:
    def box(row: float, col: float, side: float) -> dict[str, object]:
        points = [[col, row], [col + side, row], [col + side, row + side], [col, row + side]]
        return {"label": "particle", "points": points, "shape_type": "polygon", "group_id": None}

    # The second loses a quarter to the first, the third lies under it, the fourth holds no pixel's centre.
    shapes = [box(0, 0, 10), box(5, 5, 10), box(2, 2, 3), box(30.6, 30.6, 0.3)]
    save(tmp_path / "old" / "b.png", np.arange(ROWS * COLS, dtype=np.uint16).reshape(ROWS, COLS))
    put(tmp_path / "old" / "b.json", labelme("b", shapes=shapes))
    old = open_folder(tmp_path / "old")
    done = convert(old, "coco", tmp_path / "coco")
    assert (done.particles, done.losses.tell("coco")) == (4, [])
    kept = convert(open_folder(tmp_path / "coco"), "labelme", tmp_path / "back")
    assert kept.particles == 4
    back = open_folder(tmp_path / "back")
    for folder in (old, back):
        drawn = folder.read_annotation(folder.entries[0], (ROWS, COLS)).drawn
        assert drawn is not None
        assert [np.ptp(outline, axis=0).round(3).tolist() for outline in drawn.outlines] == [
            [side, side] for side in (10, 10, 3, 0.3)
        ]
    for to in ("label-images", "coco-masks"):
        done = convert(old, to, tmp_path / to)
        assert done.particles == 2
        assert done.losses.tell(to) == [
            "A pixel is of one particle here, the one drawn first; particles that lose pixels: 1.",
            "Particles left out, for they have no pixel of their own (tiny, or under others): 2.",
        ]
        sample = open_folder(tmp_path / to)[0]
        assert sample.areas_px[1:].tolist() == [100, 75]
    # Masks that overlap lost their pixels when they were read; that is said as well.
    content = {
        "images": [{"id": 1, "file_name": "b.png", "height": ROWS, "width": COLS}],
        "categories": [{"id": 1, "name": "particle"}],
        "annotations": [
            {
                "id": number,
                "image_id": 1,
                "category_id": 1,
                "segmentation": {"size": [ROWS, COLS], "counts": [start, 5, ROWS * COLS - start - 5]},
            }
            for number, start in ((1, 0), (2, 3))
        ],
    }
    save(tmp_path / "masks" / "b.png", np.arange(ROWS * COLS, dtype=np.uint16).reshape(ROWS, COLS))
    put(tmp_path / "masks" / "b.json", content)
    for to in ("labelme", "label-images"):
        assert (
            convert(open_folder(tmp_path / "masks"), to, tmp_path / f"of {to}").losses.particles["covered"]
            == 1
        )


def test_numbers_beyond_16_bits(tmp_path: Path) -> None:
    labels = draw_labels("c").astype(np.int32) * 40000
    image = make(labels)
    fitted = fit_to_format(image, "label-images", Losses())
    np.testing.assert_array_equal(labels_of(fitted), draw_labels("c"))
    assert fitted.ids == (1, 2, 3)
    many = np.arange(1, 257 * 257 + 1, dtype=np.int32).reshape(257, 257)
    save(tmp_path / "old" / "images" / "x.png", many.astype(np.uint16))
    put(tmp_path / "old" / "dataset.toml", 'format = "label-images"\n')
    (tmp_path / "old" / "instances").mkdir()
    cv2.imwritemulti(str(tmp_path / "old" / "instances" / "x.tif"), [many.astype(np.float32)])
    convert(open_folder(tmp_path / "old"), "label-images", tmp_path / "new")
    assert (tmp_path / "new" / "instances" / "x.tif").is_file()
    np.testing.assert_array_equal(open_folder(tmp_path / "new")[0].labels, many)


def make(labels: np.ndarray) -> AnnotatedImage:
    drawn, ids, outlines = outlines_of(labels, "x")
    return annotate("x.png", *labels.shape, outlines, ids=ids, labels=drawn)


random_labels = hnp.arrays(
    np.int32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 4)
)


@settings(max_examples=150, deadline=None)
@given(random_labels)
def test_what_masks_merge_is_counted(labels: np.ndarray) -> None:
    losses = Losses()
    fit_to_format(make(labels), "masks", losses)
    parts, count = ndimage.label(labels > 0, structure=np.ones((3, 3)))
    members = [set(labels[parts == part].tolist()) for part in range(1, count + 1)]
    merged = [group for group in members if len(group) > 1]
    assert losses.particles["merged"] == len(set().union(*merged))
    assert losses.particles["groups"] == len(merged)
    parted = [n for n in np.unique(labels[labels > 0]) if sum(n in group for group in members) > 1]
    assert losses.particles["parted"] == len(parted)
    if not parted:
        particles = len(np.unique(labels[labels > 0]))
        assert count == particles - losses.particles["merged"] + losses.particles["groups"]


@settings(max_examples=150, deadline=None)
@given(random_labels)
@example(np.array([[0, 1], [1, 1]], np.int32))
def test_what_outlines_simplify_is_counted_and_the_rest_comes_back(labels: np.ndarray) -> None:
    losses = Losses()
    image = fit_to_format(make(labels), "labelme", losses)
    assert image.labels is None
    drawn = labels_of(image)
    changed = {
        number
        for number in np.unique([*drawn.ravel(), *labels.ravel()])
        if number and ((drawn == number) != (labels == number)).any()
    }
    assert losses.particles["simplified"] == len(changed)
    # Particles of one piece (4 neighbours) without holes, apart from all others, are never changed, but for
    # those of up to four pixels: their outline is the convex hull.
    for number in np.unique(labels[labels > 0]).tolist():
        own = labels == number
        whole = own.sum() > 4 and ndimage.label(own)[1] == 1 and (ndimage.binary_fill_holes(own) == own).all()
        near = ndimage.binary_dilation(own, np.ones((3, 3))) & ~own
        if whole and not labels[near].any() and ndimage.label(~np.pad(own, 1), np.ones((3, 3)))[1] == 1:
            assert number not in changed
