"""Mask R-CNN of torchvision, fed with grey: a rival that says box and mask of each particle.

He, Gkioxari, Dollár, Girshick: Mask R-CNN, ICCV 2017; ResNet-50 with a feature pyramid. Needs torchvision, which
nothing else in training does.
"""

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from nanocaliper.errors import ModelError, UsageError
from nanocaliper.training.networks.grey_input import to_unit

__all__ = ["MaskRCNN", "MaskRCNNOptions"]


@dataclass(frozen=True)
class MaskRCNNOptions:
    """Switches of `MaskRCNN`.

    Attributes
    ----------
    classes : tuple of str
        Names of the classes.
    particles_max : int
        Most particles an image can have; torchvision's own 100 is too few for micrographs.
    short_side_px : int
        To which images are brought inside.
    """

    classes: tuple[str, ...] = ("particle",)
    particles_max: int = 500
    short_side_px: int = 800

    def __post_init__(self) -> None:
        if self.particles_max < 1:
            raise UsageError(f"particles_max is {self.particles_max}; it must be at least 1.")
        if self.short_side_px < 32:
            raise UsageError(f"short_side_px is {self.short_side_px}; it must be at least 32.")


class MaskRCNN(nn.Module):
    """Boxes, scores and masks of particles.

    Raises
    ------
    ModelError
        If torchvision is not installed, or not for the torch that is.
    """

    def __init__(self, options: MaskRCNNOptions | None = None) -> None:
        super().__init__()
        try:
            from torchvision.models.detection import maskrcnn_resnet50_fpn
        except (
            ImportError,
            RuntimeError,
        ) as error:  # the latter where it was made for another build of torch
            raise ModelError(
                f"Mask R-CNN needs a torchvision made for the installed torch ({error}); "
                "install both together: pip install torch torchvision"
            ) from error
        self.options = options = options or MaskRCNNOptions()
        self.network = maskrcnn_resnet50_fpn(
            weights=None,
            weights_backbone=None,
            num_classes=1 + len(options.classes),
            box_detections_per_img=options.particles_max,
            min_size=options.short_side_px,
            max_size=2 * options.short_side_px,
        )

    def forward(self, x: Tensor, targets: list[dict[str, Tensor]] | None = None) -> Any:
        """Return the losses by name in training, else a dict for each image.

        Parameters
        ----------
        x : Tensor, shape (n, 1, rows, cols)
            Grey in [-1, 1].
        targets : list of dict, optional
            Needed in training, one an image: ``boxes`` (particles, 4) as (col_min, row_min, col_max, row_max),
            ``labels`` (particles,), 1 for the first class, and ``masks`` (particles, rows, cols) of 0 and 1.

        Returns
        -------
        dict or list of dict
            In evaluation each has ``boxes``, ``labels``, ``scores`` (particles,) and ``masks``
            (particles, 1, rows, cols), probabilities.
        """
        return self.network(list(to_unit(x).expand(-1, 3, -1, -1)), targets)
