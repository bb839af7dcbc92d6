"""Convolutional block attention: what and where to look.

Woo, Park, Lee, Kweon: CBAM: convolutional block attention module, ECCV 2018; eq. (1) to (3) of Tao, Ji, Liu, RSC
Advances 2025, 15, 20211. Tao et al. print eq. (1) with the sigmoid around the first term alone; it stands around
the sum here, as in Woo et al. and in Tao's own text ("added together and passed through the sigmoid").
"""

import torch
from torch import Tensor, nn

__all__ = ["CBAM", "EVEN", "ChannelAttention", "SpatialAttention"]

#: What is left of a map when two sigmoids of 0 have weighted it.
EVEN = 0.25


class ChannelAttention(nn.Module):
    """Weight each channel by sigmoid(MLP(mean) + MLP(max)), eq. (1).

    The shared MLP has one hidden layer of channels / reduction, ReLU, and no biases (Woo et al., eq. 2).
    """

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        hidden = max(1, channels // reduction)
        self.mlp = nn.Sequential(
            nn.Conv2d(channels, hidden, 1, bias=False),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, channels, 1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return x (n, channels, rows, cols), weighted."""
        average = self.mlp(x.mean((2, 3), keepdim=True))
        largest = self.mlp(x.amax((2, 3), keepdim=True))
        return x * torch.sigmoid(average + largest)


class SpatialAttention(nn.Module):
    """Weight each pixel by the sigmoid of a 7x7 convolution of the channels' maximum and mean, eq. (2)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, 7, padding=3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return x (n, channels, rows, cols), weighted."""
        largest, average = x.amax(1, keepdim=True), x.mean(1, keepdim=True)
        return x * torch.sigmoid(self.conv(torch.cat([largest, average], dim=1)))


class CBAM(nn.Module):
    """Attention to channels, then to pixels, eq. (3)."""

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        self.channel = ChannelAttention(channels, reduction)
        self.spatial = SpatialAttention()

    def start_even(self) -> None:
        """Begin with the same weight for all channels and pixels: `EVEN` in all."""
        nn.init.zeros_(self.channel.mlp[-1].weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.spatial.conv.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Return x (n, channels, rows, cols), weighted twice."""
        return self.spatial(self.channel(x))  # type: ignore[no-any-return]
