"""What other programs' own readers make of our files, and what we make of files written by hand."""

import base64
import io
import json
import struct
import zipfile

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from annotated import draw_labels, make_empty, make_image
from nanocaliper.exports.annotated_image import CATEGORIES, annotate
from nanocaliper.exports.export_format import Expected
from nanocaliper.exports.formats import EXPORT_FORMATS, read_annotations
from nanocaliper.micrograph.read import read

#: The COCO API hands numpy arrays of its own kind.
old_arrays = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
#: Pixels of rows 2 to 4 and columns 5 to 9: with corners on whole numbers x 5 to 10, y 2 to 5.
BOX = np.array([[1.5, 4.5], [1.5, 9.5], [4.5, 9.5], [4.5, 4.5], [1.5, 4.5]])
CORNERS = [[5, 2], [10, 2], [10, 5], [5, 5]]


def encode(name, *images):
    return EXPORT_FORMATS[name].encode(images or [make_image()])


def box_image(**changes):
    return annotate("box.png", 12, 20, [BOX], shapes=["cube"], scores=[0.5], nm_per_px=2.5, **changes)


# ImageJ


def test_roifile_reads_corners_names_and_properties(tmp_path):
    roifile = pytest.importorskip("roifile")
    path = tmp_path / "RoiSet.zip"
    path.write_bytes(encode("imagej-roi", box_image(ids=[17], page=2)))
    (roi,) = roifile.roiread(path)
    np.testing.assert_array_equal(roi.coordinates(), CORNERS)
    assert (roi.top, roi.left, roi.bottom, roi.right) == (2, 5, 6, 11)
    assert roi.roitype == roifile.ROI_TYPE.POLYGON
    assert roi.name == "0017-cube"
    assert (roi.position, roi.group) == (3, CATEGORIES.index("cube"))
    assert roi.properties == {
        "nanocaliper_particle": 17,
        "nanocaliper_class": "cube",
        "nanocaliper_state": "counted",
        "nanocaliper_score": 0.5,
        "nanocaliper_rows": 12,
        "nanocaliper_cols": 20,
        "nanocaliper_nm_per_px": 2.5,
    }
    assert zipfile.ZipFile(path).namelist() == ["0017-cube.roi"]


def make_rectangle_roi(top, left, bottom, right, kind=1):
    """A ROI as ImageJ's RoiEncoder writes one without a second header; kind 1 is a rectangle, 2 an oval."""
    return struct.pack(">4shBxhhhh", b"Iout", 227, kind, top, left, bottom, right) + bytes(48)


def test_rectangle_and_oval_drawn_in_imagej(tmp_path):
    path = tmp_path / "one.roi"
    path.write_bytes(make_rectangle_roi(2, 5, 5, 10))
    (image,) = read_annotations(path)
    assert (image.rows, image.cols, image.shapes) == (5, 10, ("",))
    assert {tuple(point) for point in image.outlines[0]} == {tuple(point) for point in BOX}
    path.write_bytes(make_rectangle_roi(10, 20, 30, 40, kind=2))
    (image,) = read_annotations(path, rows=50, cols=60)
    distance = np.hypot(*(image.outlines[0] - [19.5, 29.5]).T)
    np.testing.assert_allclose(distance, 10, atol=1e-9)


# COCO


@pytest.fixture
def coco_api(tmp_path):
    coco = pytest.importorskip("pycocotools.coco")

    def load(content):
        path = tmp_path / "coco.json"
        path.write_bytes(content)
        return coco.COCO(str(path))

    return load


@old_arrays
def test_coco_api_paints_the_pixels_of_the_box(coco_api):
    api = coco_api(encode("coco", box_image()))
    (annotation,) = api.loadAnns(api.getAnnIds())
    assert annotation["bbox"] == [5, 2, 5, 3]
    assert annotation["area"] == 15
    assert api.loadCats(annotation["category_id"])[0]["name"] == "cube"
    painted = np.zeros((12, 20), np.uint8)
    painted[2:5, 5:10] = 1
    np.testing.assert_array_equal(api.annToMask(annotation), painted)


@old_arrays
def test_coco_api_reads_masks_as_the_labels(coco_api):
    masks = pytest.importorskip("pycocotools.mask")
    labels = draw_labels()
    api = coco_api(encode("coco-masks"))
    for annotation in api.loadAnns(api.getAnnIds()):
        mine = labels == annotation["attributes"]["particle"]
        np.testing.assert_array_equal(api.annToMask(annotation), mine)
        packed = masks.encode(np.asfortranarray(mine.astype(np.uint8)))
        assert annotation["area"] == masks.area(packed)
        np.testing.assert_array_equal(annotation["bbox"], masks.toBbox(packed))


