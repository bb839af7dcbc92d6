"""``nanocaliper training-set``: measured images as a set to train networks with."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer

from nanocaliper.cli.image_groups import GroupBy, Groups, Seed, find_groups, show_parts
from nanocaliper.cli.outlines import Images, finish_export
from nanocaliper.cli.progress import ProgressView
from nanocaliper.errors import UsageError

if TYPE_CHECKING:
    from nanocaliper.exports.training_set import SetImage

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
    folds: Annotated[int | None, typer.Option(metavar="K", help="Number of folds.", show_default="5")] = None,
    groups: Groups = None,
    group_by: GroupBy = None,
    seed: Seed = 0,
) -> None:
    """Make a set for training networks from measured images, after you have looked at their outlines.

    Writes images/NAME.png, instances/NAME.png (16 bits, a number a particle) and folds.csv, which
    'python -m nanocaliper.training.train_particle_unet' reads. Data strips are cut off. Images of one sample look
    alike: with --groups or --group-by they are in one fold, as in 'nanocaliper dataset split'. Names are those of
    summary.csv.

    \b
    Examples:
      nanocaliper training-set results -o my_particles
      nanocaliper training-set results -o my_particles --also coco --also labelme
      nanocaliper training-set results -o my_particles --group-by "^[^/]+" --folds 3

    Exit status: 0 all written, 1 some images failed (the others are complete), 2 wrong use.
    """
    from nanocaliper.exports.formats import find_format
    from nanocaliper.exports.training_set import FOLDS, SetImage, deal_in_turn, write_training_set
    from nanocaliper.training.data.splits import SplitImage, split_folds

    formats = [find_format(name) for name in also or []]
    dealt: list[SplitImage] = []
    parts: dict[str, str] = {}

    def deal(listed: Sequence[SetImage]) -> list[tuple[str, str]]:
        found = find_groups([one.image for one in listed], groups, group_by, target)
        if folds is None and not found:
            return deal_in_turn(listed)
        dealt[:] = [SplitImage(one.name, one.particles, _find_group(one, found)) for one in listed]
        try:
            parts.update(split_folds(dealt, FOLDS if folds is None else folds, seed))
        except UsageError:
            # Where images have failed, there may be too few for all folds: the others stay where they were.
            if not parts:
                raise
        return [(parts[one.name], one.group or "") for one in dealt]

    with ProgressView("Writing training set") as progress:
        result = write_training_set(
            out, target, formats, images, originals=originals, deal=deal, progress=progress.show
        )
    show_parts(dealt, parts)
    finish_export(result, target)


def _find_group(image: "SetImage", groups: Mapping[str, str]) -> str | None:
    """The group of an image, which a list may call as the summary does, without its suffix, or as the set does."""
    names = (image.image, PurePosixPath(image.image).with_suffix("").as_posix(), image.name)
    return next((groups[name] for name in names if name in groups), None)
