"""HRNet encoder: maps of four resolutions side by side, exchanged again and again.

Wang et al.: Deep high-resolution representation learning for visual recognition, IEEE TPAMI 43 (2021) 3349. Names
of parameters are those of the authors and of timm, so that published ImageNet weights load. Maps are enlarged
bilinearly, as in the authors' networks for segmentation.
"""

from pathlib import Path

from torch import Tensor, nn
from torch.nn import functional as f

from nanocaliper.training.networks.pretrained_weights import load_published_weights
from nanocaliper.training.networks.resnet50 import Bottleneck

__all__ = ["WIDTHS", "HRNet", "enlarge", "load_imagenet_weights"]

#: Channels of the finest map, of the sizes there are.
WIDTHS = (18, 32, 48)
#: Where timm publishes the weights.
ADDRESS = "https://huggingface.co/timm/hrnet_w{width}.ms_in1k/resolve/main/pytorch_model.bin"

# Times that maps are exchanged in the stages with two, three and four resolutions.
_MODULES = (1, 4, 3)
_CLASSIFIER = ("incre_modules.", "downsamp_modules.", "final_layer.", "classifier.")


def _conv_norm(
    inputs: int, outputs: int, size: int = 1, stride: int = 1, active: bool = False
) -> nn.Sequential:
    layers = [
        nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, *([nn.ReLU(inplace=True)] if active else []))


class _BasicBlock(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        y = f.relu(self.bn1(self.conv1(x)))
        return f.relu(self.bn2(self.conv2(y)) + x)


class _Exchange(nn.Module):
    """Four basic blocks a resolution, then every map receives the sum of all."""

    def __init__(self, channels: tuple[int, ...]) -> None:
        super().__init__()
        self.branches = nn.ModuleList(nn.Sequential(*(_BasicBlock(c) for _ in range(4))) for c in channels)
        self.fuse_layers = nn.ModuleList(
            nn.ModuleList(self._path(channels, source, goal) for source in range(len(channels)))
            for goal in range(len(channels))
        )

    @staticmethod
    def _path(channels: tuple[int, ...], source: int, goal: int) -> nn.Module:
        if source == goal:
            return nn.Identity()
        if source > goal:
            return _conv_norm(channels[source], channels[goal])
        down = [_conv_norm(channels[source], channels[source], 3, 2, True) for _ in range(goal - source - 1)]
        return nn.Sequential(*down, _conv_norm(channels[source], channels[goal], 3, 2))

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        maps = [branch(x) for branch, x in zip(self.branches, maps, strict=True)]
        fused = []
        for goal, paths in enumerate(self.fuse_layers):
            assert isinstance(paths, nn.ModuleList)
            total = maps[goal]
            for source, path in enumerate(paths):
                if source != goal:
                    y = path(maps[source])
                    total = total + (enlarge(y, maps[goal]) if source > goal else y)
            fused.append(f.relu(total))
        return fused


class HRNet(nn.Module):
    """Maps of `width`, 2 `width`, 4 `width` and 8 `width` channels at strides 4, 8, 16 and 32.

    Input (n, 3, rows, cols), standardised as ImageNet's.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.conv1 = nn.Conv2d(3, 64, 3, 2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.conv2 = nn.Conv2d(64, 64, 3, 2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(Bottleneck(64, 64), *(Bottleneck(256, 64) for _ in range(3)))
        channels: tuple[int, ...] = (256,)
        for number, modules in enumerate(_MODULES, start=1):
            wider = tuple(width * 2**level for level in range(number + 1))
            self.add_module(f"transition{number}", _transition(channels, wider))
            self.add_module(f"stage{number + 1}", nn.Sequential(*(_Exchange(wider) for _ in range(modules))))
            channels = wider
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the four maps, finest first."""
        x = f.relu(self.bn1(self.conv1(x)))
        x = f.relu(self.bn2(self.conv2(x)))
        maps = [self.layer1(x)]
        for number in range(1, len(_MODULES) + 1):
            transition = self.get_submodule(f"transition{number}")
            assert isinstance(transition, nn.ModuleList)
            # A new, coarser map comes from the coarsest there is.
            maps = [step(maps[min(level, len(maps) - 1)]) for level, step in enumerate(transition)]
            maps = self.get_submodule(f"stage{number + 1}")(maps)
        return maps


def _transition(channels: tuple[int, ...], wider: tuple[int, ...]) -> nn.ModuleList:
    steps: list[nn.Module] = []
    for level, outputs in enumerate(wider):
        if level >= len(channels):
            steps.append(nn.Sequential(_conv_norm(channels[-1], outputs, 3, 2, True)))
        elif channels[level] != outputs:
            steps.append(_conv_norm(channels[level], outputs, 3, 1, True))
        else:
            steps.append(nn.Identity())
    return nn.ModuleList(steps)


def enlarge(x: Tensor, like: Tensor) -> Tensor:
    """Return x at the rows and columns of `like`, bilinear."""
    return f.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)


def load_imagenet_weights(encoder: HRNet, file: Path | None, online: bool = False) -> None:
    """Load timm's ImageNet weights of the HRNet of the same width; the classifier's are ignored.

    Raises
    ------
    ModelError
        If there are no weights to be had, or if they are of another network.
    """
    address = ADDRESS.format(width=encoder.width) if online else None
    load_published_weights(encoder, f"HRNet-W{encoder.width}", file, address, _CLASSIFIER)
