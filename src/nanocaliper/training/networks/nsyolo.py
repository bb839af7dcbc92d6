"""NSYOLO: YOLO11n-seg with boundary-aware snake convolution in its neck and routing attention behind its pooling.

X. Han et al., AI & Materials 2026, doi 10.55092/aimat20260006; the network it starts from: R. Khanam, M. Hussain,
arXiv:2410.17725 (2024). ``docs/nsyolo.md`` tells what the paper leaves open and how it is settled here.
"""

from dataclasses import dataclass
from math import ceil
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as f

from nanocaliper.errors import UsageError
from nanocaliper.training.networks.routing_attention import RoutingAttention
from nanocaliper.training.networks.snake_convolution import snake_bottleneck
from nanocaliper.training.networks.yolo_blocks import C2PSA, C3K, C3K2, SPPF, Attention, Bottleneck, Conv
from nanocaliper.training.networks.yolo_head import Detections, RawDetections, SegmentHead, decode

__all__ = ["NSYOLO", "AttentionKind", "NeckKind", "NsyoloOptions"]

NeckKind = Literal["plain", "dsconv", "badsconv"]
AttentionKind = Literal["psa", "bra"]

# Channels at strides 2, 4, 8, 16 and 32, of a network of width 1; blocks of a stage, of depth 1.
_CHANNELS = (64, 128, 256, 512, 1024)
_PROTOTYPE_CHANNELS = 256
_REPEATS = 2


@dataclass(frozen=True)
class NsyoloOptions:
    """Switches of NSYOLO. The four schemes of the paper's Table 1 are the settings of `neck` and `attention`.

    Parameters
    ----------
    classes : tuple of str
        Names of the classes, in the order of the class probabilities.
    neck : {'badsconv', 'dsconv', 'plain'}
        Convolution in the P4 stage of the neck: C3BADS, the same without boundary attention, or that of YOLO11.
    attention : {'bra', 'psa'}
        Attention behind the pooling: C2PSA_BRA, or the C2PSA of YOLO11.
    width, depth : float
        Multiples of channels and of blocks in a stage; those of size n (0.25, 0.5) by default, 0.5 and 0.5 make
        size s.
    snake_points : int
        Points of a snake, odd.
    regions : int
        Regions along each side of the map that the routing attention cuts.
    routed_regions : int
        Regions that each region attends to.

    Raises
    ------
    UsageError
        If a value is impossible.
    """

    classes: tuple[str, ...] = ("particle",)
    neck: NeckKind = "badsconv"
    attention: AttentionKind = "bra"
    width: float = 0.25
    depth: float = 0.5
    snake_points: int = 9
    regions: int = 7
    routed_regions: int = 4

    def __post_init__(self) -> None:
        if not isinstance(self.classes, str):  # a table of an experiment gives a list
            object.__setattr__(self, "classes", tuple(self.classes))
        for name, kinds in (("neck", NeckKind), ("attention", AttentionKind)):
            if getattr(self, name) not in get_args(kinds):
                raise UsageError(
                    f"Option {name} of nsyolo is {getattr(self, name)!r}; expected one of "
                    f"{', '.join(map(repr, get_args(kinds)))}."
                )
        if isinstance(self.classes, str) or not self.classes or len(set(self.classes)) < len(self.classes):
            raise UsageError(
                f"Option classes of nsyolo is {self.classes!r}; expected the names of one class or more, "
                "each once."
            )
        if self.snake_points < 3 or self.snake_points % 2 == 0:
            raise UsageError(
                f"Option snake_points of nsyolo is {self.snake_points}; expected an odd number from 3 on."
            )
        if self.regions < 1 or not 1 <= self.routed_regions <= self.regions**2:
            raise UsageError(
                f"Options regions and routed_regions of nsyolo are {self.regions} and {self.routed_regions}; "
                "expected 1 or more regions along a side, and from 1 to its square of routed ones."
            )
        if not (0 < self.width <= 2 and 0 < self.depth <= 2):
            raise UsageError(
                f"Options width and depth of nsyolo are {self.width} and {self.depth}; expected multiples "
                "above 0, up to 2."
            )


