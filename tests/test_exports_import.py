"""Files that must be refused, each in one sentence that says what and where."""

import base64
import copy
import io
import json
import struct
import zipfile

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from annotated import draw_labels, make_image
from nanocaliper.errors import NanocaliperError, ReadError, UsageError
from nanocaliper.exports.annotated_image import annotate
from nanocaliper.exports.export_format import Expected
from nanocaliper.exports.formats import EXPORT_FORMATS, read_annotations
from nanocaliper.particles.run_lengths import decode_runs, encode_runs, find_runs, unpack_counts

SQUARE = [[10, 10], [20, 10], [20, 20], [10, 20]]
LABELME = {
    "shapes": [{"label": "sphere", "points": SQUARE, "shape_type": "polygon"}],
    "imagePath": "a.png",
    "imageHeight": 50,
    "imageWidth": 60,
}
COCO = {
    "images": [{"id": 1, "width": 60, "height": 50, "file_name": "a.png"}],
    "categories": [{"id": 1, "name": "sphere"}],
    "annotations": [{"id": 9, "image_id": 1, "category_id": 1, "segmentation": [np.ravel(SQUARE).tolist()]}],
}
VIA = {
    "_via_img_metadata": {
        "a.png-1": {
            "filename": "a.png",
            "regions": [
                {
                    "shape_attributes": {
                        "name": "polygon",
                        "all_points_x": [10, 20, 20],
                        "all_points_y": [10, 10, 20],
                    },
                    "region_attributes": {},
                }
            ],
        }
    }
}
OF = {"labelme": LABELME, "coco": COCO, "via": VIA}


def pack(picture):
    """A mask as LabelMe keeps it."""
    stream = io.BytesIO()
    Image.fromarray(np.asarray(picture, np.uint8)).save(stream, "png")
    return base64.b64encode(stream.getvalue()).decode("ascii")


CROSS = np.array([[0, 1, 0, 0, 0], [1, 1, 1, 1, 1], [0, 1, 0, 0, 1]])
MASK = {"label": "rod", "points": [[10, 20], [14, 22]], "shape_type": "mask", "mask": pack(CROSS)}


def change(content, path, value):
    """A copy with one value set, or removed where it is `...`."""
    content = copy.deepcopy(content)
    place = content
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return content


def refuse(tmp_path, content, match, error=ReadError, **known):
    path = tmp_path / "in.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    known = known or {"name": "a.png", "rows": 50, "cols": 60}
    with pytest.raises(error, match=match) as caught:
        read_annotations(path, **known)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 400


@pytest.mark.parametrize("name", list(OF))
def test_what_is_changed_below_is_read_as_it_is(tmp_path, name):
    path = tmp_path / "in.json"
    path.write_text(json.dumps(OF[name]))
    (image,) = read_annotations(path, name="a.png", rows=50, cols=60)
    assert len(image.outlines) == 1


def test_masks_of_labelme_beside_polygons(tmp_path):
    path = tmp_path / "in.json"
    path.write_text(json.dumps(change(LABELME, ("shapes",), [MASK, LABELME["shapes"][0]])))
    (image,) = read_annotations(path, name="a.png", rows=50, cols=60)
    assert image.shapes == ("rod", "sphere")
    expected = np.zeros((50, 60), int)
    expected[10:20, 10:20] = 2
    expected[20:23, 10:15][CROSS > 0] = 1
    np.testing.assert_array_equal(image.labels, expected)
    np.testing.assert_array_equal(image.outlines[1][:-1] + 0.5, np.array(SQUARE)[:, ::-1])
    assert image.outlines[0].min(axis=0) == pytest.approx([19.5, 9.5], abs=0.6)


