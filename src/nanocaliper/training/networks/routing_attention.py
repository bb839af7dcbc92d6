"""Bi-level routing attention: each region of the map attends to the few regions that matter to it.

L. Zhu, X. Wang, Z. Ke, W. Zhang, R. Lau: BiFormer: vision transformer with bi-level routing attention, CVPR 2023;
X. Han et al., AI & Materials 2026, doi 10.55092/aimat20260006, eq. (14) to (21).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as f

__all__ = ["RoutingAttention"]

_HEAD_CHANNELS = 32


class RoutingAttention(nn.Module):
    """Attention within routed regions (BRA).

    The map is cut into `regions` x `regions` equal parts. Mean queries and keys of the parts say which `routed`
    parts a part looks at, eq. (17) and (18); its positions attend to all positions of those, eq. (19) to (21).
    A 5 x 5 depthwise convolution of the values is added (local context enhancement). The choice of regions itself
    passes no gradient, as in BiFormer.

    A map whose sides are no multiples of `regions` is padded at the end. Padding counts in no mean and is never
    attended to; a part of padding alone is chosen after all others.

    Parameters
    ----------
    channels : int
        A head has 32 of them; where 32 does not divide them, there is one head.
    regions : int
        Parts along each side.
    routed : int
        Parts that each part attends to, at most regions².
    """

    def __init__(self, channels: int, regions: int = 7, routed: int = 4) -> None:
        super().__init__()
        self.heads = channels // _HEAD_CHANNELS if channels % _HEAD_CHANNELS == 0 else 1
        self.regions = regions
        self.routed = routed
        self.project_in = nn.Conv2d(channels, 3 * channels, 1)
        self.local = nn.Conv2d(channels, channels, 5, padding=2, groups=channels)
        self.project_out = nn.Conv2d(channels, channels, 1)

    def partition(self, x: Tensor) -> Tensor:
        """From (n, channels, rows, cols), padded with 0, to (n, parts, positions of a part, channels)."""
        images, channels, rows, cols = x.shape
        side = self.regions
        high, wide = (rows + side - 1) // side, (cols + side - 1) // side
        x = f.pad(x, (0, wide * side - cols, 0, high * side - rows))
        x = x.reshape(images, channels, side, high, side, wide).permute(0, 2, 4, 3, 5, 1)
        return x.reshape(images, side * side, high * wide, channels)

    def merge(self, parts: Tensor, rows: int, cols: int) -> Tensor:
        """Undo `partition`: back to (n, channels, rows, cols)."""
        images, channels = parts.shape[0], parts.shape[-1]
        side = self.regions
        high, wide = (rows + side - 1) // side, (cols + side - 1) // side
        parts = parts.reshape(images, side, side, high, wide, channels).permute(0, 5, 1, 3, 2, 4)
        return parts.reshape(images, channels, high * side, wide * side)[:, :, :rows, :cols]

    def route(self, query: Tensor, key: Tensor, real: Tensor) -> Tensor:
        """Choose what each part attends to.

        Parameters
        ----------
        query, key : Tensor, shape (n, parts, positions, channels)
        real : Tensor, shape (1, parts, positions, 1)
            1 where a position is of the map, 0 where it is padding.

        Returns
        -------
        Tensor of int64, shape (n, parts, routed)
        """
        count = real.sum(dim=2)
        # Padding of the projected maps is 0: it adds nothing to the sums.
        mean_query, mean_key = (x.sum(dim=2) / count.clamp_min(1) for x in (query, key))
        affinity = mean_query @ mean_key.transpose(1, 2)
        affinity = affinity.masked_fill(count.transpose(1, 2) == 0, float("-inf"))
        return affinity.topk(self.routed, dim=-1).indices

    def forward(self, x: Tensor) -> Tensor:
        """Return a map of the input's shape."""
        images, channels, rows, cols = x.shape
        query_map, key_map, value_map = self.project_in(x).chunk(3, dim=1)
        query, key, value = (self.partition(part) for part in (query_map, key_map, value_map))
        real = self.partition(torch.ones_like(x[:1, :1]))
        chosen = self.route(query.detach(), key.detach(), real)
        parts, positions = self.regions**2, query.shape[2]

        first = torch.arange(images, device=x.device).reshape(-1, 1, 1) * parts
        flat = (chosen + first).reshape(-1)
        heads, width = self.heads, channels // self.heads

        def gather(values: Tensor) -> Tensor:
            taken = values.reshape(-1, positions, channels)[flat]
            taken = taken.reshape(images * parts, self.routed * positions, heads, width)
            return taken.transpose(1, 2)

        query = query.reshape(images * parts, positions, heads, width).transpose(1, 2)
        affinity = query @ gather(key).transpose(2, 3) * width**-0.5
        attended_real = real.reshape(parts, positions)[chosen.reshape(-1)]
        hidden = attended_real.reshape(images * parts, 1, 1, self.routed * positions) == 0
        weights = affinity.masked_fill(hidden, float("-inf")).softmax(dim=-1)
        attended = (weights @ gather(value)).transpose(1, 2).reshape(images, parts, positions, channels)
        return self.project_out(self.merge(attended, rows, cols) + self.local(value_map))  # type: ignore[no-any-return]
