"""Blocks of YOLO11: convolutions, cross-stage partial blocks, pyramid pooling and position-sensitive attention.

Written from the descriptions of R. Khanam, M. Hussain, arXiv:2410.17725 (2024), C.-Y. Wang et al., CSPNet, CVPR
Workshops 2020, K. He et al., spatial pyramid pooling, 2015, and A. Wang et al., YOLOv10, NeurIPS 2024 (attention).
All blocks keep rows and cols but for the convolutions of stride 2, which halve them (rounded up).
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as f

__all__ = [
    "C2PSA",
    "C3K",
    "C3K2",
    "SPPF",
    "Attention",
    "Bottleneck",
    "Conv",
    "DWConv",
    "PSABlock",
    "WarmBatchNorm",
]

#: Weight of a new batch in the running statistics, as in YOLO11: they look back over some 33 steps.
_MOMENTUM = 0.03
#: In a training's first steps they look back over a tenth of it, at step n with the weight 10 / (10 + n).
_LOOK_BACK = 10


class WarmBatchNorm(nn.BatchNorm2d):
    """Batch normalisation whose running statistics follow a training from its first step on.

    With YOLO11's momentum of 0.03 from the start, they hold a twentieth of what they began with after 100 steps,
    and lag behind weights that still move fast. Through so many layers that adds up: a network that has learned
    its images finds nothing in them once the running statistics take the place of the batch's.

    Parameters
    ----------
    channels : int
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels, eps=1e-3, momentum=1.0)

    def forward(self, x: Tensor) -> Tensor:
        """Return the input normalised."""
        # Asked for the first 323 steps only: reading a counter on a GPU waits for it.
        if self.training and self.momentum is not None and self.momentum > _MOMENTUM:
            assert self.num_batches_tracked is not None
            self.momentum = max(_MOMENTUM, _LOOK_BACK / (_LOOK_BACK + int(self.num_batches_tracked)))
        return super().forward(x)


class Conv(nn.Module):
    """Convolution without bias, batch normalisation and, where `active`, SiLU; padded to keep the size.

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    size, stride, groups : int
        Of the kernel.
    active : bool
    """

    def __init__(
        self, inputs: int, outputs: int, size: int = 1, stride: int = 1, groups: int = 1, active: bool = True
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False)
        self.norm = WarmBatchNorm(outputs)
        self.active = active

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, outputs, rows / stride, cols / stride)."""
        x = self.norm(self.conv(x))
        return f.silu(x) if self.active else x


class DWConv(Conv):
    """Depthwise convolution: a kernel of its own for every channel."""

    def __init__(self, channels: int, size: int = 3, active: bool = True) -> None:
        super().__init__(channels, channels, size, groups=channels, active=active)


class Bottleneck(nn.Module):
    """Two 3 x 3 convolutions with a shortcut around both.

    Parameters
    ----------
    channels : int
    expansion : float
        Channels between the two, as a share of `channels`.
    second : nn.Module, optional
        Takes the place of the second convolution.
    """

    def __init__(self, channels: int, expansion: float = 0.5, second: nn.Module | None = None) -> None:
        super().__init__()
        hidden = int(channels * expansion)
        self.first = Conv(channels, hidden, 3)
        self.second = Conv(hidden, channels, 3) if second is None else second

    def forward(self, x: Tensor) -> Tensor:
        """Return a map of the input's shape."""
        return x + self.second(self.first(x))  # type: ignore[no-any-return]


