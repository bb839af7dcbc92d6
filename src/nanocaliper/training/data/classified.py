"""Classes for particles that were outlined without: from their outlines."""

from collections import Counter
from dataclasses import replace

import numpy as np

from nanocaliper.errors import UsageError
from nanocaliper.micrograph.micrograph import Box
from nanocaliper.particles.descriptors import measure_particles
from nanocaliper.particles.shapes import CLASSES
from nanocaliper.segmentation.segmentation import Segmentation
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph

__all__ = ["REST", "check_classes", "classify_sample"]

#: Class of the particles that are of none of the others.
REST = "irregular"


def check_classes(classes: tuple[str, ...]) -> None:
    """Refuse classes that outlines do not tell apart, and a list without `REST`.

    Raises
    ------
    UsageError
    """
    unknown = [name for name in classes if name not in CLASSES]
    if unknown or REST not in classes:
        what = f"'{unknown[0]}' is none of them" if unknown else f"'{REST}' is missing"
        raise UsageError(
            f"Classes from outlines are {', '.join(CLASSES)}, and {what}; give some of these, '{REST}' among them."
        )


def classify_sample(sample: LabelledMicrograph, classes: tuple[str, ...]) -> LabelledMicrograph:
    """Give every particle of a sample a class.

    What `nanocaliper.particles.shapes.classify_shapes` decides, `REST` for classes that are not wanted. Particles
    for which it does not decide (small, cut by the border, in doubt) are taken for what most of the others in the
    image are.

    Parameters
    ----------
    sample : LabelledMicrograph
        Its classes are not used.
    classes : tuple of str
        Wanted ones, as `check_classes` lets pass.

    Returns
    -------
    LabelledMicrograph
    """
    segmentation = Segmentation(sample.labels, None, np.full(sample.count, np.nan, np.float32), "labels")
    rows, cols = sample.labels.shape
    found = measure_particles(segmentation, Box(0, 0, rows, cols), None).table["shape"]
    names = [name if name in classes else REST if name else "" for name in found]
    known = Counter(name for name in names if name)
    # Of two as frequent, the first of the alphabet.
    usual = min(known, key=lambda name: (-known[name], name), default=REST)
    class_of = np.zeros(sample.count + 1, np.int64)
    class_of[1:] = [classes.index(name or usual) for name in names]
    return replace(sample, classes=classes, class_of=class_of)