def test_coco_particles_of_several_polygons_and_masks(tmp_path):
    pieces = [[5, 30, 15, 30, 15, 40, 5, 40], [20, 30, 32, 30, 32, 40, 20, 40]]
    covered = np.zeros((50, 60), np.int32)
    covered[35:45, 12:24] = 1
    notes = [
        {"category_id": 1, "segmentation": [np.ravel(SQUARE).tolist()]},
        {"category_id": 1, "segmentation": pieces},
        {
            "category_id": 1,
            "segmentation": {"size": [50, 60], "counts": encode_runs(find_runs(covered)[1], 3000)},
        },
    ]
    listed = [{"id": number, "image_id": 1, **note} for number, note in enumerate(notes, 1)]
    path = tmp_path / "in.json"
    path.write_text(json.dumps(change(COCO, ("annotations",), listed)))
    (image,) = read_annotations(path, name="a.png", rows=50, cols=60)
    expected = covered * 3
    expected[30:40, 5:15] = expected[30:40, 20:32] = 2
    expected[10:20, 10:20] = 1
    np.testing.assert_array_equal(image.labels, expected)
    # of the two pieces the larger has the outline
    assert image.outlines[1].min(axis=0) == pytest.approx([29.5, 19.5], abs=0.6)
    np.testing.assert_array_equal(image.outlines[0][:-1] + 0.5, np.array(SQUARE)[:, ::-1])


_SHAPE, _NOTE, _REGION = ("shapes", 0), ("annotations", 0), ("_via_img_metadata", "a.png-1", "regions", 0)
_POINTS, _LINE, _XS = (
    (*_SHAPE, "points"),
    (*_NOTE, "segmentation"),
    (*_REGION, "shape_attributes", "all_points_x"),
)


