"""Segmentation: from a micrograph to particles, by the method the user names."""

from collections.abc import Sequence

from nanocaliper.errors import UsageError
from nanocaliper.inference.catalogue import DEFAULT_MODEL, find_model
from nanocaliper.micrograph.micrograph import Box, Micrograph
from nanocaliper.segmentation.candidates import place_candidates
from nanocaliper.segmentation.network import find_by_network
from nanocaliper.segmentation.segmentation import Segmentation
from nanocaliper.segmentation.threshold import find_by_threshold

__all__ = ["SPLIT_MAX", "SPLIT_MIN", "THRESHOLD", "check_split", "segment"]

#: Name of the method without a network.
THRESHOLD = "threshold"
#: Range of `split`, in units of the boundary judge's bias (log odds).
SPLIT_MIN, SPLIT_MAX = -3.0, 3.0
#: The threshold method judges no particle; by default it keeps all.
_THRESHOLD_CONFIDENCE = 0.0


def check_split(split: float, model: str) -> None:
    """Refuse a `split` that makes no sense, before an image is read.

    Parameters
    ----------
    split : float
    model : str

    Raises
    ------
    UsageError
    """
    if not SPLIT_MIN <= split <= SPLIT_MAX:
        raise UsageError(f"Split is {split:g}; expected a number from {SPLIT_MIN:g} to {SPLIT_MAX:g}.")
    if split and model == THRESHOLD:
        raise UsageError(
            f"Split is {split:g}, but the method 'threshold' has no judge of boundaries; choose a network, or "
            "leave split at 0."
        )


def segment(
    micrograph: Micrograph,
    annotations: Sequence[Box] = (),
    *,
    model: str = DEFAULT_MODEL,
    split: float = 0.0,
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
        How much readier than tuned a network is to part touching particles, `SPLIT_MIN` to `SPLIT_MAX`; negative:
        less ready. ``'threshold'`` knows only 0.

    Returns
    -------
    Segmentation
        With all candidates, also those whose score is under its ``confidence``: see
        `nanocaliper.particles.filters.keep_particles`.

    Raises
    ------
    ModelError
        If the model is unknown or damaged.
    UsageError
        If `split` is out of range, or given with ``'threshold'``.
    """
    check_split(split, model)
    field = micrograph.field
    pixels = micrograph.pixels[field.slices()]
    if model == THRESHOLD:
        candidates, name, default = find_by_threshold(pixels), THRESHOLD, _THRESHOLD_CONFIDENCE
    else:
        card = find_model(model)
        candidates, name = find_by_network(pixels, card, split), card.name
        default = float(card.decoder["confidence"])
    return place_candidates(candidates, micrograph.shape, field, annotations, name, default)
