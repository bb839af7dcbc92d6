"""ResidualFormer: residual encoder, SegFormer-like decoder of convolutions, of Divya et al.

Divya, Ranushika, Sneka: ResidualFormer: a hybrid CNN-based encoder with SegFormer-inspired decoder for efficient
semantic segmentation, 2026. Encoder: eq. (4) to (8); decoder: eq. (13) to (16); widths and sizes: section
"Proposed ResidualFormer model".

The paper leaves open, and chosen here:

- The decoder's common width: 64 (`ResidualFormerOptions.common_width`), so that the four concatenated maps have
  the 256 channels from which the text compresses to 128, 64 and 32.
- Convolutions of the compression 256 -> 128 -> 64 -> 32: 3x3 with ReLU. The text restores the resolution
  there "through upsampling layers"; eq. (14) has enlarged all maps to full size before, so that nothing is left to
  enlarge.
- Block 1 has 32 channels in and out: identity shortcut; the others a projection (eq. 7), after pooling. There is
  no ReLU after the sum and no batch normalisation in the encoder: eq. (6) and (7) have none.
- Initial weights: He et al., as fits ReLU without normalisation.
- Input: values between zero and one, less their mean, over their standard deviation (text and Algorithm 1); the
  same for all images, so that a part of an image gives what the whole does: the middle of the ranges of both that
  the section on features gives.

Rows and columns need not be multiples of 8: pooling drops the odd row or column, and upsampling goes to the size
of the first map.
"""

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as f

from nanocaliper.errors import UsageError
from nanocaliper.training.networks.grey_input import to_unit
from nanocaliper.training.networks.plain_encoder import initialise_for_relu
from nanocaliper.training.networks.semantic_network import SemanticNetwork

__all__ = ["STAGE_CHANNELS", "ResidualBlock", "ResidualEncoder", "ResidualFormer", "ResidualFormerOptions"]

#: Channels of the four feature maps, at strides 1, 2, 4 and 8.
STAGE_CHANNELS = (32, 64, 128, 256)
# Of images in [0, 1], as the paper has them.
_MEAN, _SD = 0.5, 0.288
# Of the decoder after fusion.
_COMPRESSION = (256, 128, 64, 32)


@dataclass(frozen=True)
class ResidualFormerOptions:
    """Switches of `ResidualFormer`.

    Attributes
    ----------
    common_width : int
        Channels that each map of the encoder is projected to.
    """

    common_width: int = 64

    def __post_init__(self) -> None:
        if self.common_width < 1:
            raise UsageError(f"common_width is {self.common_width}; it must be at least 1.")


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions, each with ReLU, added to the input (projected where channels differ), eq. (6), (7)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, padding=1),
            nn.ReLU(inplace=True),
        )
        self.shortcut = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, outputs, rows, cols)."""
        return self.branch(x) + self.shortcut(x)  # type: ignore[no-any-return]


class ResidualEncoder(nn.Module):
    """1x1 stem and four residual blocks with max-pooling between them, eq. (4) to (8)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, STAGE_CHANNELS[0], 1), nn.ReLU(inplace=True))
        inputs = (STAGE_CHANNELS[0], *STAGE_CHANNELS[:-1])
        self.blocks = nn.ModuleList(map(ResidualBlock, inputs, STAGE_CHANNELS))
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the maps of the four blocks for a standardised image (n, 1, rows, cols)."""
        maps: list[Tensor] = []
        for block in self.blocks:
            maps.append(block(self.pool(maps[-1]) if maps else self.stem(x)))
        return maps


class ResidualFormer(SemanticNetwork):
    """Logit of particle, (n, 1, rows, cols), of grey (n, 1, rows, cols) in [-1, 1]."""

    classes = 1

    def __init__(self, options: ResidualFormerOptions | None = None) -> None:
        super().__init__()
        width = (options or ResidualFormerOptions()).common_width
        self.encoder = ResidualEncoder()
        self.project = nn.ModuleList(nn.Conv2d(channels, width, 1) for channels in STAGE_CHANNELS)
        fused = _COMPRESSION[0]
        self.fuse = nn.Sequential(
            nn.Conv2d(len(STAGE_CHANNELS) * width, fused, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(fused, fused, 1, bias=False),
            nn.BatchNorm2d(fused),
            nn.ReLU(inplace=True),
        )
        layers: list[nn.Module] = []
        for inputs, outputs in itertools.pairwise(_COMPRESSION):
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(inplace=True)]
        self.head = nn.Sequential(*layers, nn.Conv2d(_COMPRESSION[-1], self.classes, 1))
        initialise_for_relu(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits; `probability` is their sigmoid."""
        maps = self.encoder((to_unit(x) - _MEAN) / _SD)
        size = maps[0].shape[-2:]
        projected = [project(feature) for project, feature in zip(self.project, maps, strict=True)]
        enlarged = [
            projected[0],
            *(f.interpolate(y, size=size, mode="bilinear", align_corners=False) for y in projected[1:]),
        ]
        return self.head(self.fuse(torch.cat(enlarged, dim=1)))  # type: ignore[no-any-return]
