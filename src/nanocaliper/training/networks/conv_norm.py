"""Convolution, batch normalisation and ReLU, as the decoders of several networks chain them."""

from torch import nn

__all__ = ["conv_norm_relu", "separable_conv"]


def conv_norm_relu(inputs: int, outputs: int, size: int = 1) -> nn.Sequential:
    """Return a convolution that keeps rows and columns, batch normalisation and ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def separable_conv(inputs: int, outputs: int, dilation: int = 1) -> nn.Sequential:
    """Return a 3x3 convolution of each channel, then a 1x1 one over channels, batch normalisation and ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, padding=dilation, dilation=dilation, groups=inputs, bias=False),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )
