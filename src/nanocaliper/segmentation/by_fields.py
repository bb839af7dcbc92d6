"""Particles by a network of five fields: the working scale is found from the image."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import SegmentationError
from nanocaliper.inference.card_entries import CardEntries
from nanocaliper.inference.grey import stretch
from nanocaliper.inference.model_card import ModelCard
from nanocaliper.inference.session import open_network
from nanocaliper.inference.tiling import Run, TileOptions, resample, run_tiled
from nanocaliper.segmentation.candidates import Candidates
from nanocaliper.segmentation.card_decoder import describe_decoder, read_outline_uncertainty, read_score_map
from nanocaliper.segmentation.decoders.fields import BoundaryJudge, decode_fields
from nanocaliper.segmentation.label_bands import count_pixels, sum_by_label
from nanocaliper.segmentation.parting import PartingOptions
from nanocaliper.segmentation.score_map import ScoreMap
from nanocaliper.segmentation.segmentation import BOUNDARY_LEVEL
from nanocaliper.segmentation.upsample import upsample_labels, upsample_level
from nanocaliper.segmentation.working_scale import WORKING_PIXELS_MAX

__all__ = ["Look", "NetworkOptions", "find_by_fields", "look_closely"]

_MAX_LOOKS = 3
#: The working scale is kept where it is within this factor of the wanted one.
_SCALE_TOLERANCE = 1.3
#: Particles under so many working px are hardly seen in a look, and nothing may be seen in their place.
_UNSEEN_PX = 8.0
#: Each glimpse is so much finer than the one before, and shows squares of so many working px.
_GLIMPSE_STEP, _GLIMPSE_PX = 3.0, 192
#: So many particles that a look cannot have seen are no chance find.
_GLIMPSED_FEWEST = 5
#: Particles of this score have a say in the scale: small ones are sure only when they are looked at closely.
_SEEN_SCORE = 0.2
#: In an enlarged image that showed nothing before, fewer are as likely to be noise.
_ENLARGED_FEWEST = 3


@dataclass(frozen=True)
class NetworkOptions:
    """What the card says of feeding and reading the network; see ``docs/models.md``."""

    diameter_px: float
    first_look_px: float
    scale_max: float
    foreground: float
    boundary: float
    smoothing_px: float
    diameter_min_px: float
    confidence: float
    judge: BoundaryJudge
    tiles: TileOptions
    score_map: ScoreMap | None = None
    outline_uncertainty: float | None = None

    @property
    def foreground_mean(self) -> float:
        """Mean foreground probability of a particle's pixels from which on it has a say in the working scale."""
        if self.score_map is None:
            return self.confidence
        # Scores are of levels, which are linear in the probability on either side of the boundary.
        mean = self.score_map.invert(np.array(min(self.confidence, _SEEN_SCORE)))
        return float(np.interp(mean, (0, 0.5, 1), (0, self.boundary, 1)))

    @classmethod
    def from_card(cls, card: ModelCard, split: float = 0.0) -> "NetworkOptions":
        """Take the entries from a card.

        Parameters
        ----------
        card : ModelCard
        split : float
            Added to the bias of the judge: log odds by which boundaries are readier taken for real.

        Raises
        ------
        ModelError
            If an entry is missing or impossible.
        """
        entries = CardEntries(card)
        entries.choice("decoder.name", ("fields",))
        judge = BoundaryJudge(
            **{name: entries.number(f"decoder.judge.{name}") for name in BoundaryJudge.__annotations__}
        )
        return cls(
            diameter_px=entries.number("input.diameter_px", 1),
            first_look_px=entries.number("input.first_look_px", 1),
            scale_max=entries.number("input.scale_max", 1e-3),
            foreground=entries.number("decoder.foreground", 0, 1),
            boundary=entries.number("decoder.boundary", 0, 1),
            smoothing_px=entries.number("decoder.smoothing_px", 0),
            diameter_min_px=entries.number("decoder.diameter_min_px", 0),
            confidence=entries.number("decoder.confidence", 0, 1),
            judge=replace(judge, bias=judge.bias + split),
            tiles=TileOptions(
                multiple=entries.whole("input.multiple"),
                stride=entries.whole("output.stride"),
                channels=len(entries.names("output.channels")),
            ),
            score_map=read_score_map(entries),
            outline_uncertainty=read_outline_uncertainty(entries),
        )


