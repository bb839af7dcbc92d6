"""Segmentation: from a micrograph to particles, by the method the user names."""

from collections.abc import Sequence

from nanocaliper.inference.card_entries import CardEntries
from nanocaliper.inference.catalogue import DEFAULT_MODEL, find_model
from nanocaliper.micrograph.micrograph import Box, Micrograph
from nanocaliper.segmentation.by_network import find_by_network
from nanocaliper.segmentation.candidates import place_candidates
from nanocaliper.segmentation.parting import THRESHOLD, PartingOptions
from nanocaliper.segmentation.segmentation import Segmentation
from nanocaliper.segmentation.threshold import find_by_threshold

__all__ = ["segment"]

#: The threshold method judges no particle; by default it keeps all.
_THRESHOLD_CONFIDENCE = 0.0


def segment(
    micrograph: Micrograph,
    annotations: Sequence[Box] = (),
    *,
    model: str = DEFAULT_MODEL,
    split: float = 0.0,
    parting: str | None = None,
) -> Segmentation:
    """Find the particles of a micrograph, sure and unsure ones.

    Parameters
    ----------
    micrograph : Micrograph
        Only its field, without the data strips, is searched.
    annotations : sequence of Box
        Burned-in text and bars, px of the whole image: never particles.
    model : str
        Name of a shipped network, path of a model folder, or ``'threshold'``.
    split : float
    parting : str, optional
        How touching particles are parted, see `nanocaliper.segmentation.parting.PartingOptions`.

    Returns
    -------
    Segmentation
        With all candidates, also those whose score is under its ``confidence``: see
        `nanocaliper.particles.filters.keep_particles`.

    Raises
    ------
    ModelError
        If the model is unknown or damaged.
    SegmentationError
        If the image is too large for it.
    UsageError
        If `split` or `parting` is impossible, or the method does not have that choice.
    """
    asked = PartingOptions(split, parting)
    asked.check(model)
    field = micrograph.field
    pixels = micrograph.pixels[field.slices()]
    if model == THRESHOLD:
        candidates, name, default = find_by_threshold(pixels), THRESHOLD, _THRESHOLD_CONFIDENCE
    else:
        card = find_model(model)
        candidates, name = find_by_network(pixels, card, asked), card.name
        default = CardEntries(card).number("decoder.confidence", 0, 1)
    return place_candidates(candidates, micrograph.shape, field, annotations, name, default)
