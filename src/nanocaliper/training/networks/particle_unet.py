"""U-Net on a MobileNetV2 encoder that tells particles apart: the network behind the model ``particle_unet``."""

import torch
from torch import Tensor, nn
from torch.nn import functional as f

from nanocaliper.training.networks.mobilenet_v2 import STAGE_CHANNELS, MobileNetV2

__all__ = ["OUTPUT_CHANNELS", "OUTPUT_STRIDE", "ParticleUNet"]

#: What the output channels mean; the decoder of `nanocaliper.segmentation` reads them by these names.
OUTPUT_CHANNELS = ("foreground", "distance", "contour", "flow_row", "flow_col")
#: Output pixels are this many working pixels apart.
OUTPUT_STRIDE = 2

_WIDTHS = (32, 48, 64, 96)


class _Fuse(nn.Module):
    """Upsample to the skip's size, concatenate, two 3x3 convolutions."""

    def __init__(self, inputs: int, skip: int, outputs: int) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(inputs + skip, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = f.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.block(torch.cat([x, skip], dim=1))  # type: ignore[no-any-return]


class ParticleUNet(nn.Module):
    """Foreground, distance, contour and flow at half the working resolution.

    Input (n, 1, rows, cols), grey in [-1, 1], rows and cols multiples of 32. Output
    (n, 5, rows / 2, cols / 2): logits of foreground, boundary-normalised distance and contour, and the two
    components (row, col) of a vector of length up to 1 that points to the particle's centroid.
    """

    def __init__(self) -> None:
        super().__init__()
        self.encoder = MobileNetV2()
        skips = STAGE_CHANNELS[:-1]
        inputs = STAGE_CHANNELS[-1]
        fuse: list[nn.Module] = []
        for skip, width in zip(reversed(skips), reversed(_WIDTHS), strict=True):
            fuse.append(_Fuse(inputs, skip, width))
            inputs = width
        self.fuse = nn.ModuleList(fuse)
        self.head = nn.Conv2d(inputs, len(OUTPUT_CHANNELS), 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the raw output channels, in the order of `OUTPUT_CHANNELS`."""
        maps = self.encoder(x.expand(-1, 3, -1, -1))
        y = maps[-1]
        for block, skip in zip(self.fuse, reversed(maps[:-1]), strict=True):
            y = block(y, skip)
        return self.head(y)  # type: ignore[no-any-return]


def activate(raw: Tensor) -> Tensor:
    """Turn raw outputs into probabilities (first three channels) and flows in [-1, 1] (last two)."""
    return torch.cat([raw[:, :3].sigmoid(), raw[:, 3:].clamp(-1, 1)], dim=1)