def test_packed_masks_of_the_coco_api_are_read():
    masks = pytest.importorskip("pycocotools.mask")
    content = json.loads(encode("coco-masks"))
    labels = draw_labels()
    for annotation in content["annotations"]:
        mine = (labels == annotation["attributes"]["particle"]).astype(np.uint8)
        packed = masks.encode(np.asfortranarray(mine))
        annotation["segmentation"] = {"size": packed["size"], "counts": packed["counts"].decode()}
    (back,) = EXPORT_FORMATS["coco"].decode(json.dumps(content).encode(), Expected("a"))
    np.testing.assert_array_equal(back.labels, labels)


def test_coco_file_written_by_hand():
    # The keys of https://cocodataset.org/#format-data, without ours.
    content = {
        "images": [{"id": 7, "width": 20, "height": 12, "file_name": "box.jpg", "license": 1}],
        "categories": [{"id": 3, "name": "cube", "supercategory": "thing"}],
        "annotations": [
            {
                "id": 1,
                "image_id": 7,
                "category_id": 3,
                "segmentation": [[5, 2, 10, 2, 10, 5, 5, 5]],
                "area": 15,
                "bbox": [5, 2, 5, 3],
                "iscrowd": 0,
            }
        ],
    }
    (image,) = EXPORT_FORMATS["coco"].decode(json.dumps(content).encode(), Expected("a"))
    np.testing.assert_array_equal(image.outlines[0], BOX)
    assert (image.name, image.shapes, image.states) == ("box.jpg", ("cube",), ("counted",))


# LabelMe


def test_labelme_has_the_keys_that_labelme_needs():
    content = json.loads(encode("labelme", box_image()))
    assert {"version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"} <= set(
        content
    )
    (shape,) = content["shapes"]
    assert {"label", "points", "group_id", "shape_type", "flags", "description", "mask"} <= set(shape)
    assert shape["points"] == CORNERS
    assert (shape["label"], shape["shape_type"], shape["group_id"]) == ("cube", "polygon", 1)
    assert content["imageData"] is None


def test_labelme_holds_the_image():
    pixels = np.arange(240, dtype=np.uint8).reshape(12, 20)
    content = json.loads(encode("labelme-embedded", box_image(pixels=pixels)))
    with Image.open(io.BytesIO(base64.b64decode(content["imageData"]))) as image:
        np.testing.assert_array_equal(np.asarray(image), pixels)


@pytest.mark.parametrize(
    ("shape_type", "points", "rows"),
    [
        ("polygon", CORNERS, (1.5, 4.5)),
        ("rectangle", [[5, 2], [10, 5]], (1.5, 4.5)),
        ("circle", [[8, 6], [8, 3]], (2.5, 8.5)),
    ],
)
def test_labelme_file_written_by_hand(shape_type, points, rows):
    # As LabelMe 4 and 5 save it.
    content = {
        "version": "5.0.1",
        "flags": {},
        "shapes": [
            {"label": "cube", "points": points, "group_id": None, "shape_type": shape_type, "flags": {}}
        ],
        "imagePath": "..\\box.jpg",
        "imageData": None,
        "imageHeight": 12,
        "imageWidth": 20,
    }
    (image,) = EXPORT_FORMATS["labelme"].decode(json.dumps(content).encode(), Expected("a"))
    assert image.ids == (1,)
    assert image.outlines[0][:, 0].min() == pytest.approx(rows[0], abs=1e-9)
    assert image.outlines[0][:, 0].max() == pytest.approx(rows[1], abs=1e-9)


# Labels


@pytest.mark.parametrize("nm_per_px", [None, 1e-5, 0.0123456789, 0.7342915, 1.0, 3.14159265, 250.0, 1e6])
def test_labels_have_the_size_of_their_pixels(tmp_path, nm_per_px):
    path = tmp_path / "a.tif"
    path.write_bytes(encode("label-tiff", make_image(nm_per_px=nm_per_px)))
    with tifffile.TiffFile(path) as tif:
        assert tif.is_imagej
        assert tif.imagej_metadata.get("unit") == (None if nm_per_px is None else "nm")
        assert tif.pages[0].dtype == np.uint16
        assert tif.pages[0].tags["ResolutionUnit"].value == 1
        np.testing.assert_array_equal(tif.asarray(), draw_labels())
        if nm_per_px is not None:
            px, nm = tif.pages[0].tags["XResolution"].value
            assert nm / px == pytest.approx(nm_per_px, rel=1e-9)
    assert (read(path).nm_per_px or 0) == pytest.approx(nm_per_px or 0, rel=1e-9)


