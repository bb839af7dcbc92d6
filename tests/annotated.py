"""Annotated images for tests of the formats: drawn particles, and random ones."""

import numpy as np
from hypothesis import strategies as st

from nanocaliper.exports.annotated_image import EDITS, STATES, AnnotatedImage, annotate
from nanocaliper.exports.label_images import outlines_of
from nanocaliper.particles.shapes import CLASSES

HOSTILE_NAMES = (
    "a b.tif",
    "é µ/ü.png",
    "=1+1.png",
    "<script>&\"'.png",
    "line\nbreak\x01\x00.tif",
    "../../etc/passwd",
    "lone\udcff.png",
    "日本語/" + "x" * 150 + ".tif",
)


def draw_labels() -> np.ndarray:
    """Touching, nested, border, one-pixel, one-row particles and one with a hole, with gaps in the numbers."""
    labels = np.zeros((90, 120), np.int32)
    rows, cols = np.indices(labels.shape)
    labels[(rows - 30) ** 2 + (cols - 30) ** 2 <= 15**2] = 1
    labels[(rows - 30) ** 2 + (cols - 58) ** 2 <= 13**2] = 2
    labels[(rows - 70) ** 2 + (cols - 0) ** 2 <= 12**2] = 5
    labels[10, 100] = 7
    labels[20, 90:110] = 8
    ring = (rows - 65) ** 2 + (cols - 80) ** 2
    labels[(ring <= 20**2) & (ring > 9**2)] = 9
    labels[ring <= 5**2] = 11
    labels[89, 119] = 12
    return labels


def make_image(name: str = "folder/image.png", **changes: object) -> AnnotatedImage:
    """An image with all fields set."""
    labels = draw_labels()
    _, ids, outlines = outlines_of(labels, "labels")
    count = len(ids)
    known: dict[str, object] = {
        "ids": ids,
        "shapes": [("", *CLASSES)[index % 7] for index in range(count)],
        "scores": [float("nan"), *np.linspace(0, 1, count - 1).round(3).tolist()],
        "states": [STATES[index % len(STATES)] for index in range(count)],
        "edited": [EDITS[index % len(EDITS)] for index in range(count)],
        "labels": labels,
        "nm_per_px": 0.7342915,
        "pixels": np.random.default_rng(1).integers(0, 4000, labels.shape).astype(np.uint16),
        "page": 0,
    }
    return annotate(name, *labels.shape, outlines, **{**known, **changes})


def make_empty() -> AnnotatedImage:
    """An image without particles."""
    return annotate("none.png", 20, 30, (), labels=np.zeros((20, 30), np.int32), nm_per_px=2.0)


@st.composite
def random_images(draw: st.DrawFn) -> AnnotatedImage:
    """Star-shaped polygons anywhere in an image, also over each other, without labels."""
    rows, cols = draw(st.integers(1, 3000)), draw(st.integers(1, 3000))
    count = draw(st.integers(0, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    outlines = []
    for _ in range(count):
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 40)))
        angles = np.concatenate([angles, [0.5, 2.6, 4.7]])
        angles.sort()
        radius = rng.uniform(0.3, 0.5, angles.size) * min(rows, cols) * rng.uniform(0.3, 1)
        centre = rng.uniform([0, 0], [rows, cols]) - 0.5
        points = centre + radius[:, None] * np.column_stack([np.sin(angles), np.cos(angles)])
        line = np.vstack([points, points[:1]])
        clipped = np.clip(line, -0.5, [rows - 0.5, cols - 0.5])
        r, c = (clipped - clipped[0]).T
        if abs(np.sum(r[:-1] * c[1:] - r[1:] * c[:-1])) > 0.02:
            outlines.append(clipped)
    count = len(outlines)
    return annotate(
        draw(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)),
        rows,
        cols,
        outlines,
        ids=draw(st.permutations(range(1, count + 1))),
        shapes=[draw(st.sampled_from(("", *CLASSES))) for _ in range(count)],
        scores=[draw(st.one_of(st.just(float("nan")), st.floats(0, 1))) for _ in range(count)],
        states=[draw(st.sampled_from(STATES)) for _ in range(count)],
        edited=[draw(st.sampled_from(EDITS)) for _ in range(count)],
        nm_per_px=draw(st.one_of(st.none(), st.floats(1e-3, 1e3))),
        page=draw(st.integers(0, 5)),
    )
