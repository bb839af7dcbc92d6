"""From the grey every network is given, in [-1, 1], to what its first layer takes."""

from torch import Tensor

__all__ = ["to_imagenet", "to_rgb", "to_unit"]

# Mean and standard deviation of the three channels in [0, 1] that ImageNet networks were trained with.
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_SD = (0.229, 0.224, 0.225)


def to_unit(grey: Tensor) -> Tensor:
    """Map [-1, 1] to [0, 1]."""
    return (grey + 1) / 2


def to_rgb(grey: Tensor) -> Tensor:
    """Repeat the one channel to three, still in [-1, 1]."""
    return grey.expand(-1, 3, -1, -1)


def to_imagenet(grey: Tensor) -> Tensor:
    """Repeat the one channel to three and standardise them as ImageNet's."""
    mean = grey.new_tensor(_IMAGENET_MEAN).view(1, 3, 1, 1)
    sd = grey.new_tensor(_IMAGENET_SD).view(1, 3, 1, 1)
    return (to_unit(grey) - mean) / sd
