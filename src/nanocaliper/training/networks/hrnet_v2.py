"""HRNetV2: the four maps of HRNet, concatenated at the finest resolution.

Wang et al.: Deep high-resolution representation learning for visual recognition, IEEE TPAMI 43 (2021) 3349.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nanocaliper.errors import UsageError
from nanocaliper.training.networks.conv_norm import conv_norm_relu
from nanocaliper.training.networks.grey_input import to_imagenet
from nanocaliper.training.networks.hrnet import WIDTHS, HRNet, enlarge
from nanocaliper.training.networks.semantic_network import SemanticNetwork

__all__ = ["HRNetV2", "HRNetV2Options"]


@dataclass(frozen=True)
class HRNetV2Options:
    """Switches of `HRNetV2`.

    Attributes
    ----------
    width : int
        Channels of the finest map: 18, 32 or 48; each coarser map has twice those of the one before.
    """

    width: int = 32

    def __post_init__(self) -> None:
        if self.width not in WIDTHS:
            raise UsageError(
                f"There is no HRNetV2 of width {self.width}; choose one of {', '.join(map(str, WIDTHS))}."
            )


class HRNetV2(SemanticNetwork):
    """Logits of background and particle, (n, 2, rows, cols), of grey (n, 1, rows, cols) in [-1, 1]."""

    classes = 2

    def __init__(self, options: HRNetV2Options | None = None) -> None:
        super().__init__()
        width = (options or HRNetV2Options()).width
        self.encoder = HRNet(width)
        self.fuse = conv_norm_relu(15 * width, 15 * width)
        self.head = nn.Conv2d(15 * width, self.classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits."""
        maps = self.encoder(to_imagenet(x))
        y = torch.cat([maps[0], *(enlarge(coarser, maps[0]) for coarser in maps[1:])], dim=1)
        return enlarge(self.head(self.fuse(y)), x)
