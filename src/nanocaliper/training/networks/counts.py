"""How large a network is and how much it computes."""

import copy

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

__all__ = ["count_gflops", "count_parameters"]


def count_parameters(network: nn.Module) -> int:
    """Count the numbers that training changes."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def count_gflops(network: nn.Module, rows: int = 640, cols: int = 640) -> float:
    """Count the operations for one grey image, in 10⁹.

    Two operations a multiplication with addition, in convolutions and matrix products; normalisation, activations
    and interpolation are left out, as they are in most published figures.

    Parameters
    ----------
    network : nn.Module
        Takes (1, 1, rows, cols).
    rows, cols : int

    Returns
    -------
    float
    """
    # On tensors without values: nothing is computed.
    shadow = copy.deepcopy(network).to("meta").eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        shadow(torch.zeros(1, 1, rows, cols, device="meta"))
    return float(counter.get_total_flops()) / 1e9
