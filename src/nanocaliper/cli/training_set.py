"""``nanocaliper training-set``: measured images as a set to train networks with."""

from pathlib import Path
from typing import Annotated

import typer

from nanocaliper.cli.outlines import Images, finish_export
from nanocaliper.cli.progress import ProgressView

__all__ = ["training_set"]


def training_set(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Output folder of 'nanocaliper measure'.")],
    target: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="Where to write.")] = Path(
        "training-set"
    ),
    also: Annotated[
        list[str] | None,
        typer.Option(
            metavar="coco|coco-masks|labelme|via|yolo",
            help="A further format for the same outlines; may be given several times.",
        ),
    ] = None,
    images: Images = None,
    originals: Annotated[bool, typer.Option("--originals", help="Copy the images' files as well.")] = False,
) -> None:
    """Make a set for training networks from measured images, after you have looked at their outlines.

    Writes images/NAME.png, instances/NAME.png (16 bits, a number a particle) and folds.csv, which
    'python -m nanocaliper.training.train_particle_unet' reads. Data strips are cut off.

    \b
    Examples:
      nanocaliper training-set results -o my_particles
      nanocaliper training-set results -o my_particles --also coco --also labelme

    Exit status: 0 all written, 1 some images failed (the others are complete), 2 wrong use.
    """
    from nanocaliper.exports.formats import find_format
    from nanocaliper.exports.training_set import write_training_set

    formats = [find_format(name) for name in also or []]
    with ProgressView("Writing training set") as progress:
        result = write_training_set(out, target, formats, images, originals=originals, progress=progress.show)
    finish_export(result, target)
