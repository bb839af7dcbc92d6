"""Fig. 11, 12, S5 and S6 of NSYOLO's paper: what networks see, as colours."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import distance_transform_edt

from nanocaliper.training.sample_sets import HeldOut
from papers.nsyolo import BADSCONV, BASELINE, BRA, DSCONV, OURS, SCHEMES, state_data, take_schemes
from papers.nsyolo_segmentations import choose_crowded
from papers.pictures import draw_grid, heat, outline
from papers.running import Item, Page, Variant, describe, show
from papers.setup import Setup
from papers.using import Heatmaps, find_heatmaps, load, look_at
from result_tables import Table, percent

__all__ = ["ITEMS", "heatmaps", "near_outlines"]

#: A particle whose mask is shown.
_CONFIDENCE = 0.25
#: Boundary response so near a true outline counts as there, px of the input.
_NEAR_PX = 2.0


def near_outlines(labels: npt.NDArray[np.integer], near_px: float = _NEAR_PX) -> npt.NDArray[np.bool_]:
    """Pixels no further than so many px from where a label ends."""
    ends = np.zeros(labels.shape, bool)
    across, down = labels[:, 1:] != labels[:, :-1], labels[1:] != labels[:-1]
    ends[:, 1:] |= across
    ends[:, :-1] |= across
    ends[1:] |= down
    ends[:-1] |= down
    if not ends.any():
        return ends
    return np.asarray(distance_transform_edt(~ends) <= near_px)


def heatmaps(
    variants: Sequence[Variant], wanted: Sequence[str], shown: Sequence[str], remark: str
) -> Callable[[Setup], Page]:
    """What networks see in the most crowded test image of each class; a row a network or, of one map, a class."""

    def make(setup: Setup) -> Page:
        runs = take_schemes(setup, variants)
        first = next(iter(runs.values()))[0]
        chosen = choose_crowded(look_at(first, first.held_out), wanted)
        seen: dict[str, dict[str, tuple[HeldOut, Heatmaps]]] = {what: {} for what in chosen}
        for run, *_ in runs.values():
            network = load(run)
            for what, one in chosen.items():
                (image,) = look_at(run, [one.whole.name])
                seen[what][run.variant.label] = image, find_heatmaps(network, image, _CONFIDENCE)
        every = [maps for of in seen.values() for _, maps in of.values()]
        # Outlines are narrow: the same scale for all, so that the strongest can be seen.
        top = max(float(np.quantile(maps.boundary, 0.999)) for maps in every) or 1.0
        rows = [[what, label, *_boundaries(*pair)] for what, of in seen.items() for label, pair in of.items()]
        heads = ["image", "network", "boundary response on true outlines", "mean response there"]
        note = (
            f"{state_data(setup, runs)} Of the test images those with the most particles of each class: "
            f"{', '.join(f'{what} {one.whole.name}' for what, one in chosen.items())}. Confidence: greatest "
            "class probability of an anchor; mask: greatest mask probability; boundary: steepest fall of a "
            f"particle's mask probability per px of the input, drawn up to {top:.2f}; on an outline: within "
            f"{_NEAR_PX:g} px. {remark}"
        )
        picture = _draw(seen, shown, {"confidence": 1.0, "mask": 1.0, "boundary": top})
        return Page(
            describe(setup, runs), {"boundaries": Table(heads, rows)}, note, {}, {"heatmaps": picture}
        )

    return make


def _boundaries(image: HeldOut, maps: Heatmaps) -> list[str]:
    """Share of the boundary response that lies on true outlines, and its mean there."""
    near = near_outlines(image.square.sample.labels)
    total = float(maps.boundary.sum())
    share = float(maps.boundary[near].sum()) / total if total else None
    return [percent(share), show(float(maps.boundary[near].mean()) if near.any() else None)]


def _draw(
    seen: Mapping[str, Mapping[str, tuple[HeldOut, Heatmaps]]],
    shown: Sequence[str],
    tops: Mapping[str, float],
) -> Image.Image:
    rows = {}
    for what, of in seen.items():
        square = next(iter(of.values()))[0].square.sample
        annotated = outline(square.pixels, square.labels, (86, 190, 250))
        if len(shown) == 1:
            name = shown[0]
            maps = [heat(getattr(one, name), tops[name]) for _, one in of.values()]
            rows[what] = [outline(square.pixels), annotated, *maps]
            columns = ["image", "annotated", *of]
        else:
            for label, (_, one) in of.items():
                rows[label] = [annotated, *(heat(getattr(one, name), tops[name]) for name in shown)]
            columns = ["annotated", *shown]
    return draw_grid(columns, rows)


_NO_FORMULA = "The paper gives pictures, and no formulas for them."
ITEMS = {
    "fig11": Item(
        "Fig. 11: heatmaps of confidence, mask probability and boundary",
        heatmaps(SCHEMES, ("cube",), ("confidence", "mask", "boundary"), _NO_FORMULA),
    ),
    "fig12": Item(
        "Fig. 12, S5 and S6: boundaries of crowded rods, spheres and cubes by five networks",
        heatmaps(
            (BASELINE, DSCONV, BADSCONV, BRA, OURS), ("rod", "sphere", "cube"), ("boundary",), _NO_FORMULA
        ),
    ),
}