@pytest.mark.parametrize(
    ("name", "path", "value", "match"),
    [
        ("labelme", ("imageHeight",), 51, "51 x 60 px .* but this one has 50 x 60"),
        ("labelme", ("imageHeight",), "50", "no 'imageHeight' that is a number"),
        ("labelme", ("imageHeight",), -50, "expected a whole number from 0"),
        ("labelme", ("imageHeight",), ..., "no 'imageHeight'"),
        ("labelme", ("shapes",), {}, "no 'shapes' that is a list"),
        ("labelme", _POINTS, SQUARE[:2], "has 2 points; expected an outline of at least three"),
        ("labelme", _POINTS, [], "has 0 points"),
        ("labelme", _POINTS, [[1, 1], [5, 5], [9, 9]], "encloses no area"),
        ("labelme", _POINTS, [[1, 1], [5, 5, 5], [9, 9]], "is no list of points"),
        ("labelme", _POINTS, [[1, 1], ["x", 5], [9, 9]], "is no list of points"),
        ("labelme", _POINTS, [[1, 1], [None, 5], [9, 9]], "is no list of points"),
        ("labelme", _POINTS, [[10, 10], [1e300, 10], [20, 20]], "no pixel; expected finite"),
        ("labelme", _POINTS, [[10, 10], [10**400, 10], [20, 20]], "no list of points"),
        ("labelme", _POINTS, [[10, 10], [70, 10], [20, 20]], "10 px outside the image of 50 x 60 px"),
        ("labelme", _POINTS, [[-5, 10], [30, 10], [20, 20]], "5 px outside"),
        (
            "labelme",
            (*_SHAPE, "label"),
            "bird",
            "Shape 1 of 'in.json' has the class 'bird'; expected one of particle",
        ),
        ("labelme", (*_SHAPE, "label"), 7, "has the class '7'"),
        ("labelme", (*_SHAPE, "shape_type"), "line", "is a 'line'; expected a polygon"),
        ("labelme", (*_SHAPE, "shape_type"), "mask", "has a damaged mask"),
        ("labelme", _SHAPE, MASK | {"mask": "!"}, "has a damaged mask"),
        ("labelme", _SHAPE, MASK | {"mask": MASK["mask"][:40]}, "has a damaged mask"),
        ("labelme", _SHAPE, MASK | {"points": [[10, 10], [14, 13]]}, "has a damaged mask"),
        ("labelme", _SHAPE, MASK | {"points": [[10, 10]]}, "has a damaged mask"),
        ("labelme", _SHAPE, MASK | {"points": [[57, 10], [61, 12]]}, "outside the image of 50 x 60 px"),
        ("labelme", _SHAPE, MASK | {"mask": pack(np.zeros((3, 5)))}, "empty mask"),
        ("labelme", (*_SHAPE, "score"), 7, "has the score '7'"),
        ("labelme", ("nm_per_px",), -1, "expected a number above zero"),
        ("coco", ("images", 0, "height"), 10**30, "expected a whole number"),
        ("coco", ("images", 0, "width"), 2**31 - 1, "but this one has"),
        ("coco", ("images", 0, "id"), 2, "annotations of an image that is not in its list"),
        ("coco", ("images",), [], "not in its list"),
        ("coco", ("images", 0), 5, "has no 'id'"),
        ("coco", (*_NOTE, "category_id"), 5, "Annotation '9' of 'in.json' has the category 5"),
        ("coco", (*_NOTE, "category_id"), [], "which the file does not list"),
        ("coco", ("categories", 0, "name"), "dog", "has the class 'dog'"),
        ("coco", _LINE, [], "has no segmentation"),
        ("coco", _LINE, ..., "has no segmentation"),
        ("coco", _LINE, [[1, 1, 5, 1, 5, 5], [7, 7, 9, 7]], "has 2 points"),
        ("coco", _LINE, [[1, 1, 5, 1, 5, 5], [7, 7, 90, 7, 9, 9]], "30 px outside"),
        ("coco", (*_NOTE, "iscrowd"), 1, "is a crowd of objects"),
        ("coco", _LINE, [[1, 1, 5, 1]], "has 2 points"),
        ("coco", _LINE, [[1, 1, 5]], "no list of points"),
        ("coco", _LINE, {"size": [60, 50], "counts": [3000]}, "mask of another size"),
        ("coco", _LINE, {"size": [50, 60], "counts": [10, 10]}, "do not fill the mask"),
        ("coco", _LINE, {"size": [50, 60], "counts": [10, -5, 2995]}, "no whole number"),
        ("coco", _LINE, {"size": [50, 60], "counts": "#!"}, "damaged"),
        ("coco", _LINE, {"size": [50, 60], "counts": None}, "damaged mask"),
        ("coco", _LINE, {"size": [50, 60], "counts": [3000]}, "empty mask"),
        ("via", _XS, [10, 20], "is no outline"),
        ("via", _XS, "abc", "no 'all_points_x' that is a list"),
        ("via", (*_REGION, "shape_attributes", "name"), "point", "is no outline"),
        ("via", (*_REGION, "region_attributes"), {"class": "bird"}, "has the class 'bird'"),
        ("via", (*_REGION, "region_attributes"), {"score": "x"}, "has the score 'x'"),
        ("via", ("_via_img_metadata",), {}, "lists no image"),
        ("via", ("_via_img_metadata", "a.png-1", "regions"), 3, "no list of regions"),
        ("via", ("_via_img_metadata", "a.png-1", "file_attributes"), {"rows": 9, "cols": 9}, "9 x 9 px"),
    ],
)
def test_changed_json_is_refused(tmp_path, name, path, value, match):
    refuse(tmp_path, change(OF[name], path, value), match)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b'{"shapes": [NaN]}', "NaN is no JSON number"),
        (b'{"shapes": [Infinity]}', "Infinity"),
        (b'{"shapes": ', "no valid JSON"),
        (b"[" * 200_000, "no valid JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "no valid JSON"),
        (b"{}", "none of COCO, LabelMe or VIA"),
        (b"[1, 2]", "none of COCO"),
        (b'{"\xff": 1}', "no valid JSON"),
        (b"hello", "none of the formats"),
        (b"\x00\x01\x02", "none of the formats"),
        (b"\x89PNG\r\n\x1a\n", "cannot be read"),
        (b"II*\0\0\0\0\0", "cannot be read"),
    ],
)
def test_content_that_is_nothing(tmp_path, content, match):
    refuse(tmp_path, content, match)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"9 0.1 0.1 0.5 0.1 0.5 0.5\n", "Line 1 of 'in.json' has the class '9'; expected 0 to 6"),
        (b"0 0.1 0.1 0.5 0.1\n", "has 2 points"),
        (b"0 0.1 0.1 0.5 0.1 0.5 1.5\n", "25 px outside"),
        (b"0 0.1 0.1 0.5 0.1 0.5\n", "no list of points"),
        (b"0 0.1 0.1 0.5 0.1 0.5 1e999\n", "no pixel"),
        (b"0 0.1 0.1 0.5 0.1 0.5 --5\n", "no list of points"),
    ],
)
def test_yolo_lines_that_are_none(tmp_path, content, match):
    refuse(tmp_path, content, match)


