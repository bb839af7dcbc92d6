"""Groups of images that stay together in splits and folds: their options, and what is shown of the parts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nanocaliper.errors import UsageError

if TYPE_CHECKING:
    from nanocaliper.training.data.splits import SplitImage

__all__ = ["GroupBy", "Groups", "Seed", "find_groups", "show_parts"]

Groups = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.csv",
        help="Columns name and group (or sample, article, doi): images of a group stay together.",
        show_default="splits.csv or folds.csv of the folder",
    ),
]
GroupBy = Annotated[
    str | None, typer.Option(metavar="REGEX", help="The part of each name that is its group.")
]
Seed = Annotated[int, typer.Option(metavar="S", help="The same seed gives the same split.")]


def find_groups(
    names: Sequence[str], groups: Path | None, group_by: str | None, folder: Path
) -> Mapping[str, str]:
    """Find the groups of images.

    Parameters
    ----------
    names : sequence of str
        The images, in which `group_by` is searched.
    groups : Path or None
        A list of groups.
    group_by : str or None
        Regular expression.
    folder : Path
        Data set whose own lists count where neither is given.

    Returns
    -------
    mapping of str to str
        By image; a list may name others, and may leave some out.

    Raises
    ------
    UsageError
        If both are given, or the expression finds no group in a name.
    ReadError
        If the list cannot be read.
    """
    from nanocaliper.training.data.splits import group_by_pattern, read_folder_groups, read_groups

    if groups is not None and group_by is not None:
        raise UsageError("Both --groups and --group-by are given; expected one of them.")
    if groups is not None:
        return read_groups(groups)
    return read_folder_groups(folder) if group_by is None else group_by_pattern(names, group_by)


def show_parts(images: "Sequence[SplitImage]", parts: Mapping[str, str]) -> None:
    """Print how many images, groups and particles each part holds.

    Parameters
    ----------
    images : sequence of SplitImage
    parts : mapping of str to str
        Part, or number of the fold, by image.
    """
    for part in sorted(set(parts.values()), key=lambda name: (len(name) == 4, len(name), name)):
        own = [image for image in images if parts[image.name] == part]
        held = {image.group or image.name for image in own}
        particles = sum(image.particles for image in own)
        name = f"fold {part}" if part.isdecimal() else part
        typer.echo(f"{name}: {len(own)} images, {len(held)} groups, {particles} particles")
    alone = sum(not image.group for image in images)
    if 0 < alone < len(images):
        typer.echo(f"Images without a group, which stand alone: {alone}")