@dataclass(frozen=True)
class Look:
    """The network's view of an image at one working scale.

    Parameters
    ----------
    scale : float
        Working px per image px.
    ratio : (float, float)
        Output px per image px along rows and columns.
    fields : ndarray of float32, shape (channels, rows, cols)
    labels : ndarray of int32, shape (rows, cols)
        Particles on the output's grid.
    """

    scale: float
    ratio: tuple[float, float]
    fields: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int32]

    def diameters_px(self, smallest: float, foreground_mean: float) -> npt.NDArray[np.float64]:
        """Area-equivalent diameters, image px, of the particles that will count by size and score."""
        count = int(self.labels.max(initial=0))
        areas = count_pixels(self.labels, count).astype(np.float64)
        sums = sum_by_label(self.labels, self.fields[0], count)
        diameters = np.sqrt(4 * areas / np.pi / (self.ratio[0] * self.ratio[1]))
        counts = (diameters * self.scale >= smallest) & (sums >= foreground_mean * areas)
        counts[0] = False
        return np.asarray(diameters[counts], np.float64)


def _typical(diameters: npt.NDArray[np.float64]) -> float | None:
    """Median weighted by diameter, so that a few specks do not pull the scale away; None without any."""
    if not diameters.size:
        return None
    sizes = np.sort(diameters)
    return float(sizes[np.searchsorted(np.cumsum(sizes), sizes.sum() / 2)])


