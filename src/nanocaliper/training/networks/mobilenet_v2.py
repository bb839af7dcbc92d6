"""MobileNetV2 encoder, loadable from an archive of ImageNet weights with batch normalisation folded in.

Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2: inverted residuals and linear bottlenecks, CVPR 2018.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as f

from nanocaliper.errors import ModelError

__all__ = ["STAGE_CHANNELS", "MobileNetV2", "load_folded_weights"]

#: Channels of the five feature maps, at strides 2, 4, 8, 16 and 32.
STAGE_CHANNELS = (16, 24, 32, 96, 320)

_EXPANSION = 6
# (output channels, repeats, stride of the first) of the inverted residual blocks, Table 2 of the paper.
_STAGES = ((16, 1, 1), (24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1))
_TAPS = (1, 3, 6, 13, 17)


class _ConvNorm(nn.Module):
    """Convolution, batch normalisation and ReLU6, padded as TensorFlow's SAME does."""

    def __init__(
        self, inputs: int, outputs: int, size: int = 1, stride: int = 1, groups: int = 1, active: bool = True
    ) -> None:
        super().__init__()
        self.stride = stride
        self.active = active
        padding = size // 2 if stride == 1 else 0
        self.conv = nn.Conv2d(inputs, outputs, size, stride, padding, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        if self.stride == 2:
            x = f.pad(x, (0, 1, 0, 1))
        x = self.norm(self.conv(x))
        return f.relu6(x) if self.active else x


class _InvertedResidual(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.expand = _ConvNorm(inputs, hidden) if expansion != 1 else None
        self.depthwise = _ConvNorm(hidden, hidden, 3, stride, groups=hidden)
        self.project = _ConvNorm(hidden, outputs, active=False)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = x if self.expand is None else self.expand(x)
        y = self.project(self.depthwise(y))
        return x + y if self.shortcut else y


class MobileNetV2(nn.Module):
    """Feature maps of a grey image at five strides.

    Input (n, 3, rows, cols) in [-1, 1], rows and cols multiples of 32; output a list of five maps with
    `STAGE_CHANNELS` channels.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = _ConvNorm(3, 32, 3, 2)
        blocks: list[nn.Module] = []
        channels = 32
        for outputs, repeats, stride in _STAGES:
            for i in range(repeats):
                expansion = 1 if not blocks else _EXPANSION
                blocks.append(_InvertedResidual(channels, outputs, stride if i == 0 else 1, expansion))
                channels = outputs
        self.blocks = nn.ModuleList(blocks)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the feature maps after blocks 1, 3, 6, 13 and 17."""
        maps = []
        x = self.stem(x)
        for number, block in enumerate(self.blocks, start=1):
            x = block(x)
            if number in _TAPS:
                maps.append(x)
        return maps


def load_folded_weights(encoder: MobileNetV2, archive: Path, images: Tensor) -> None:
    """Load convolution weights whose batch normalisation was folded in, and put the normalisation back.

    Each layer's pre-activation mean m and variance v are measured on real images, layer after layer; then
    running mean = m, running variance = v, beta = m + bias and gamma = sqrt(v + eps) leave the function of the
    folded network unchanged, and training can go on with batch normalisation.

    Parameters
    ----------
    encoder : MobileNetV2
        Changed in place.
    archive : Path
        ``.npz`` with ``NAME.weight`` and ``NAME.bias`` for ``stem`` and ``blockNN.expand|depthwise|project``.
    images : Tensor, shape (n, 3, rows, cols)
        Real images in [-1, 1] to measure on.

    Raises
    ------
    ModelError
        If the archive is not of this network.
    """
    with np.load(archive) as arrays:
        weights: dict[str, npt.NDArray[np.float32]] = {name: arrays[name] for name in arrays.files}

    def restore(layer: nn.Module, name: str) -> None:
        assert isinstance(layer, _ConvNorm)
        weight, bias = weights.get(f"{name}.weight"), weights.get(f"{name}.bias")
        if weight is None or bias is None or tuple(weight.shape) != tuple(layer.conv.weight.shape):
            raise ModelError(
                f"'{archive}' holds no fitting weights for layer {name!r}; expected a folded MobileNetV2 1.0."
            )
        layer.conv.weight.data.copy_(torch.from_numpy(weight))
        offset = torch.from_numpy(bias)

        def measure(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> None:
            mean = output.mean(dim=(0, 2, 3))
            variance = output.var(dim=(0, 2, 3)).clamp_min(1e-4)
            norm = layer.norm
            assert norm.running_mean is not None
            assert norm.running_var is not None
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
            norm.bias.data.copy_(mean + offset)
            norm.weight.data.copy_((variance + norm.eps).sqrt())

        hooks.append(layer.conv.register_forward_hook(measure))

    hooks: list[torch.utils.hooks.RemovableHandle] = []
    restore(encoder.stem, "stem")
    for number, block in enumerate(encoder.blocks, start=1):
        for part in ("expand", "depthwise", "project"):
            layer = getattr(block, part)
            if layer is not None:
                restore(layer, f"block{number:02d}.{part}")
    encoder.eval()
    with torch.no_grad():
        encoder(images)
    for hook in hooks:
        hook.remove()
