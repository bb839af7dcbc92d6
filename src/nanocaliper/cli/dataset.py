"""``nanocaliper dataset``: data sets to train with: checked, converted, split, described, classified, simulated."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nanocaliper.cli.convert import convert
from nanocaliper.cli.dataset_options import Classes, Folder, Format, list_classes, write_files
from nanocaliper.cli.image_groups import GroupBy, Groups, Seed, find_groups, show_parts
from nanocaliper.cli.progress import ProgressView, show_name
from nanocaliper.errors import UsageError

if TYPE_CHECKING:
    from nanocaliper.training.data.annotated_folder import AnnotatedFolder
    from nanocaliper.training.data.written_set import EncodedSample

__all__ = ["dataset"]

dataset = typer.Typer(
    name="dataset",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Check, convert, split, describe, classify and simulate training data.",
)


class _Kind(StrEnum):
    SEM = "SEM"
    TEM = "TEM"


def _write_set(
    folder: Path, made: Iterable[tuple[str, int, Mapping[str, bytes]]], images: int, title: str
) -> int:
    """Write a set as `encode_set` gives it, with a bar; gives the number of particles."""
    particles = 0
    with ProgressView(title) as progress:
        for name, count, files in made:
            write_files(folder, files)
            particles += count
            if name:
                progress.show(progress.done + 1, images, name, f"{count} particles")
    return particles


@dataset.command()
def check(
    folder: Folder,
    format: Format = None,
    classes: Classes = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Look through a data set for what is wrong, a line each.

    Errors keep an image from being used or make training wrong: missing, damaged or foreign annotations, outlines
    outside the image, unknown classes, the same image twice. Notices may be as they should be: tiny particles,
    images without any.

    \b
    Examples:
      nanocaliper dataset check my_particles
      nanocaliper dataset check my_particles --format yolo --classes sphere,rod,cube
      nanocaliper dataset check my_particles --json > findings.json

    Exit status: 0 no errors, 1 errors were found, 2 wrong use.
    """
    from nanocaliper.training.data.check import check_folder

    with ProgressView("Checking") as progress:
        found = check_folder(folder, format=format, classes=list_classes(classes), progress=progress.show)
    notices = len(found.findings) - found.errors
    if as_json:
        content = {
            "folder": str(folder),
            "format": found.format,
            "classes": found.classes,
            "images": found.images,
            "particles": found.particles,
            "errors": found.errors,
            "notices": notices,
            "findings": [vars(finding) for finding in found.findings],
        }
        typer.echo(json.dumps(content, indent=1, ensure_ascii=False))
    else:
        for finding in found.findings:
            colour = "red" if finding.severity == "error" else None
            typer.secho(
                f"{finding.severity}: {show_name(finding.file)}: {show_name(finding.sentence)}", fg=colour
            )
        typer.echo(
            f"{found.images} images, {found.particles} particles, {found.format}, {', '.join(found.classes)}: "
            f"{found.errors} errors, {notices} notices."
        )
    if found.errors:
        raise typer.Exit(1)


dataset.command()(convert)


@dataset.command()
def split(
    folder: Folder,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="FILE.csv", help="File to write.", show_default="FOLDER/splits.csv"
        ),
    ] = None,
    ratio: Annotated[
        str | None, typer.Option(metavar="8:2|8:1:1", help="Shares of training, validation and test.")
    ] = None,
    folds: Annotated[int | None, typer.Option(metavar="K", help="Equal folds instead.")] = None,
    groups: Groups = None,
    group_by: GroupBy = None,
    seed: Seed = 0,
    format: Format = None,
) -> None:
    """Split a data set for training, validation and test, or into folds.

    Groups (samples, articles) are never parted; the parts hold particles and images as near to the shares as the
    groups allow.

    \b
    Examples:
      nanocaliper dataset split my_particles --ratio 8:1:1
      nanocaliper dataset split my_particles --folds 5 --groups samples.csv
      nanocaliper dataset split my_particles --ratio 8:2 --group-by "^sample\\d+" -o my_split.csv
    """
    from nanocaliper.training.data.annotated_folder import open_folder
    from nanocaliper.training.data.splits import (
        SplitImage,
        encode_splits,
        parse_ratio,
        split_folds,
        split_ratio,
    )

    if (ratio is None) == (folds is None):
        raise UsageError("Expected either --ratio, such as 8:1:1, or --folds, such as 5.")
    shares = None if ratio is None else parse_ratio(ratio)
    data = open_folder(folder, format=format, groups={})
    data.require_complete()
    found = find_groups(data.names, groups, group_by, folder)
    images = []
    with ProgressView("Counting") as progress:
        for number, sample in enumerate(data, 1):
            images.append(SplitImage(sample.name, sample.count, found.get(sample.name)))
            progress.show(number, len(data), sample.name, f"{sample.count} particles")
    parts = split_folds(images, folds or 0, seed) if shares is None else split_ratio(images, shares, seed)
    target = folder / "splits.csv" if out is None else out
    write_files(
        target.parent, {target.name: encode_splits(images, parts, "fold" if shares is None else "split")}
    )
    show_parts(images, parts)
    typer.echo(f"Written: {target}")