@dataclass(frozen=True)
class _Looker:
    """An image and the network that looks at it."""

    grey: npt.NDArray[np.float32]
    network: Run
    options: NetworkOptions

    def look(self, scale: float, part: tuple[slice, slice] = (slice(None), slice(None))) -> Look:
        """View the image, or a part of it, at a working scale."""
        grey, options = np.ascontiguousarray(self.grey[part]), self.options
        working = resample(grey, scale)
        # Memory may grow with the image; a small image that is enlarged is looked at in tiles.
        whole_px = max(options.tiles.whole_px, min(self.grey.size, options.tiles.tile_px))
        fields = run_tiled(working, self.network, replace(options.tiles, whole_px=whole_px))
        down, across = (w / g / options.tiles.stride for w, g in zip(working.shape, grey.shape, strict=True))
        labels = decode_fields(fields, options.judge, options.foreground, options.smoothing_px)
        return Look(scale, (down, across), fields, labels)

    def measure(self, seen: Look) -> npt.NDArray[np.float64]:
        """Diameters of what counts in a look, image px."""
        return seen.diameters_px(self.options.diameter_min_px, self.options.foreground_mean)

    def glimpse(self, coarse: float) -> npt.NDArray[np.float64]:
        """Diameters at four places where they show that most there is too small for a look at scale `coarse`."""
        finest, scale = min(1.0, self.options.scale_max), coarse
        middles = [(side // 3, 2 * side // 3) for side in self.grey.shape]
        while scale < finest:
            scale = min(scale * _GLIMPSE_STEP, finest)
            half = round(_GLIMPSE_PX / scale) // 2
            around = [[slice(max(middle - half, 0), middle + half) for middle in axis] for axis in middles]
            places = [(rows, cols) for rows in around[0] for cols in around[1]]
            found = np.concatenate([self.measure(self.look(scale, place)) for place in places])
            unseen = found[found * coarse < _UNSEEN_PX]
            if len(unseen) >= _GLIMPSED_FEWEST and 2 * np.sum(unseen**2) > np.sum(found**2):
                return found
            if len(unseen) < len(found):
                break
        return np.zeros(0)

    def working_pixels(self, scale: float) -> float:
        """Size of a look at the whole image."""
        return self.grey.size * scale**2


def look_closely(
    grey: npt.NDArray[np.float32], network: Run, options: NetworkOptions
) -> tuple[Look, tuple[float, ...]]:
    """Look at an image at the scale its own particles ask for.

    A first look at the image reduced to a short side of `first_look_px` tells the typical particle diameter.
    Glimpses at a few places, finer step by step, tell whether there are mostly particles too small for that look.
    Further looks follow at the scale that brings the diameter to `diameter_px`, until scale and diameter agree.

    Parameters
    ----------
    grey : ndarray of float32, shape (rows, cols)
        Network grey values.
    network : callable
    options : NetworkOptions

    Returns
    -------
    look : Look
        The last look; where an enlarged one showed too little to be believed, the one before.
    scales : tuple of float
        Scales of all looks.

    Raises
    ------
    SegmentationError
        If the image would have to be looked at with more than 150 million working pixels.
    """
    looker = _Looker(grey, network, options)
    # A small image is not blown up without end: enlarged noise looks like particles.
    low = min(options.first_look_px / min(grey.shape), options.scale_max)
    seen, scales = looker.look(low), [low]
    glimpsed = looker.glimpse(low)
    diameters = glimpsed if glimpsed.size else looker.measure(seen)
    while len(scales) < _MAX_LOOKS:
        typical = _typical(diameters)
        # Nothing seen: what is there may have been too small, whatever the size of the image.
        wanted = options.diameter_px / typical if typical else max(1.0, 2 * seen.scale)
        scale = float(np.clip(wanted, low, options.scale_max))
        if max(scale / seen.scale, seen.scale / scale) < _SCALE_TOLERANCE:
            break
        if looker.working_pixels(scale) > WORKING_PIXELS_MAX:
            if typical is None and scale > 1:  # an empty image is no reason to refuse it
                break
            raise SegmentationError(
                f"This image of {grey.shape[0]} x {grey.shape[1]} px shows its particles only at a working size "
                f"of {looker.working_pixels(scale) / 1e6:.0f} Mpx, and at most {WORKING_PIXELS_MAX / 1e6:.0f} "
                "Mpx are looked at in one piece; cut the image into parts and measure them."
            )
        finer = looker.look(scale)
        scales.append(scale)
        diameters = looker.measure(finer)
        if typical is None and scale > 1 and diameters.size < _ENLARGED_FEWEST:
            break
        seen = finer
    return seen, tuple(scales)


def find_by_fields(pixels: npt.NDArray[Any], card: ModelCard, asked: PartingOptions) -> Candidates:
    """Find particles with a network that says for each place how deep in a particle it lies, and where its borders.

    Parameters
    ----------
    pixels : ndarray, shape (rows, cols)
    card : ModelCard
    asked : PartingOptions
        Its `split` is used.

    Returns
    -------
    Candidates

    Raises
    ------
    ModelError
        If weights or card are damaged.
    SegmentationError
        If the image is too large for the scale its particles ask for.
    """
    options = NetworkOptions.from_card(card, asked.split)
    network = open_network(card)
    seen, scales = look_closely(stretch(pixels), network, options)
    level = upsample_level(seen.fields[0], (pixels.shape[0], pixels.shape[1]), seen.ratio, options.boundary)
    labels = upsample_labels(seen.labels, level > BOUNDARY_LEVEL, seen.ratio)
    settings = {
        "working_scale": round(seen.scale, 4),
        "looks": [round(s, 4) for s in scales],
        "split": asked.split,
        "decoder": describe_decoder(card),
    }
    return Candidates(
        labels,
        level,
        options.diameter_min_px / seen.scale,
        settings,
        network.sha256,
        score_map=options.score_map,
        outline_uncertainty=options.outline_uncertainty,
    )
