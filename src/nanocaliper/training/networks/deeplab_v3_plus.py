"""DeepLabv3+: dilated separable convolutions at several rates, and a small decoder.

Chen, Zhu, Papandreou, Schroff, Adam: Encoder-decoder with atrous separable convolution for semantic image
segmentation, ECCV 2018. ResNet-50 with a last map of stride 16, rates 6, 12 and 18, separable convolutions in the
pyramid and in the decoder.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as f

from nanocaliper.training.networks.conv_norm import conv_norm_relu, separable_conv
from nanocaliper.training.networks.grey_input import to_imagenet
from nanocaliper.training.networks.resnet50 import STAGE_CHANNELS, ResNet50
from nanocaliper.training.networks.semantic_network import SemanticNetwork

__all__ = ["DeepLabV3Plus", "DeepLabV3PlusOptions"]

_RATES = (6, 12, 18)
_WIDTH = 256
# Of the map of stride 4 that joins the decoder.
_FINE_WIDTH = 48


@dataclass(frozen=True)
class DeepLabV3PlusOptions:
    """DeepLabv3+ has no switches."""


class _AtrousPyramid(nn.Module):
    """1x1 convolution, dilated convolutions and the mean of the image, concatenated and fused."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            [conv_norm_relu(inputs, _WIDTH), *(separable_conv(inputs, _WIDTH, rate) for rate in _RATES)]
        )
        self.image = conv_norm_relu(inputs, _WIDTH)
        self.fuse = nn.Sequential(conv_norm_relu((len(_RATES) + 2) * _WIDTH, _WIDTH), nn.Dropout(0.5))

    def forward(self, x: Tensor) -> Tensor:
        maps = [branch(x) for branch in self.branches]
        mean = self.image(x.mean((2, 3), keepdim=True))
        return self.fuse(torch.cat([*maps, mean.expand_as(maps[0])], dim=1))  # type: ignore[no-any-return]


class DeepLabV3Plus(SemanticNetwork):
    """Logits of background and particle, (n, 2, rows, cols), of grey (n, 1, rows, cols) in [-1, 1].

    In training a batch needs two images: of the mean of one image there is no variance.
    """

    classes = 2

    def __init__(self, options: DeepLabV3PlusOptions | None = None) -> None:
        super().__init__()
        del options
        self.encoder = ResNet50(output_stride=16)
        self.pyramid = nn.Sequential(_AtrousPyramid(STAGE_CHANNELS[-1]), separable_conv(_WIDTH, _WIDTH))
        self.fine = conv_norm_relu(STAGE_CHANNELS[1], _FINE_WIDTH)
        self.fuse = separable_conv(_WIDTH + _FINE_WIDTH, _WIDTH)
        self.head = nn.Conv2d(_WIDTH, self.classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits."""
        maps = self.encoder(to_imagenet(x))
        fine = self.fine(maps[1])
        coarse = f.interpolate(
            self.pyramid(maps[-1]), size=fine.shape[-2:], mode="bilinear", align_corners=False
        )
        y = self.head(self.fuse(torch.cat([coarse, fine], dim=1)))
        return f.interpolate(y, size=x.shape[-2:], mode="bilinear", align_corners=False)
