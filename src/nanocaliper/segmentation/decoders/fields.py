"""Decoder of networks that predict foreground, distance, contour and flow: particles as merged basins."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.segmentation.decoders.basins import climb, find_borders, merge_basins

__all__ = ["BoundaryJudge", "decode_fields"]


@dataclass(frozen=True)
class BoundaryJudge:
    """Logistic model of "this border parts two particles", fitted on validation images.

    p = 1 / (1 + exp(-(bias + contour * c + divergence * d + saddle * s + neck * n))), where over the border c is
    the mean contour probability, d half the mean divergence of the flow, s the saddle height over the lower peak,
    and n the border's length over the diameter of a disc of the smaller basin's area.

    Parameters
    ----------
    bias, contour, divergence, saddle, neck : float
    """

    bias: float
    contour: float
    divergence: float
    saddle: float
    neck: float

    def __call__(
        self, evidence: tuple[float, ...], saddle: float, smaller: float, larger: float, length: float
    ) -> float:
        """Probability that a border parts two particles."""
        del larger
        neck = length / (4 * smaller / np.pi) ** 0.5
        z = self.bias + self.contour * evidence[0] + self.divergence * evidence[1]
        z += self.saddle * saddle + self.neck * neck
        return float(1 / (1 + np.exp(-z)))


def decode_fields(
    fields: npt.NDArray[np.float32], judge: BoundaryJudge, foreground: float = 0.5, smoothing_px: float = 1.0
) -> npt.NDArray[np.int32]:
    """Turn the network's output into particles.

    Parameters
    ----------
    fields : ndarray of float32, shape (5, rows, cols)
        Foreground, distance and contour as probabilities, flow (row, col).
    judge : BoundaryJudge
    foreground : float
        Pixels with at least this foreground probability belong to particles.
    smoothing_px : float
        Standard deviation of the smoothing of the distance before basins are formed, output px.

    Returns
    -------
    ndarray of int32, shape (rows, cols)
        Particles 1..n.
    """
    inside = fields[0] >= foreground
    height = np.asarray(cv2.GaussianBlur(fields[1], (0, 0), smoothing_px), np.float32)
    basins = climb(height, inside)
    borders = find_borders(basins, height, fields[2], fields[3:5])
    return merge_basins(basins, height, borders, judge)