@dataset.command()
def statistics(
    folder: Folder,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT", help="Folder to write to.")] = Path(
        "dataset-statistics"
    ),
    format: Format = None,
    classes: Classes = None,
) -> None:
    """Describe a data set: particles, sizes, densities, balance of pixels, grey values.

    Writes statistics.md with figures, images.csv (a row an image) and particles.csv (a row a particle).

    \b
    Example:
      nanocaliper dataset statistics my_particles -o described
    """
    from nanocaliper.training.data.annotated_folder import open_folder
    from nanocaliper.training.data.data_figures import draw_figures
    from nanocaliper.training.data.data_report import write_markdown
    from nanocaliper.training.data.data_statistics import encode_images, encode_particles, gather

    data: AnnotatedFolder = open_folder(folder, format=format, classes=list_classes(classes))
    data.require_complete()
    with ProgressView("Reading") as progress:
        found = gather(
            data,
            lambda sample: progress.show(
                progress.done + 1, len(data), sample.name, f"{sample.count} particles"
            ),
        )
    figures = draw_figures(found)
    title = folder.resolve().name
    write_files(
        out, {**figures, "images.csv": encode_images(found), "particles.csv": encode_particles(found)}
    )
    write_files(out, {"statistics.md": write_markdown(title, found, list(figures))})
    particles = len(found.particle_diameter_px)
    typer.echo(f"{len(found.images)} images, {particles} particles: {out / 'statistics.md'}")


@dataset.command()
def classify(
    folder: Folder,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="Folder to write to.")] = Path(
        "classified-dataset"
    ),
    classes: Annotated[
        str, typer.Option(metavar="A,B,...", help="Classes; 'irregular' takes all others.")
    ] = "cube,irregular,rod,sphere",
    format: Format = None,
) -> None:
    """Give outlined particles classes, found from their outlines as 'nanocaliper measure' does.

    For networks that tell classes apart, where the annotations do not. Writes a data set as 'simulate' does; splits
    and folds come with it. Look at it before you train: nobody has checked these classes.

    \b
    Example:
      nanocaliper dataset classify my_particles -o my_classes --classes irregular,rod,sphere
    """
    from nanocaliper.training.data.annotated_folder import open_folder
    from nanocaliper.training.data.classified import check_classes, classify_sample
    from nanocaliper.training.data.splits import SPLIT_FILES
    from nanocaliper.training.data.written_set import encode_sample, encode_set

    wanted = list_classes(classes) or ()
    check_classes(wanted)
    data: AnnotatedFolder = open_folder(folder, format=format)
    data.require_complete()
    if out.resolve() == folder.resolve():
        raise UsageError(f"--out is '{out}', the data set itself; name another folder.")
    counts: Counter[str] = Counter()

    def encode() -> Iterator["EncodedSample"]:
        for sample in data:
            encoded = encode_sample(classify_sample(sample, wanted))
            counts.update(encoded.classes)
            yield encoded

    particles = _write_set(out, encode_set(encode(), wanted), len(data), "Classifying")
    for name in SPLIT_FILES:
        if (folder / name).is_file():
            write_files(out, {name: (folder / name).read_bytes()})
    listed = ", ".join(f"{counts[name]} {name}" for name in wanted)
    typer.echo(f"{len(data)} images, {particles} particles ({listed}): {out}")


@dataset.command()
def simulate(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="Folder to write to.")] = Path(
        "simulated-dataset"
    ),
    images: Annotated[int, typer.Option(metavar="N", help="Number of images.")] = 100,
    classes: Annotated[
        str,
        typer.Option(
            metavar="A,B,...", help="Kinds of particles: sphere, rod, cube, triangle, pentagon, ..."
        ),
    ] = "sphere,rod,cube",
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed gives the same images.")] = 0,
    size: Annotated[str, typer.Option(metavar="N|RxC", help="Side, or rows and columns, in px.")] = "640",
    kind: Annotated[
        _Kind | None, typer.Option(case_sensitive=False, help="Kind of contrast.", show_default="both")
    ] = None,
    workers: Annotated[int, typer.Option(metavar="N", help="Images simulated at the same time.")] = 1,
) -> None:
    """Simulate a data set with known classes, as label images and as YOLO segmentation.

    Images are those of 'nanocaliper synthesize', with particles of the classes asked for and without data strips.

    \b
    Examples:
      nanocaliper dataset simulate -o three --images 500 --seed 1
      nanocaliper dataset simulate -o unseen --images 50 --classes triangle,pentagon --size 512x640
    """
    from nanocaliper.training.data.simulated_samples import SimulatedOptions, SimulatedSamples
    from nanocaliper.training.data.simulated_set import simulate_set

    found = re.fullmatch(r"(\d+)(?:\s*[xX×,]\s*(\d+))?", size.strip())
    if found is None:
        raise UsageError(f"--size is '{size}'; expected a side or rows and columns in px: 640 or 512x640.")
    options = SimulatedOptions(
        list_classes(classes) or (),
        (int(found[1]), int(found[2] or found[1])),
        None if kind is None else kind.value,
    )
    made = simulate_set(SimulatedSamples(options, images, seed), workers)
    particles = _write_set(out, made, images, "Simulating")
    typer.echo(f"{images} images, {particles} particles: {out}")
