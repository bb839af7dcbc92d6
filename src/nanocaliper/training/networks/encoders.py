"""The encoders of CRCRA-U-Net's switch, and how the encoder of any network gets its ImageNet weights."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from nanocaliper.errors import ModelError
from nanocaliper.training.networks import hrnet, mix_transformer, mobilenet_v2, plain_encoder, resnet50, vgg16
from nanocaliper.training.networks.grey_input import to_imagenet, to_rgb

__all__ = ["ENCODERS", "EncoderKind", "load_encoder_weights"]


@dataclass(frozen=True)
class EncoderKind:
    """One encoder.

    Attributes
    ----------
    build : callable
        Makes it; it returns five maps, each half the size of the one before.
    channels : tuple of int
        Of the five maps.
    first_stride : int
        Of the first map, 1 or 2.
    prepare : callable
        From grey (n, 1, rows, cols) in [-1, 1] to the encoder's input.
    """

    build: Callable[[], nn.Module]
    channels: tuple[int, ...]
    first_stride: int
    prepare: Callable[[Tensor], Tensor]


def _as_it_is(grey: Tensor) -> Tensor:
    return grey


#: By the name in the switch ``encoder``.
ENCODERS: dict[str, EncoderKind] = {
    "none": EncoderKind(plain_encoder.PlainEncoder, plain_encoder.STAGE_CHANNELS, 1, _as_it_is),
    "vgg16": EncoderKind(vgg16.VGG16, vgg16.STAGE_CHANNELS, 1, to_imagenet),
    "resnet50": EncoderKind(resnet50.ResNet50, resnet50.STAGE_CHANNELS, 2, to_imagenet),
    "mobilenet_v2": EncoderKind(mobilenet_v2.MobileNetV2, mobilenet_v2.STAGE_CHANNELS, 2, to_rgb),
}


def load_encoder_weights(
    encoder: nn.Module, file: Path | None, online: bool = False, images: Callable[[], Tensor] | None = None
) -> None:
    """Load ImageNet weights into the encoder of any network.

    Parameters
    ----------
    encoder : nn.Module
        Changed in place.
    file : Path, optional
        Preferred where given.
    online : bool
        Without a file, fetch the weights from their usual address.
    images : callable, optional
        Reads some images, a Tensor (n, 1, rows, cols) of grey in [-1, 1]. Asked by MobileNetV2 alone, which needs
        them to put its batch normalisation back.

    Raises
    ------
    ModelError
        If there are no weights to be had, or if they are of another network.
    """
    if isinstance(encoder, resnet50.ResNet50):
        resnet50.load_imagenet_weights(encoder, file, online)
    elif isinstance(encoder, vgg16.VGG16):
        vgg16.load_imagenet_weights(encoder, file, online)
    elif isinstance(encoder, hrnet.HRNet):
        hrnet.load_imagenet_weights(encoder, file, online)
    elif isinstance(encoder, mix_transformer.MixTransformer):
        mix_transformer.load_imagenet_weights(encoder, file, online)
    elif isinstance(encoder, mobilenet_v2.MobileNetV2):
        if file is None or images is None:
            raise ModelError(
                "MobileNetV2 is started from a file (.npz, batch normalisation folded in) and some images to put "
                "the normalisation back; give both."
            )
        training = encoder.training
        mobilenet_v2.load_folded_weights(encoder, file, to_rgb(images()))
        encoder.train(training)
    else:
        raise ModelError(
            f"Nobody publishes weights for {type(encoder).__name__}; train it without, or choose another encoder."
        )