def test_yolo_needs_the_size(tmp_path):
    refuse(tmp_path, b"0 0.1 0.1 0.5 0.1 0.5 0.5\n", "do not say the size", UsageError, name="a")


def make_zip(*members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def roi():
    with zipfile.ZipFile(io.BytesIO(EXPORT_FORMATS["imagej-roi"].encode([make_image()]))) as archive:
        return archive.read(archive.namelist()[0])


@pytest.mark.parametrize("name", ["../a.roi", "/a.roi", "x/../../a.roi", "C:\\a.roi", "..\\a.roi"])
def test_zip_names_that_lead_out(tmp_path, roi, name):
    refuse(tmp_path, make_zip((name, roi)), "leads out of its folder")


def test_zip_that_unpacks_to_too_much(tmp_path):
    refuse(tmp_path, make_zip(("a.roi", bytes(40 * 2**20))), "may be an attack")


def test_zip_that_lies_about_its_size(tmp_path):
    content = bytearray(make_zip(("a.roi", bytes(40 * 2**20))))
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", 1000)
    refuse(tmp_path, bytes(content), "damaged zip")


def test_zip_cut_short_and_other_contents(tmp_path, roi):
    content = make_zip(("a.roi", roi))
    refuse(tmp_path, content[: len(content) // 2], "damaged zip")
    refuse(tmp_path, make_zip(("a.roi", b"Iout" + bytes(20))), "is damaged, or no ROI")
    refuse(tmp_path, make_zip(("a.roi", roi[:70])), "is damaged, or no ROI")
    refuse(tmp_path, make_zip(("a.txt", b"hello")), "holds no file that ends in .roi")


def test_roi_that_is_no_outline(tmp_path):
    line = struct.pack(">4shBx", b"Iout", 227, 3) + bytes(56)
    refuse(tmp_path, line, "is a line that outlines no particle")


def test_rois_of_another_image(tmp_path):
    content = EXPORT_FORMATS["imagej-roi"].encode([make_image()])
    refuse(tmp_path, content, "90 x 120 px .* but this one has 50 x 60")


@pytest.mark.parametrize(
    ("array", "match"),
    [
        (np.zeros((50, 61), np.uint16), "50 x 61 px"),
        (np.zeros((50, 60, 3), np.uint8), "no label image"),
        (np.full((50, 60), 0.5, np.float32), "no label image"),
        (np.full((50, 60), np.nan, np.float32), "no label image"),
        (np.full((50, 60), -3, np.int16), "label -3"),
        (np.full((50, 60), 2**32 - 1, np.uint32), "label 4294967295"),
    ],
)
def test_label_images_that_are_none(tmp_path, array, match):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, photometric="rgb" if array.ndim == 3 else "minisblack")
    refuse(tmp_path, buffer.getvalue(), match)


def test_ome_tiff_without_particles(tmp_path):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.zeros((50, 60), np.uint8), ome=True)
    refuse(tmp_path, buffer.getvalue(), "holds no particles")


def change_ome(old, new):
    image = annotate(
        "a", 50, 60, [np.array([[5.0, 5], [5, 9], [9, 9], [5, 5]])], pixels=np.zeros((50, 60), np.uint8)
    )
    content = EXPORT_FORMATS["ome-tiff"].encode([image])
    with tifffile.TiffFile(io.BytesIO(content)) as tif:
        text = tif.ome_metadata
    assert old in text
    changed = text.replace(old, new)
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as tif:
        for index in range(2):
            description = changed.encode("ascii", "xmlcharrefreplace") if index == 0 else None
            tif.write(np.zeros((50, 60), np.uint8), description=description, metadata=None)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("<OME", "<!DOCTYPE a [<!ENTITY b 'c'>]><OME", "may be an attack"),
        ("</OME>", "", "damaged"),
        ("Polygon", "Line", "is no outline"),
        ('Points="5.500', 'Points="nan', "no pixel"),
        ('Points="5.500', 'Points="x', "no list of points"),
        ('Points="5.500', 'Points="500', "px outside"),
        ('Name="particle"', 'Name="bird"', "class 'bird'"),
        ('IFD="1"', 'IFD="7"', "cannot be read"),
    ],
)
def test_changed_ome_xml_is_refused(tmp_path, old, new, match):
    refuse(tmp_path, change_ome(old, new), match)


