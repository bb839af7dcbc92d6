"""PSPNet: what surrounds a pixel, averaged over four grids.

Zhao, Shi, Qi, Wang, Jia: Pyramid scene parsing network, CVPR 2017. ResNet-50 with a last map of stride 8, grids
of 1, 2, 3 and 6 cells. The auxiliary loss of the paper is left out: all networks here are trained with the same
loss.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as f

from nanocaliper.training.networks.conv_norm import conv_norm_relu
from nanocaliper.training.networks.grey_input import to_imagenet
from nanocaliper.training.networks.resnet50 import STAGE_CHANNELS, ResNet50
from nanocaliper.training.networks.semantic_network import SemanticNetwork

__all__ = ["PSPNet", "PSPNetOptions", "average_cells"]

_GRIDS = (1, 2, 3, 6)


@dataclass(frozen=True)
class PSPNetOptions:
    """PSPNet has no switches."""


class PSPNet(SemanticNetwork):
    """Logits of background and particle, (n, 2, rows, cols), of grey (n, 1, rows, cols) in [-1, 1].

    In training a batch needs two images: the coarsest grid has one cell, of which one image has no variance.
    """

    classes = 2

    def __init__(self, options: PSPNetOptions | None = None) -> None:
        super().__init__()
        del options
        channels = STAGE_CHANNELS[-1]
        self.encoder = ResNet50(output_stride=8)
        self.levels = nn.ModuleList(conv_norm_relu(channels, channels // len(_GRIDS)) for _ in _GRIDS)
        self.fuse = nn.Sequential(conv_norm_relu(2 * channels, channels // 4, 3), nn.Dropout2d(0.1))
        self.head = nn.Conv2d(channels // 4, self.classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits."""
        y = self.encoder(to_imagenet(x))[-1]
        size = y.shape[-2:]
        pyramid = [
            f.interpolate(level(average_cells(y, cells)), size=size, mode="bilinear", align_corners=False)
            for level, cells in zip(self.levels, _GRIDS, strict=True)
        ]
        y = self.head(self.fuse(torch.cat([y, *pyramid], dim=1)))
        return f.interpolate(y, size=x.shape[-2:], mode="bilinear", align_corners=False)


def average_cells(x: Tensor, cells: int) -> Tensor:
    """Average over a grid of cells.

    Cell i of m takes the rows from floor(i R / m) up to, not with, ceil((i + 1) R / m); columns likewise: what
    `torch.nn.functional.adaptive_avg_pool2d` does, which ONNX has for fixed sizes only.

    Parameters
    ----------
    x : Tensor, shape (n, channels, rows, cols)
    cells : int
        Along either side.

    Returns
    -------
    Tensor, shape (n, channels, cells, cells)
    """

    def share(length: int) -> Tensor:
        cell = torch.arange(cells, device=x.device)[:, None]
        place = torch.arange(length, device=x.device)[None, :]
        start = (cell * length) // cells
        stop = ((cell + 1) * length + cells - 1) // cells
        inside = ((place >= start) & (place < stop)).to(x.dtype)
        return inside / inside.sum(1, keepdim=True)

    return share(x.shape[2]) @ x @ share(x.shape[3]).transpose(0, 1)
