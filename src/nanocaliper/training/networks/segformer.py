"""SegFormer: a hierarchical transformer and a decoder of linear layers.

Xie et al.: SegFormer: simple and efficient design for semantic segmentation with transformers, NeurIPS 2021.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as f

from nanocaliper.errors import UsageError
from nanocaliper.training.networks.conv_norm import conv_norm_relu
from nanocaliper.training.networks.grey_input import to_imagenet
from nanocaliper.training.networks.mix_transformer import SIZES, MixTransformer
from nanocaliper.training.networks.semantic_network import SemanticNetwork

__all__ = ["SegFormer", "SegFormerOptions"]


@dataclass(frozen=True)
class SegFormerOptions:
    """Switches of `SegFormer`.

    Attributes
    ----------
    size : str
        ``b0`` (smallest) to ``b5``.
    """

    size: str = "b0"

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise UsageError(f"There is no SegFormer {self.size!r}; choose one of {', '.join(SIZES)}.")


class SegFormer(SemanticNetwork):
    """Logits of background and particle, (n, 2, rows, cols), of grey (n, 1, rows, cols) in [-1, 1]."""

    classes = 2

    def __init__(self, options: SegFormerOptions | None = None) -> None:
        super().__init__()
        name = (options or SegFormerOptions()).size
        size = SIZES[name]
        self.encoder = MixTransformer(name)
        self.project = nn.ModuleList(nn.Conv2d(channels, size.decoder_width, 1) for channels in size.widths)
        self.fuse = nn.Sequential(
            conv_norm_relu(len(size.widths) * size.decoder_width, size.decoder_width), nn.Dropout(0.1)
        )
        self.head = nn.Conv2d(size.decoder_width, self.classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits."""
        maps = self.encoder(to_imagenet(x))
        fine = maps[0].shape[-2:]
        # Coarsest first, as the published decoders have it.
        projected = [
            f.interpolate(project(y), size=fine, mode="bilinear", align_corners=False)
            for project, y in zip(reversed(self.project), reversed(maps), strict=True)
        ]
        y = self.head(self.fuse(torch.cat(projected, dim=1)))
        return f.interpolate(y, size=x.shape[-2:], mode="bilinear", align_corners=False)