def test_labels_over_16_bits(tmp_path):
    path = tmp_path / "a.tif"
    labels = draw_labels() * 100_000
    path.write_bytes(encode("label-tiff", annotate("a", *labels.shape, (), labels=labels, nm_per_px=2.0)))
    assert tifffile.imread(path).dtype == np.uint32
    assert read(path).nm_per_px == 2.0
    (back,) = read_annotations(path)
    np.testing.assert_array_equal(back.labels, labels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "float32"])
def test_labels_of_other_programs(tmp_path, dtype):
    path = tmp_path / "labels.tif"
    tifffile.imwrite(path, draw_labels().astype(dtype))
    (back,) = read_annotations(path)
    np.testing.assert_array_equal(back.labels, draw_labels())
    assert back.ids == (1, 2, 5, 7, 8, 9, 11, 12)
    cv2.imwrite(str(tmp_path / "a.png"), draw_labels().astype(np.uint16))
    (back,) = read_annotations(tmp_path / "a.png")
    np.testing.assert_array_equal(back.labels, draw_labels())


# OME-TIFF


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "int16", "int32", "float32"])
def test_tifffile_reads_both_images_of_ome_tiff(tmp_path, dtype):
    path = tmp_path / "a.ome.tif"
    pixels = make_image().pixels.astype(dtype)
    path.write_bytes(encode("ome-tiff", make_image(pixels=pixels)))
    with tifffile.TiffFile(path) as tif:
        assert tif.is_ome
        image, labels = tif.series
        assert (image.name, labels.name) == ("folder/image.png", "labels")
        np.testing.assert_array_equal(image.asarray(), pixels)
        np.testing.assert_array_equal(labels.asarray(), draw_labels())
    micrograph = read(path)
    assert micrograph.nm_per_px == 0.7342915
    np.testing.assert_array_equal(micrograph.pixels, pixels)


@pytest.mark.parametrize(
    "image",
    [make_image(), make_image(pixels=None, nm_per_px=None), make_empty(), make_image("<&\x01\udcff>.tif")],
    ids=["all", "no pixels", "no particles", "odd name"],
)
def test_ome_xml_is_valid(tmp_path, image):
    ome_types = pytest.importorskip("ome_types")
    path = tmp_path / "a.ome.tif"
    path.write_bytes(encode("ome-tiff", image))
    with tifffile.TiffFile(path) as tif:
        text = tif.ome_metadata
    ome_types.validate_xml(text)
    ome = ome_types.from_xml(text)
    assert len(ome.rois) == len(image.ids)
    assert len(ome.images) == 1 + (image.pixels is not None)
    pixels = ome.images[0].pixels
    assert pixels.physical_size_x == pixels.physical_size_y == image.nm_per_px
    assert image.nm_per_px is None or pixels.physical_size_x_unit.value == "nm"
    assert ome.images[0].roi_refs[0].id == ome.rois[0].id if image.ids else not ome.images[0].roi_refs


def test_ome_polygons_have_corners_on_whole_numbers(tmp_path):
    ome_types = pytest.importorskip("ome_types")
    path = tmp_path / "a.ome.tif"
    path.write_bytes(encode("ome-tiff", box_image(pixels=np.zeros((12, 20), np.uint8))))
    (roi,) = ome_types.from_tiff(path).rois
    points = [[float(number) for number in pair.split(",")] for pair in roi.union[0].points.split()]
    assert points == CORNERS
    assert roi.name == "cube"


# VIA and YOLO


def test_via_project_written_by_hand():
    region = {
        "shape_attributes": {"name": "rect", "x": 5, "y": 2, "width": 5, "height": 3},
        "region_attributes": {},
    }
    circle = {
        "shape_attributes": {"name": "circle", "cx": 10, "cy": 6, "r": 3},
        "region_attributes": {"class": "sphere"},
    }
    content = {
        "box.jpg1234": {
            "filename": "box.jpg",
            "size": 1234,
            "regions": [region, circle],
            "file_attributes": {},
        }
    }
    (image,) = EXPORT_FORMATS["via"].decode(json.dumps(content).encode(), Expected("box.jpg", 12, 20))
    np.testing.assert_array_equal(image.outlines[0], BOX)
    np.testing.assert_allclose(np.hypot(*(image.outlines[1] - [5.5, 9.5]).T), 3)
    assert image.shapes == ("", "sphere")


def test_yolo_line_written_by_hand():
    line = (
        b"1 0.25 0.16666666666666667 0.5 0.16666666666666667 0.5 0.4166666666666667 0.25 0.4166666666666667\n"
    )
    (image,) = EXPORT_FORMATS["yolo"].decode(line, Expected("a", 12, 20))
    np.testing.assert_allclose(image.outlines[0], BOX, atol=1e-9)
    assert image.shapes == ("cube",)
    assert [float(n) for n in encode("yolo", box_image()).split()] == pytest.approx(
        [float(n) for n in line.split()]
    )
