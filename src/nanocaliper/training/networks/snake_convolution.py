"""Dynamic snake convolution, and the one that is aware of boundaries, for the neck of NSYOLO.

Y. Qi, Y. He, X. Qi, Y. Zhang, G. Yang: Dynamic snake convolution based on topological geometric constraints for
tubular structure segmentation, ICCV 2023; X. Han et al., AI & Materials 2026, doi 10.55092/aimat20260006
(eq. (1) to (13), algorithm 1).
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as f

from nanocaliper.training.networks.yolo_blocks import Bottleneck, Conv, WarmBatchNorm

__all__ = ["BADSConv", "DSConv", "boundary_map", "cumulate_offsets", "snake_bottleneck"]

_BOUNDARY_WINDOWS = (3, 5, 7)
_ATTENTION_CHANNELS = 8


def boundary_map(x: Tensor) -> Tensor:
    """Strength of the edges of a map: eq. (4) to (6), and the windows of algorithm 1, lines 2 to 5.

    The absolute forward differences along rows and columns (0 behind the last row and column), averaged over the
    channels, then over windows of 3, 5 and 7 px, and over these three. A window counts only what lies in the map,
    so that the map's border is no weaker than its middle.

    Parameters
    ----------
    x : Tensor, shape (n, channels, rows, cols)

    Returns
    -------
    Tensor, shape (n, 1, rows, cols)
    """
    down = f.pad((x[:, :, 1:] - x[:, :, :-1]).abs(), (0, 0, 0, 1))
    across = f.pad((x[:, :, :, 1:] - x[:, :, :, :-1]).abs(), (0, 1))
    edges = (down + across).mean(dim=1, keepdim=True)
    pooled = [
        f.avg_pool2d(edges, window, stride=1, padding=window // 2, count_include_pad=False)
        for window in _BOUNDARY_WINDOWS
    ]
    return sum(pooled[1:], pooled[0]) / len(pooled)


def cumulate_offsets(offsets: Tensor) -> Tensor:
    """Add up the offsets of a snake's points from its middle outwards, eq. (1).

    Each point is displaced by its own offset and those of all points between it and the middle, so that the snake
    does not tear; the middle stays where it is.

    Parameters
    ----------
    offsets : Tensor, shape (n, points, rows, cols)
        Of an odd number of points.

    Returns
    -------
    Tensor, shape (n, points, rows, cols)
    """
    middle = offsets.shape[1] // 2
    # An end before the middle adds up from the middle to it, that is backwards.
    before = offsets[:, :middle].flip(1).cumsum(1).flip(1)
    after = offsets[:, middle + 1 :].cumsum(1)
    return torch.cat([before, torch.zeros_like(offsets[:, :1]), after], dim=1)


class DSConv(nn.Module):
    """Convolution along a line of points that bends across its own direction.

    The values at the displaced points are interpolated linearly; outside the map, the nearest value in it counts.
    With offsets of 0 this is an ordinary convolution with a kernel of 1 x points (or points x 1).

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    points : int
        Odd.
    along : {'cols', 'rows'}
        Where the points lie: ``'cols'`` in a row of the map (DSConv_x), displaced up and down, ``'rows'`` in a
        column (DSConv_y), displaced to the sides.
    """

    def __init__(self, inputs: int, outputs: int, points: int, along: Literal["cols", "rows"]) -> None:
        super().__init__()
        self.points = points
        self.along = along
        self.conv = nn.Conv2d(inputs, outputs, (1, points), (1, points), bias=False)
        self.norm = WarmBatchNorm(outputs)

    def sample(self, x: Tensor, offsets: Tensor) -> Tensor:
        """Values at the snake's points.

        Parameters
        ----------
        x : Tensor, shape (n, channels, rows, cols)
        offsets : Tensor, shape (n, points, rows, cols)
            In px of the map, not yet added up.

        Returns
        -------
        Tensor, shape (n, channels, rows, cols * points)
            The points of a position lie side by side.
        """
        images, _, rows, cols = x.shape
        steps = torch.arange(self.points, device=x.device, dtype=torch.float32) - self.points // 2
        row = torch.arange(rows, device=x.device, dtype=torch.float32).reshape(1, -1, 1, 1)
        col = torch.arange(cols, device=x.device, dtype=torch.float32).reshape(1, 1, -1, 1)
        bend = cumulate_offsets(offsets).permute(0, 2, 3, 1).float()
        straight = torch.zeros_like(bend)
        along_cols = self.along == "cols"
        row = row + (bend if along_cols else straight + steps)
        col = col + (straight + steps if along_cols else bend)
        # Pixel i of n has its middle at (2 i + 1) / n - 1 where the map reaches from -1 to 1.
        grid = torch.stack([(2 * col + 1) / cols - 1, (2 * row + 1) / rows - 1], dim=-1)
        grid = grid.reshape(images, rows, cols * self.points, 2)
        # Positions as halves would be wrong by a tenth of a px on large maps.
        values = f.grid_sample(x.float(), grid, mode="bilinear", padding_mode="border", align_corners=False)
        return values.to(x.dtype)

    def forward(self, x: Tensor, offsets: Tensor) -> Tensor:
        """Return (n, outputs, rows, cols) for offsets (n, points, rows, cols) in px, not yet added up."""
        return f.silu(self.norm(self.conv(self.sample(x, offsets))))


class BADSConv(nn.Module):
    """Two snakes, along rows and columns, and an ordinary convolution, mixed by learned shares.

    Offsets of every point are predicted from the map and bounded by tanh, eq. (3); near edges they are enlarged up
    to twofold, by the boundary attention of eq. (7) and (8). Equations (9) to (13) give the mixture.

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    points : int
        Of each snake; odd.
    boundary_aware : bool
        False: the offsets are used as they are predicted, as in DSConv.
    """

    def __init__(self, inputs: int, outputs: int, points: int = 9, boundary_aware: bool = True) -> None:
        super().__init__()
        self.points = points
        self.plain = Conv(inputs, outputs, 3)
        self.predict_offsets = nn.Conv2d(inputs, 2 * points, 3, padding=1)
        self.along_cols = DSConv(inputs, outputs, points, "cols")
        self.along_rows = DSConv(inputs, outputs, points, "rows")
        self.shares = nn.Parameter(torch.zeros(3))
        self.join = Conv(outputs, outputs)
        self.boundary = (
            nn.Sequential(Conv(1, _ATTENTION_CHANNELS, 3), nn.Conv2d(_ATTENTION_CHANNELS, 1, 1))
            if boundary_aware
            else None
        )

    def boundary_attention(self, x: Tensor) -> Tensor:
        """How likely each position is on a boundary, 0 to 1: eq. (7); (n, 1, rows, cols)."""
        assert self.boundary is not None
        return self.boundary(boundary_map(x)).sigmoid()  # type: ignore[no-any-return]

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, outputs, rows, cols)."""
        offsets = self.predict_offsets(x).tanh()
        if self.boundary is not None:
            offsets = offsets * (1 + self.boundary_attention(x))
        up_down, left_right = offsets.chunk(2, dim=1)
        shares = self.shares.softmax(dim=0)
        mixture = (
            shares[0] * self.plain(x)
            + shares[1] * self.along_cols(x, up_down)
            + shares[2] * self.along_rows(x, left_right)
        )
        return self.join(mixture)  # type: ignore[no-any-return]


def snake_bottleneck(channels: int, points: int, boundary_aware: bool) -> Bottleneck:
    """Bottleneck whose second convolution is a `BADSConv`; a `C3K2` of them is the paper's C3BADS."""
    return Bottleneck(channels, second=BADSConv(channels // 2, channels, points, boundary_aware))