class _Backbone(nn.Module):
    """Feature maps at strides 8, 16 and 32."""

    def __init__(self, widths: tuple[int, ...], repeats: int, options: NsyoloOptions) -> None:
        super().__init__()
        stem, low, fine, middle, coarse = widths

        def attention(channels: int) -> nn.Module:
            if options.attention == "psa":
                return Attention(channels)
            return RoutingAttention(channels, options.regions, options.routed_regions)

        self.to_p3 = nn.Sequential(
            *(Conv(3, stem, 3, 2), Conv(stem, low, 3, 2), C3K2(low, fine, repeats, Bottleneck, 0.25)),
            *(Conv(fine, fine, 3, 2), C3K2(fine, middle, repeats, Bottleneck, 0.25)),
        )
        self.to_p4 = nn.Sequential(Conv(middle, middle, 3, 2), C3K2(middle, middle, repeats, C3K))
        self.to_p5 = nn.Sequential(
            *(Conv(middle, coarse, 3, 2), C3K2(coarse, coarse, repeats, C3K), SPPF(coarse)),
            C2PSA(coarse, repeats, attention),
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        p3 = self.to_p3(x)
        p4 = self.to_p4(p3)
        return p3, p4, self.to_p5(p4)


class _Neck(nn.Module):
    """Path aggregation: from the coarse map down to the fine one and up again."""

    def __init__(self, widths: tuple[int, ...], repeats: int, options: NsyoloOptions) -> None:
        super().__init__()
        fine, middle, coarse = widths[2:]

        def p4_block(channels: int) -> nn.Module:
            if options.neck == "plain":
                return Bottleneck(channels)
            return snake_bottleneck(channels, options.snake_points, options.neck == "badsconv")

        self.down_p4 = C3K2(coarse + middle, middle, repeats)
        self.down_p3 = C3K2(middle + middle, fine, repeats)
        self.reduce_p3 = Conv(fine, fine, 3, 2)
        self.up_p4 = C3K2(fine + middle, middle, repeats, p4_block)
        self.reduce_p4 = Conv(middle, middle, 3, 2)
        self.up_p5 = C3K2(middle + coarse, coarse, repeats, C3K)

    def forward(self, p3: Tensor, p4: Tensor, p5: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        def enlarge(x: Tensor) -> Tensor:
            return f.interpolate(x, scale_factor=2.0, mode="nearest")

        inner = self.down_p4(torch.cat([enlarge(p5), p4], dim=1))
        fine = self.down_p3(torch.cat([enlarge(inner), p3], dim=1))
        middle = self.up_p4(torch.cat([self.reduce_p3(fine), inner], dim=1))
        coarse = self.up_p5(torch.cat([self.reduce_p4(middle), p5], dim=1))
        return fine, middle, coarse


class NSYOLO(nn.Module):
    """Particles with boxes, classes and masks from one look at an image.

    Input (n, 1, rows, cols), grey in [-1, 1], rows and cols multiples of 32. The network is fed the grey three
    times, in [0, 1], as YOLO11 takes colours.

    Parameters
    ----------
    options : NsyoloOptions
    """

    def __init__(self, options: NsyoloOptions | None = None) -> None:
        super().__init__()
        self.options = options = options or NsyoloOptions()

        def widen(channels: int) -> int:
            return ceil(channels * options.width / 8) * 8

        widths = tuple(widen(channels) for channels in _CHANNELS)
        repeats = max(round(_REPEATS * options.depth), 1)
        self.backbone = _Backbone(widths, repeats, options)
        self.neck = _Neck(widths, repeats, options)
        self.head = SegmentHead(widths[2:], len(options.classes), widen(_PROTOTYPE_CHANNELS))

    def forward(self, x: Tensor) -> RawDetections:
        """Return the raw maps of three levels and the prototypes."""
        return self.head(self.neck(*self.backbone(((x + 1) / 2).expand(-1, 3, -1, -1))))  # type: ignore[no-any-return]

    def decode(self, raw: RawDetections) -> Detections:
        """Return boxes in input px, class probabilities, coefficients and prototypes."""
        return decode(raw)
