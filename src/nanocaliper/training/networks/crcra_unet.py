"""U-Net with a pretrained encoder and attention in the decoder, of Tao et al.

Tao, Ji, Liu: A deep learning method for nanoparticle size measurement in SEM images, RSC Advances 2025, 15,
20211. The rows of its Tables 3 and 5, by switches alone:

=====================================  ============  ======
row                                    ``encoder``   ``crcra``
=====================================  ============  ======
U-Net                                  none          false
U-Net, VGG16                           vgg16         false
U-Net, ResNet50                        resnet50      false
U-Net, CRCRA                           none          true
ours (U-Net, ResNet50, CRCRA)          resnet50      true
=====================================  ============  ======

``mobilenet_v2`` is a light encoder for processors, not in the paper.

The paper leaves open, and chosen here:

- Channels of the decoder: 512, 256, 128, 64 as in Ronneberger et al., and 64 in the block without concatenation.
- How maps are upsampled: bilinear, to the size of the map they meet, so that any image size works.
- The plain U-Net: two convolutions a stage, 64 to 1024 channels, padded, no batch normalisation anywhere but in
  the pretrained encoders.
- CBAM's reduction: 16, as in Woo et al.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as f

from nanocaliper.errors import UsageError
from nanocaliper.training.networks.cbam import CBAM, EVEN
from nanocaliper.training.networks.encoders import ENCODERS
from nanocaliper.training.networks.plain_encoder import initialise_for_relu
from nanocaliper.training.networks.semantic_network import SemanticNetwork

__all__ = ["CrcraUNet", "CrcraUNetOptions", "FusionBlock"]

# Of the fusion blocks that meet a map of the encoder, coarse to fine.
_WIDTHS = (512, 256, 128, 64)


@dataclass(frozen=True)
class CrcraUNetOptions:
    """Switches of `CrcraUNet`.

    Attributes
    ----------
    encoder : str
        ``none`` (plain U-Net), ``vgg16``, ``resnet50`` or ``mobilenet_v2``.
    crcra : bool
        Whether CBAM closes each fusion block.
    """

    encoder: str = "resnet50"
    crcra: bool = True

    def __post_init__(self) -> None:
        if self.encoder not in ENCODERS:
            raise UsageError(f"There is no encoder {self.encoder!r}; choose one of {', '.join(ENCODERS)}.")


class FusionBlock(nn.Module):
    """Upsample, concatenate, convolution-ReLU-convolution-ReLU and, for CRCRA, attention (Fig. 1c)."""

    def __init__(self, inputs: int, skip: int, outputs: int, attention: bool) -> None:
        super().__init__()
        self.convolve = nn.Sequential(
            nn.Conv2d(inputs + skip, outputs, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, padding=1),
            nn.ReLU(inplace=True),
        )
        initialise_for_relu(self)
        self.attend = CBAM(outputs) if attention else nn.Identity()
        if isinstance(self.attend, CBAM):
            # Attention drawn by chance would shut pixels off; and without batch normalisation, five blocks that
            # each keep a quarter would leave a thousandth of the signal, and little to learn from.
            self.attend.start_even()
            self.convolve[-2].weight.data.div_(EVEN)  # type: ignore[operator]

    def forward(self, x: Tensor, size: tuple[int, int], skip: Tensor | None) -> Tensor:
        """Return (n, outputs, rows, cols).

        Parameters
        ----------
        x : Tensor, shape (n, inputs, ...)
            Coarser map.
        size : (rows, cols)
            What it is enlarged to.
        skip : Tensor, shape (n, skip, rows, cols), or None
            Map of the encoder.
        """
        x = f.interpolate(x, size=size, mode="bilinear", align_corners=False)
        if skip is not None:
            x = torch.cat([skip, x], dim=1)
        return self.attend(self.convolve(x))  # type: ignore[no-any-return]


class CrcraUNet(SemanticNetwork):
    """Logits of background and particle, (n, 2, rows, cols), of grey (n, 1, rows, cols) in [-1, 1]."""

    classes = 2

    def __init__(self, options: CrcraUNetOptions | None = None) -> None:
        super().__init__()
        options = options or CrcraUNetOptions()
        kind = ENCODERS[options.encoder]
        self.prepare = kind.prepare
        self.encoder = kind.build()
        # An encoder whose first map has half the size gets one block more, which meets no map (Fig. 1a).
        skips = [*reversed(kind.channels[:-1]), *([0] if kind.first_stride == 2 else [])]
        widths = [*_WIDTHS, _WIDTHS[-1]][: len(skips)]
        inputs = kind.channels[-1]
        blocks: list[nn.Module] = []
        for skip, width in zip(skips, widths, strict=True):
            blocks.append(FusionBlock(inputs, skip, width, options.crcra))
            inputs = width
        self.decoder = nn.ModuleList(blocks)
        self.head = nn.Conv2d(inputs, self.classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits."""
        maps = self.encoder(self.prepare(x))
        y = maps[-1]
        for number, block in enumerate(self.decoder, start=2):
            skip = maps[-number] if number <= len(maps) else None
            y = block(y, (x if skip is None else skip).shape[-2:], skip)
        return self.head(y)  # type: ignore[no-any-return]
