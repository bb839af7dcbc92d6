"""VGG-16 encoder with torchvision's parameter names, so that published ImageNet weights load.

Simonyan, Zisserman: Very deep convolutional networks for large-scale image recognition, ICLR 2015, configuration
D, without batch normalisation.
"""

from pathlib import Path

from torch import Tensor, nn

from nanocaliper.training.networks.pretrained_weights import load_published_weights

__all__ = ["STAGE_CHANNELS", "VGG16", "load_imagenet_weights"]

#: Channels of the five feature maps, at strides 1, 2, 4, 8 and 16.
STAGE_CHANNELS = (64, 128, 256, 512, 512)
#: Where torchvision publishes the weights (VGG16_Weights.IMAGENET1K_V1).
ADDRESS = "https://download.pytorch.org/models/vgg16-397923af.pth"

_CONVOLUTIONS = (2, 2, 3, 3, 3)


class VGG16(nn.Module):
    """Feature maps of an image at five strides.

    Input (n, 3, rows, cols), standardised as ImageNet's; output a list of five maps with `STAGE_CHANNELS`
    channels. The pooling that follows the last map in the paper is left out.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for outputs, count in zip(STAGE_CHANNELS, _CONVOLUTIONS, strict=True):
            if layers:
                layers.append(nn.MaxPool2d(2))
            for _ in range(count):
                layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(inplace=True)]
                inputs = outputs
        self.features = nn.Sequential(*layers)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                assert module.bias is not None
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the maps before each pooling, and the last."""
        maps = []
        for layer in self.features:
            if isinstance(layer, nn.MaxPool2d):
                maps.append(x)
            x = layer(x)
        return [*maps, x]


def load_imagenet_weights(encoder: nn.Module, file: Path | None, online: bool = False) -> None:
    """Load torchvision's ImageNet weights of VGG-16.

    Parameters
    ----------
    encoder : VGG16
        Changed in place.
    file : Path, optional
        State dict, ``.pth`` or ``.npz``; ``classifier.*`` is ignored.
    online : bool
        Without a file, fetch the weights from torchvision's address.

    Raises
    ------
    ModelError
        If there are no weights to be had, or if they are of another network (VGG-16 with batch normalisation is).
    """
    load_published_weights(encoder, "VGG-16", file, ADDRESS if online else None, ("classifier.",))