def test_up_to_a_pixel_outside_is_cut_off(tmp_path):
    path = tmp_path / "in.json"
    path.write_text(json.dumps(change(LABELME, _POINTS, [[-0.7, 10], [60.9, 10], [20, 50.5]])))
    (image,) = read_annotations(path, rows=50, cols=60)
    np.testing.assert_array_equal(image.outlines[0][:3], [[9.5, -0.5], [9.5, 59.5], [49.5, 19.5]])


def test_files_that_are_not_there(tmp_path):
    for path in (tmp_path / "none.json", tmp_path, tmp_path / "a\0b"):
        with pytest.raises(ReadError, match=r"(no file|Cannot read)"):
            read_annotations(path)
    with pytest.raises(UsageError, match="Only one of"):
        read_annotations(tmp_path, rows=5)


def test_particles_over_4_mb_of_xml_are_kept_by_the_labels():
    labels = np.arange(1, 2501, dtype=np.int32).reshape(50, 50)
    circle = np.column_stack([np.sin(np.linspace(0, 6, 120)), np.cos(np.linspace(0, 6, 120))]) * 3 + 20
    image = annotate("a", 50, 50, [np.vstack([circle, circle[:1]])] * 2500, labels=labels, nm_per_px=2.0)
    content = EXPORT_FORMATS["ome-tiff"].encode([image])
    (back,) = EXPORT_FORMATS["ome-tiff"].decode(content, Expected("a"))
    np.testing.assert_array_equal(back.labels, labels)
    assert back.nm_per_px == 2.0


@given(st.binary(max_size=300), st.sampled_from([b"", b"Iout", b"PK\x03\x04", b"II*\0", b"{", b"0 "]))
def test_any_bytes_are_read_or_refused_in_words(content, start):
    for one in EXPORT_FORMATS.values():
        try:
            one.decode(start + content, Expected("a", 20, 30))
        except NanocaliperError as error:
            assert str(error).endswith(".")  # noqa: PT017


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_runs_come_back(rows, cols, seed):
    labels = np.random.default_rng(seed).integers(0, 4, (rows, cols)).astype(np.int32)
    back = np.zeros(rows * cols, np.int32)
    for number, runs in find_runs(labels).items():
        for start, stop in decode_runs(encode_runs(runs, rows * cols), rows * cols):
            back[start:stop] = number
    np.testing.assert_array_equal(back.reshape(cols, rows).T, labels)


@pytest.mark.parametrize("text", ["\x7f", "o", "oooooooooooooooo", "é"])
def test_packed_runs_that_are_none(text):
    with pytest.raises(ValueError, match="packed run lengths"):
        unpack_counts(text)


def test_outline_of_a_hole_is_filled_but_its_labels_are_not():
    (back,) = EXPORT_FORMATS["ome-tiff"].decode(
        EXPORT_FORMATS["ome-tiff"].encode([make_image()]), Expected("a")
    )
    ring = back.outlines[back.ids.index(9)]
    area = abs(np.sum(ring[:-1, 0] * ring[1:, 1] - ring[1:, 0] * ring[:-1, 1])) / 2
    assert area == pytest.approx(np.pi * 20**2, rel=0.02)
    assert (back.labels == 9).sum() == (draw_labels() == 9).sum() < area * 0.85
