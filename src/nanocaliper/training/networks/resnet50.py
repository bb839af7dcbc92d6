"""ResNet-50 encoder with torchvision's parameter names, so that published ImageNet weights load.

He, Zhang, Ren, Sun: Deep residual learning for image recognition, CVPR 2016; stride 2 stands in the 3x3
convolution of a bottleneck, as in torchvision. Chen et al. (DeepLab): strides replaced by dilation for a finer
last map.
"""

from pathlib import Path

from torch import Tensor, nn

from nanocaliper.training.networks.pretrained_weights import load_published_weights

__all__ = ["STAGE_CHANNELS", "Bottleneck", "ResNet50", "load_imagenet_weights"]

#: Channels of the five feature maps, at strides 2, 4, 8, 16 and 32.
STAGE_CHANNELS = (64, 256, 512, 1024, 2048)
#: Where torchvision publishes the weights (ResNet50_Weights.IMAGENET1K_V1).
ADDRESS = "https://download.pytorch.org/models/resnet50-0676ba61.pth"

_EXPANSION = 4
# (width, bottlenecks) of the four layers, Table 1 of the paper.
_LAYERS = ((64, 3), (128, 4), (256, 6), (512, 3))


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolution around a shortcut; (n, inputs, rows, cols) to (n, 4 * width, ...)."""

    def __init__(self, inputs: int, width: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        outputs = width * _EXPANSION
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=dilation, dilation=dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum of the branch and the shortcut, after ReLU."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu(y + shortcut)  # type: ignore[no-any-return]


class ResNet50(nn.Module):
    """Feature maps of an image at five strides.

    Input (n, 3, rows, cols), standardised as ImageNet's; output a list of five maps with `STAGE_CHANNELS`
    channels.

    Parameters
    ----------
    output_stride : int
        Stride of the last map: 32, or 16 or 8 with dilated convolutions instead of strides.
    """

    def __init__(self, output_stride: int = 32) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        inputs, reached, dilation = 64, 4, 1
        for number, (width, bottlenecks) in enumerate(_LAYERS, start=1):
            stride, first_dilation = (1 if number == 1 else 2), dilation
            if stride == 2 and reached == output_stride:
                stride, dilation = 1, dilation * 2
            reached *= stride
            layer = [Bottleneck(inputs, width, stride, first_dilation)]
            inputs = width * _EXPANSION
            layer += [Bottleneck(inputs, width, dilation=dilation) for _ in range(bottlenecks - 1)]
            self.add_module(f"layer{number}", nn.Sequential(*layer))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the maps after the first convolution and after each of the four layers."""
        maps = [self.relu(self.bn1(self.conv1(x)))]
        x = self.maxpool(maps[0])
        for number in range(1, 5):
            x = self.get_submodule(f"layer{number}")(x)
            maps.append(x)
        return maps


def load_imagenet_weights(encoder: nn.Module, file: Path | None, online: bool = False) -> None:
    """Load torchvision's ImageNet weights of ResNet-50.

    Parameters
    ----------
    encoder : ResNet50
        Changed in place.
    file : Path, optional
        State dict, ``.pth`` or ``.npz``; ``fc.*`` is ignored.
    online : bool
        Without a file, fetch the weights from torchvision's address.

    Raises
    ------
    ModelError
        If there are no weights to be had, or if they are of another network.
    """
    load_published_weights(encoder, "ResNet-50", file, ADDRESS if online else None, ("fc.",))
