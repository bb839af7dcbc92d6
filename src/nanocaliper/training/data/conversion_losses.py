"""What a format of annotations has no room for: it is left out when a data set is converted, and counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.exports.annotated_image import AnnotatedImage, take_particles
from nanocaliper.exports.formats import EXPORT_FORMATS
from nanocaliper.exports.label_images import find_inside, labels_of
from nanocaliper.training.data.folder_layouts import ANNOTATION_FORMATS

__all__ = ["Losses", "fit_to_format"]

Labels = npt.NDArray[np.int32]

#: Fields of `AnnotatedImage` that come back, of the formats that are no exports.
_KEEPS = {"label-images": frozenset({"labels", "shapes"}), "masks": frozenset[str]()}
_FIELDS = {
    "shapes": "classes",
    "scores": "scores",
    "states": "the reasons why particles do not count",
    "edited": "what a person changed",
    "nm_per_px": "the scale",
}
#: A number that PNG files of 16 bits hold.
_MOST_IN_PNG = 65535


@dataclass
class Losses:
    """What was lost in a conversion; `tell` says it.

    Parameters
    ----------
    particles : Counter of str
        Particles that are not as they were, by what became of them.
    fields : dict of str to None
        Fields of `AnnotatedImage` that had content, in order.
    """

    particles: Counter[str] = field(default_factory=Counter)
    fields: dict[str, None] = field(default_factory=dict)

    def tell(self, to: str) -> list[str]:
        """Say what was lost, a sentence each.

        Parameters
        ----------
        to : str
            Name of the format.

        Returns
        -------
        list of str
        """
        known: Mapping[str, int] = self.particles
        sentences = {
            "merged": "Binary masks do not tell touching particles apart; particles that touch others: {}, in the "
            f"masks: {known['groups']}.",
            "parted": "Each connected piece of a binary mask is a particle; particles that come apart: {}.",
            "covered": "A pixel is of one particle here, the one drawn first; particles that lose pixels: {}.",
            "hidden": "Particles left out, for they have no pixel of their own (tiny, or under others): {}.",
            "simplified": "An outline has one piece and no holes; particles whose pixels change: {} (coco-masks "
            "and label-images keep them).",
        }
        told = [sentence.format(known[kind]) for kind, sentence in sentences.items() if known[kind]]
        if self.fields:
            lost = ", ".join(_FIELDS[name] for name in self.fields)
            named = ANNOTATION_FORMATS.get(to, to)
            told.append(f"The format of {named} has no room for {lost}: left out.")
        return told


def fit_to_format(image: AnnotatedImage, to: str, losses: Losses) -> AnnotatedImage:
    """Make of an image what a format can hold.

    Parameters
    ----------
    image : AnnotatedImage
    to : str
        A name of `nanocaliper.training.data.converted.TARGETS`.
    losses : Losses
        What the format cannot hold is added here.

    Returns
    -------
    AnnotatedImage
        With labels for formats of labels, without them for formats of outlines.
    """
    keeps = EXPORT_FORMATS[to].keeps if to in EXPORT_FORMATS else _KEEPS[to]
    present = {
        "shapes": any(image.shapes),
        "scores": not np.isnan(image.scores).all(),
        "states": any(state != "counted" for state in image.states),
        "edited": any(image.edited),
        "nm_per_px": image.nm_per_px is not None,
    }
    losses.fields |= {name: None for name, there in present.items() if there and name not in keeps}
    if "outlines" in keeps:
        losses.particles["covered"] += len(image.covered)
        if image.labels is not None:
            losses.particles["simplified"] += _count_changed(image, image.labels)
        return replace(image, labels=None, covered=())
    labels = labels_of(image)
    numbers, areas = np.unique(labels, return_counts=True)
    area_of = dict(zip(numbers.tolist(), areas.tolist(), strict=True))
    kept = [number in area_of for number in image.ids]
    losses.particles["hidden"] += kept.count(False)
    if to == "masks":
        _count_parts(labels, losses)
    else:
        covered = set(image.covered)
        if image.labels is None:
            covered |= {
                number
                for number, outline in zip(image.ids, image.outlines, strict=True)
                if len(find_inside(outline, image.rows, image.cols)[0]) > area_of.get(number, 0) > 0
            }
        losses.particles["covered"] += len(covered)
    fitted = take_particles(replace(image, labels=labels), kept)
    return (
        _number_anew(fitted) if to == "label-images" and max(fitted.ids, default=0) > _MOST_IN_PNG else fitted
    )


def _count_changed(image: AnnotatedImage, labels: Labels) -> int:
    """Number of particles whose outlines enclose other pixels than they have."""
    drawn = labels_of(replace(image, labels=None))
    differ = drawn != labels
    return len((set(np.unique(drawn[differ]).tolist()) | set(np.unique(labels[differ]).tolist())) - {0})


def _count_parts(labels: Labels, losses: Losses) -> None:
    """Count the particles that share a connected part (8 neighbours) with others, and those in several parts."""
    inside = labels > 0
    _, parts = cv2.connectedComponents(inside.astype(np.uint8), connectivity=8)
    pairs = np.unique(np.column_stack([parts[inside], labels[inside]]), axis=0)
    groups, sizes = np.unique(pairs[:, 0], return_counts=True)
    shared = groups[sizes > 1]
    losses.particles["merged"] += len(np.unique(pairs[np.isin(pairs[:, 0], shared), 1]))
    losses.particles["groups"] += len(shared)
    losses.particles["parted"] += int((np.unique(pairs[:, 1], return_counts=True)[1] > 1).sum())


def _number_anew(image: AnnotatedImage) -> AnnotatedImage:
    """Number the particles 1..n, in the order of their numbers."""
    order = sorted(image.ids)
    labels = labels_of(image)
    places = np.searchsorted(order, labels) + 1
    new = {number: place for place, number in enumerate(order, 1)}
    return replace(
        image,
        ids=tuple(new[number] for number in image.ids),
        labels=np.where(labels > 0, places, 0).astype(np.int32),
        covered=tuple(new[number] for number in image.covered),
    )
