import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from annotated import HOSTILE_NAMES, draw_labels, make_empty, make_image, random_images
from nanocaliper.errors import NanocaliperError, ReadError
from nanocaliper.exports.annotated_image import AnnotatedImage, annotate
from nanocaliper.exports.export_format import Expected
from nanocaliper.exports.formats import EXPORT_FORMATS, find_format, read_annotations

DOCS = Path(__file__).resolve().parents[1] / "docs" / "exports.md"
FIELDS = {
    "name",
    "size",
    "outlines",
    "labels",
    "ids",
    "shapes",
    "scores",
    "states",
    "edited",
    "nm_per_px",
    "pixels",
}
every_format = pytest.mark.parametrize("chosen", list(EXPORT_FORMATS.values()), ids=list(EXPORT_FORMATS))


def read_back(chosen, image):
    expected = Expected(image.name, image.rows, image.cols)
    (back,) = chosen.decode(chosen.encode([image]), expected)
    return back


def try_to_read(chosen, content):
    """The image, or the sentence that says why there is none."""
    try:
        (back,) = chosen.decode(content, Expected("a", 90, 120))
    except NanocaliperError as error:
        return None, str(error)
    return back, ""


def check_same(chosen, image, back, tolerance=1e-3):
    keeps = chosen.keeps
    if chosen.name == "imagej-roi" and not image.ids:
        keeps = keeps - {"nm_per_px", "page"}  # they stand in each ROI
    assert isinstance(back, AnnotatedImage)
    assert len(back.ids) == len(image.ids)
    for field in ("ids", "shapes", "states", "edited", "page"):
        if field in keeps:
            assert getattr(back, field) == getattr(image, field), field
    if "scores" in keeps:
        np.testing.assert_array_equal(back.scores, image.scores)
    if "size" in keeps:
        assert (back.rows, back.cols) == (image.rows, image.cols)
    if "nm_per_px" in keeps:
        assert (back.nm_per_px is None) == (image.nm_per_px is None)
        assert (back.nm_per_px or 0) == pytest.approx(image.nm_per_px or 0, rel=1e-9)
    if "outlines" in keeps:
        for one, other in zip(image.outlines, back.outlines, strict=True):
            np.testing.assert_allclose(other, one, rtol=0, atol=tolerance)
            np.testing.assert_array_equal(other[0], other[-1])
    if "labels" in keeps and image.labels is not None and (image.ids or back.labels is not None):
        np.testing.assert_array_equal(back.labels, image.labels)
    if "pixels" in keeps and image.pixels is not None:
        np.testing.assert_array_equal(back.pixels, image.pixels)
        assert back.pixels.dtype == image.pixels.dtype


@every_format
def test_what_a_format_keeps_comes_back(chosen):
    assert chosen.keeps <= FIELDS | {"page"}
    assert chosen.keeps & {"outlines", "labels"}
    image = make_image()
    check_same(chosen, image, read_back(chosen, image))


@every_format
def test_image_without_particles(chosen):
    back = read_back(chosen, make_empty())
    assert back.outlines == back.ids == back.shapes == ()
    check_same(chosen, make_empty(), back)


@every_format
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_with_hostile_letters(chosen, name):
    image = make_image(name)
    back = read_back(chosen, image)
    check_same(chosen, image, back)
    if "name" in chosen.keeps:
        assert back.name == name or (
            chosen.name == "ome-tiff" and re.search("[\x00-\x1f\ud800-\udfff]", name)
        )


@every_format
@settings(max_examples=25, deadline=None)
@given(image=random_images())
def test_random_polygons(chosen, image):
    keeps = chosen.keeps
    if "outlines" not in keeps:
        return
    if image.pixels is None:
        image = replace(image, pixels=np.zeros((image.rows, image.cols), np.uint8))
    check_same(chosen, image, read_back(chosen, image))


@every_format
def test_the_same_image_gives_the_same_file(chosen):
    assert chosen.encode([make_image()]) == chosen.encode([make_image()])


@every_format
def test_content_tells_the_format(chosen, tmp_path):
    image = make_image()
    path = tmp_path / "any.name"
    path.write_bytes(chosen.encode([image]))
    (back,) = read_annotations(path, name=image.name, rows=image.rows, cols=image.cols)
    check_same(chosen, image, back)


@every_format
def test_size_of_another_image_is_refused(chosen):
    if "size" not in chosen.keeps or chosen.name == "yolo":
        return
    with pytest.raises(ReadError, match=r"90 x 120 px.* but this one has 91 x 120"):
        chosen.decode(chosen.encode([make_image()]), Expected("a", 91, 120))


@every_format
@pytest.mark.parametrize("part", [0.0, 0.3, 0.7, 0.97])
def test_files_cut_short_are_refused_or_hold_less(chosen, part):
    content = chosen.encode([make_image()])
    cut = content[: int(len(content) * part)]
    back, sentence = try_to_read(chosen, cut)
    if back is None:
        assert re.fullmatch(r"[^\n]+\.", sentence)
    else:
        # A text of lines has no end to miss.
        assert chosen.name == "yolo"
        assert len(back.ids) <= len(make_image().ids)


@every_format
def test_damaged_bytes_never_give_another_error(chosen):
    content = bytearray(chosen.encode([make_image()]))
    rng = np.random.default_rng(3)
    for _ in range(60):
        damaged = bytearray(content)
        for place in rng.integers(0, len(content), 4):
            damaged[place] = rng.integers(0, 256)
        assert re.fullmatch(r"[^\n]*\.|", try_to_read(chosen, bytes(damaged))[1])


@every_format
def test_several_images_in_one_file(chosen):
    if not chosen.several:
        return
    images = [make_image("a/x.png"), make_image("b/x.png"), make_empty()]
    content = chosen.encode(images)
    for image, back in zip(images, chosen.decode(content, Expected("")), strict=True):
        check_same(chosen, image, back)
    (back,) = chosen.decode(content, Expected("b/x.png", 90, 120))
    assert back.name == "b/x.png"
    (back,) = chosen.decode(content, Expected("elsewhere/none.tif", 20, 30))
    assert back.name == "none.png"
    with pytest.raises(ReadError, match="holds 3 images"):
        chosen.decode(content, Expected("x.png", 90, 120))


def test_unknown_format_is_named_with_the_known():
    with pytest.raises(NanocaliperError, match=r"no format 'svg'.*imagej-roi, coco"):
        find_format("svg")


def test_labels_without_outlines_of_overlapping_particles():
    square = np.array([[1, 1], [1, 5], [5, 5], [5, 1], [1, 1]], float)
    image = annotate("a", 10, 12, (square, square + 2.0))
    (back,) = EXPORT_FORMATS["label-tiff"].decode(EXPORT_FORMATS["label-tiff"].encode([image]), Expected("a"))
    expected = np.zeros((10, 12), int)
    expected[3:7, 3:7] = 2
    expected[1:5, 1:5] = 1
    np.testing.assert_array_equal(back.labels, expected)


def test_drawn_labels_are_what_the_other_tests_believe():
    assert set(np.unique(draw_labels())) == {0, 1, 2, 5, 7, 8, 9, 11, 12}
