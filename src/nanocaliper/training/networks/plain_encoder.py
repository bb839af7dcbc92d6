"""The encoder of the first U-Net: two 3x3 convolutions a stage, trained from nothing.

Ronneberger, Fischer, Brox: U-Net: convolutional networks for biomedical image segmentation, MICCAI 2015;
convolutions are padded, so that maps keep their size.
"""

from torch import Tensor, nn

__all__ = ["STAGE_CHANNELS", "PlainEncoder", "initialise_for_relu"]

#: Channels of the five feature maps, at strides 1, 2, 4, 8 and 16.
STAGE_CHANNELS = (64, 128, 256, 512, 1024)


class PlainEncoder(nn.Module):
    """Feature maps (n, `STAGE_CHANNELS`, rows / stride, cols / stride) of a grey image (n, 1, rows, cols)."""

    def __init__(self) -> None:
        super().__init__()
        stages: list[nn.Module] = []
        inputs = 1
        for outputs in STAGE_CHANNELS:
            stages.append(
                nn.Sequential(
                    nn.Conv2d(inputs, outputs, 3, padding=1),
                    nn.ReLU(inplace=True),
                    nn.Conv2d(outputs, outputs, 3, padding=1),
                    nn.ReLU(inplace=True),
                )
            )
            inputs = outputs
        self.stages = nn.ModuleList(stages)
        self.pool = nn.MaxPool2d(2)
        initialise_for_relu(self)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the map of each stage."""
        maps: list[Tensor] = []
        for stage in self.stages:
            maps.append(stage(self.pool(maps[-1]) if maps else x))
        return maps


def initialise_for_relu(module: nn.Module) -> None:
    """Draw the weights of all convolutions so that ReLU layers keep the variance; biases are 0.

    He et al., Delving deep into rectifiers, ICCV 2015, eq. (10); Ronneberger et al. ask for the same. Without
    batch normalisation, torch's own default lets the signal fade by a factor of some 2 a layer.
    """
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
            if part.bias is not None:
                nn.init.zeros_(part.bias)