class C3K(nn.Module):
    """Cross-stage partial block of three 1 x 1 convolutions around a row of bottlenecks (C3)."""

    def __init__(self, channels: int, repeats: int = 2) -> None:
        super().__init__()
        hidden = channels // 2
        self.through = Conv(channels, hidden)
        self.past = Conv(channels, hidden)
        self.blocks = nn.Sequential(*(Bottleneck(hidden, expansion=1.0) for _ in range(repeats)))
        self.join = Conv(2 * hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return a map of the input's shape."""
        return self.join(torch.cat([self.blocks(self.through(x)), self.past(x)], dim=1))  # type: ignore[no-any-return]


class C3K2(nn.Module):
    """Cross-stage partial block that joins the outputs of all its inner blocks.

    Parameters
    ----------
    inputs, outputs : int
    repeats : int
        Inner blocks.
    make_block : callable
        From a number of channels to an inner block that keeps it: `Bottleneck` or `C3K`.
    expansion : float
        Channels of the inner blocks, as a share of `outputs`.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        repeats: int = 1,
        make_block: Callable[[int], nn.Module] = Bottleneck,
        expansion: float = 0.5,
    ) -> None:
        super().__init__()
        hidden = int(outputs * expansion)
        self.split = Conv(inputs, 2 * hidden)
        self.blocks = nn.ModuleList(make_block(hidden) for _ in range(repeats))
        self.join = Conv((2 + repeats) * hidden, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, outputs, rows, cols)."""
        parts = list(self.split(x).chunk(2, dim=1))
        for block in self.blocks:
            parts.append(block(parts[-1]))
        return self.join(torch.cat(parts, dim=1))  # type: ignore[no-any-return]


class SPPF(nn.Module):
    """Spatial pyramid pooling, fast: the maximum over windows of 5, 9 and 13 px beside the map itself."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.reduce = Conv(channels, channels // 2)
        self.pool = nn.MaxPool2d(5, stride=1, padding=2)
        self.join = Conv(channels // 2 * 4, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return a map of the input's shape."""
        maps = [self.reduce(x)]
        for _ in range(3):
            maps.append(self.pool(maps[-1]))
        return self.join(torch.cat(maps, dim=1))  # type: ignore[no-any-return]


class Attention(nn.Module):
    """Attention of every position to every position, with keys of half a head's width.

    A depthwise 3 x 3 convolution of the values is added as encoding of the position. A head has 64 channels;
    fewer channels make one head.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.heads = max(channels // 64, 1)
        self.width = channels // self.heads
        self.key_width = self.width // 2
        self.project_in = Conv(channels, channels + 2 * self.key_width * self.heads, active=False)
        self.position = DWConv(channels, 3, active=False)
        self.project_out = Conv(channels, channels, active=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return a map of the input's shape."""
        images, _, rows, cols = x.shape
        projected = self.project_in(x).reshape(
            images, self.heads, 2 * self.key_width + self.width, rows * cols
        )
        query, key, value = projected.split([self.key_width, self.key_width, self.width], dim=2)
        weights = (query.transpose(2, 3) @ key * self.key_width**-0.5).softmax(dim=-1)
        attended = (value @ weights.transpose(2, 3)).reshape(x.shape)
        return self.project_out(attended + self.position(value.reshape(x.shape)))  # type: ignore[no-any-return]


class PSABlock(nn.Module):
    """An attention and a feed-forward part, each with a shortcut.

    Parameters
    ----------
    channels : int
    attention : nn.Module
        Keeps the map's shape.
    """

    def __init__(self, channels: int, attention: nn.Module) -> None:
        super().__init__()
        self.attention = attention
        self.feed_forward = nn.Sequential(
            Conv(channels, 2 * channels), Conv(2 * channels, channels, active=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return a map of the input's shape."""
        x = x + self.attention(x)
        return x + self.feed_forward(x)  # type: ignore[no-any-return]


class C2PSA(nn.Module):
    """Cross-stage partial block whose one half passes through attention.

    Parameters
    ----------
    channels : int
    repeats : int
        Attention blocks.
    make_attention : callable
        From a number of channels to an attention that keeps the map's shape.
    """

    def __init__(
        self, channels: int, repeats: int = 1, make_attention: Callable[[int], nn.Module] = Attention
    ) -> None:
        super().__init__()
        hidden = channels // 2
        self.split = Conv(channels, 2 * hidden)
        self.blocks = nn.Sequential(*(PSABlock(hidden, make_attention(hidden)) for _ in range(repeats)))
        self.join = Conv(2 * hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return a map of the input's shape."""
        past, through = self.split(x).chunk(2, dim=1)
        return self.join(torch.cat([past, self.blocks(through)], dim=1))  # type: ignore[no-any-return]
