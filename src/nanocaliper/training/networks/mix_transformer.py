"""Mix Transformer (MiT), the encoder of SegFormer.

Xie et al.: SegFormer: simple and efficient design for semantic segmentation with transformers, NeurIPS 2021,
section 3.1 and Table 6. Names of parameters are those of the weights the authors publish.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as f

from nanocaliper.training.networks.pretrained_weights import load_published_weights

__all__ = ["SIZES", "MixTransformer", "MixTransformerSize", "load_imagenet_weights"]

#: Where the authors publish the weights.
ADDRESS = "https://huggingface.co/nvidia/mit-{size}/resolve/main/pytorch_model.bin"

_HEADS = (1, 2, 5, 8)
# Keys and values are taken from maps this many times coarser, a stage.
_REDUCTIONS = (8, 4, 2, 1)
_HIDDEN_RATIO = 4
# The last block is left out of training with this probability, the first never.
_DROP_PATH = 0.1


@dataclass(frozen=True)
class MixTransformerSize:
    """Blocks and channels of the four stages, and channels of SegFormer's decoder."""

    depths: tuple[int, int, int, int]
    widths: tuple[int, int, int, int]
    decoder_width: int


_WIDE = (64, 128, 320, 512)
#: By name, Table 6 of the paper.
SIZES: dict[str, MixTransformerSize] = {
    "b0": MixTransformerSize((2, 2, 2, 2), (32, 64, 160, 256), 256),
    "b1": MixTransformerSize((2, 2, 2, 2), _WIDE, 256),
    "b2": MixTransformerSize((3, 4, 6, 3), _WIDE, 768),
    "b3": MixTransformerSize((3, 4, 18, 3), _WIDE, 768),
    "b4": MixTransformerSize((3, 8, 27, 3), _WIDE, 768),
    "b5": MixTransformerSize((3, 6, 40, 3), _WIDE, 768),
}


def _to_tokens(x: Tensor) -> Tensor:
    """(n, channels, rows, cols) to (n, rows * cols, channels)."""
    return x.flatten(2).transpose(1, 2)


def _to_map(tokens: Tensor, rows: int, cols: int) -> Tensor:
    return tokens.transpose(1, 2).reshape(tokens.shape[0], tokens.shape[2], rows, cols)


class _PatchEmbedding(nn.Module):
    """Overlapping patches: a convolution of stride 4 or 2, and layer normalisation."""

    def __init__(self, inputs: int, width: int, size: int, stride: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(inputs, width, size, stride, padding=size // 2)
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> tuple[Tensor, int, int]:
        x = self.proj(x)
        return self.layer_norm(_to_tokens(x)), x.shape[2], x.shape[3]


class _SelfAttention(nn.Module):
    """Attention of all tokens to those of a coarser map, eq. (1) and (2)."""

    def __init__(self, width: int, heads: int, reduction: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.sr: nn.Module | None = None
        if reduction > 1:
            self.sr = nn.Conv2d(width, width, reduction, reduction)
            self.layer_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, rows: int, cols: int) -> Tensor:
        coarse = x if self.sr is None else self.layer_norm(_to_tokens(self.sr(_to_map(x, rows, cols))))

        def split(tokens: Tensor) -> Tensor:
            return tokens.reshape(*tokens.shape[:2], self.heads, -1).transpose(1, 2)

        query, key, value = split(self.query(x)), split(self.key(coarse)), split(self.value(coarse))
        attended = f.scaled_dot_product_attention(query, key, value)
        return attended.transpose(1, 2).flatten(2)


class _DepthwiseConv(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(width, width, 3, padding=1, groups=width)

    def forward(self, x: Tensor, rows: int, cols: int) -> Tensor:
        return _to_tokens(self.dwconv(_to_map(x, rows, cols)))


class _MixFeedForward(nn.Module):
    """Linear, 3x3 convolution of each channel, GELU, linear, eq. (3)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dense1 = nn.Linear(width, _HIDDEN_RATIO * width)
        self.dwconv = _DepthwiseConv(_HIDDEN_RATIO * width)
        self.dense2 = nn.Linear(_HIDDEN_RATIO * width, width)

    def forward(self, x: Tensor, rows: int, cols: int) -> Tensor:
        return self.dense2(f.gelu(self.dwconv(self.dense1(x), rows, cols)))  # type: ignore[no-any-return]


class _Block(nn.Module):
    def __init__(self, width: int, heads: int, reduction: int, drop: float) -> None:
        super().__init__()
        self.drop = drop
        self.layer_norm_1 = nn.LayerNorm(width)
        self.attention = nn.ModuleDict(
            {
                "self": _SelfAttention(width, heads, reduction),
                "output": nn.ModuleDict({"dense": nn.Linear(width, width)}),
            }
        )
        self.layer_norm_2 = nn.LayerNorm(width)
        self.mlp = _MixFeedForward(width)

    def forward(self, x: Tensor, rows: int, cols: int) -> Tensor:
        attended = self.attention["self"](self.layer_norm_1(x), rows, cols)
        x = x + self._drop_path(self.attention["output"]["dense"](attended))  # type: ignore[index]
        return x + self._drop_path(self.mlp(self.layer_norm_2(x), rows, cols))

    def _drop_path(self, x: Tensor) -> Tensor:
        """Leave the branch out for some images in training (stochastic depth)."""
        if not self.training or self.drop == 0:
            return x
        kept = torch.rand(x.shape[0], 1, 1, device=x.device) >= self.drop
        return x * kept / (1 - self.drop)


class MixTransformer(nn.Module):
    """Maps at strides 4, 8, 16 and 32 with the channels of its size (see `SIZES`).

    Input (n, 3, rows, cols), standardised as ImageNet's.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        size = SIZES[name]
        drops = iter(np.linspace(0, _DROP_PATH, sum(size.depths)).tolist())
        embeddings, stages = [], []
        inputs = 3
        for level, (depth, width) in enumerate(zip(size.depths, size.widths, strict=True)):
            embeddings.append(_PatchEmbedding(inputs, width, *((7, 4) if level == 0 else (3, 2))))
            blocks = [_Block(width, _HEADS[level], _REDUCTIONS[level], next(drops)) for _ in range(depth)]
            stages.append(nn.ModuleList(blocks))
            inputs = width
        self.patch_embeddings = nn.ModuleList(embeddings)
        self.block = nn.ModuleList(stages)
        self.layer_norm = nn.ModuleList(nn.LayerNorm(width) for width in size.widths)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the four maps, finest first."""
        maps = []
        for embed, blocks, norm in zip(self.patch_embeddings, self.block, self.layer_norm, strict=True):
            tokens, rows, cols = embed(x)
            assert isinstance(blocks, nn.ModuleList)
            for block in blocks:
                tokens = block(tokens, rows, cols)
            x = _to_map(norm(tokens), rows, cols)
            maps.append(x)
        return maps


def load_imagenet_weights(encoder: MixTransformer, file: Path | None, online: bool = False) -> None:
    """Load the authors' ImageNet weights of the encoder of the same size; the classifier's are ignored.

    Raises
    ------
    ModelError
        If there are no weights to be had, or if they are of another network.
    """
    address = ADDRESS.format(size=encoder.name) if online else None
    load_published_weights(
        encoder, f"MiT-{encoder.name}", file, address, ("classifier.",), prefix="segformer.encoder."
    )
