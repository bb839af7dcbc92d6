"""Segmentation: from a micrograph to particles, by the method the user names."""

from collections.abc import Sequence

from nanocaliper.inference.catalogue import DEFAULT_MODEL, find_model
from nanocaliper.micrograph.micrograph import Box, Micrograph
from nanocaliper.segmentation.candidates import keep_particles
from nanocaliper.segmentation.network import find_by_network
from nanocaliper.segmentation.segmentation import Segmentation
from nanocaliper.segmentation.threshold import find_by_threshold

__all__ = ["THRESHOLD", "segment"]

#: Name of the method without a network.
THRESHOLD = "threshold"
#: The threshold method judges no particle; by default it keeps all.
_THRESHOLD_CONFIDENCE = 0.0


def segment(
    micrograph: Micrograph,
    annotations: Sequence[Box] = (),
    *,
    model: str = DEFAULT_MODEL,
    confidence: float | None = None,
) -> Segmentation:
    """Find the particles of a micrograph.

    Parameters
    ----------
    micrograph : Micrograph
        Only its field, without the data strips, is searched.
    annotations : sequence of Box
        Burned-in text and bars, px of the whole image: never particles.
    model : str
        Name of a shipped network, path of a model folder, or ``'threshold'``.
    confidence : float, optional
        Particles with a lower score are left out; by default the model card's value.

    Returns
    -------
    Segmentation

    Raises
    ------
    ModelError
        If the model is unknown or damaged.
    """
    field = micrograph.field
    pixels = micrograph.pixels[field.slices()]
    if model == THRESHOLD:
        candidates, name, default = find_by_threshold(pixels), THRESHOLD, _THRESHOLD_CONFIDENCE
    else:
        card = find_model(model)
        candidates, name = find_by_network(pixels, card), card.name
        default = float(card.decoder["confidence"])
    return keep_particles(
        candidates,
        micrograph.shape,
        field,
        annotations,
        name,
        default if confidence is None else confidence,
    )
