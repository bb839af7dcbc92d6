"""Which files are the images to measure."""

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from nanocaliper.errors import UsageError
from nanocaliper.micrograph.formats import EXTENSIONS

__all__ = ["find_images"]

_WILDCARDS = "*?["


def find_images(inputs: Sequence[str | Path]) -> list[Path]:
    """List the image files that files, folders and patterns stand for.

    Parameters
    ----------
    inputs : sequence of str or Path
        A file is taken whatever its name; of a folder, with its subfolders, and of a pattern (``*``, ``?``,
        ``[...]``, ``**``, for shells that do not expand them) the files with a known extension are taken;
        a pattern that names its extension itself takes that one too. Hidden files (a name that starts with
        a dot, so also ``._`` copies of macOS), the result folders of earlier measurements (with a
        ``result.json`` or ``statistics.json``, or with ``overlay.png`` beside ``labels.tif``), the labels of
        simulated micrographs (``NAME.labels.png`` beside ``NAME.truth.csv``), pictures of scales
        (``NAME.scale.png`` beside ``NAME.scale.json``) and ``NAME.emi`` beside ``NAME_1.ser``, the same image once
        more, are passed over.

    Returns
    -------
    list of Path
        Each file once, in the order of the inputs, and by name within a folder or pattern. A named file that does
        not exist is listed too where there are other inputs, so that it fails by itself when it is read.

    Raises
    ------
    UsageError
        If there is no input, a folder or pattern stands for no image, or no input exists.
    """
    if isinstance(inputs, str | Path):
        raise UsageError(
            f"The inputs are the single {inputs!r}, expected a list of files, folders and patterns."
        )
    if not inputs:
        raise UsageError("No input was given, expected image files, folders or patterns.")
    found: dict[str, Path] = {}
    if any(not str(one).strip() for one in inputs):
        raise UsageError("One of the inputs is an empty name, expected image files, folders or patterns.")
    missing = [one for one in inputs if _is_missing(str(one))]
    for one in inputs:
        # One name too many must not keep the others from being measured; alone it is a wrong call.
        paths = [Path(one)] if one in missing and len(missing) < len(inputs) else list(_expand(str(one)))
        if not paths:
            raise UsageError(
                f"{str(one)!r} holds no image to measure; expected files ending in {', '.join(EXTENSIONS)} "
                "(hidden files and result folders are passed over)."
            )
        for path in paths:
            # Not Path.resolve, which fails on links that lead to themselves; such a file fails when it is read.
            found.setdefault(os.path.realpath(path), path)
    return list(found.values())


def _is_missing(one: str) -> bool:
    return not any(character in one for character in _WILDCARDS) and not _exists(Path(one))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False  # a name that is too long for the system


def _expand(one: str) -> Iterator[Path]:
    path = Path(one)
    # A name may hold brackets; what exists under this very name is meant.
    if _exists(path):
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path
    elif any(character in one for character in _WILDCARDS):
        ending = path.suffix.lower()
        endings = EXTENSIONS if any(c in ending for c in _WILDCARDS) or not ending else (*EXTENSIONS, ending)
        names = glob.glob(one, recursive=True)  # noqa: PTH207 (Path.glob refuses absolute patterns)
        for name in sorted(names):
            match = Path(name)
            if match.is_dir():
                # '**' lists every folder itself, and its files as well.
                if not one.endswith("**") and not _is_hidden(match):
                    yield from _walk(match)
            elif not _is_image(match, endings) or _is_in_results(match):
                continue
            elif ending == ".emi" or not _is_described_series(match):
                yield match
    else:
        shown = one if len(one) <= 200 else f"{one[:200]}..."
        raise UsageError(f"There is no file or folder {shown!r}; check the name and the folder.")


def _walk(folder: Path) -> Iterator[Path]:
    for directory, subfolders, names in os.walk(folder):
        here = Path(directory)
        if _is_result_folder(here):
            subfolders.clear()
            continue
        for name in sorted(names):
            if _is_image(here / name, EXTENSIONS) and not _is_described_series(here / name):
                yield here / name
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))


def _is_image(path: Path, endings: Sequence[str]) -> bool:
    return path.suffix.lower() in endings and not _is_hidden(path) and not _is_made(path)


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".") and path.name not in (".", "..")


def _is_made(path: Path) -> bool:
    """Whether it is a picture that the program wrote, by the file that it wrote beside it."""
    for picture, beside in ((".labels.png", ".truth.csv"), (".scale.png", ".scale.json")):
        stem = path.name.removesuffix(picture)
        if stem != path.name and path.with_name(stem + beside).is_file():
            return True
    return False


def _is_described_series(path: Path) -> bool:
    """Whether this is an ``.emi`` file whose images stand in ``.ser`` files that are taken themselves."""
    return path.suffix.lower() == ".emi" and any(
        path.with_name(f"{path.stem}_1{ending}").is_file() for ending in (".ser", ".SER")
    )


def _is_in_results(path: Path) -> bool:
    return _is_result_folder(path.parent)


def _is_result_folder(folder: Path) -> bool:
    if (folder / "result.json").is_file() or (folder / "statistics.json").is_file():
        return True
    return (folder / "overlay.png").is_file() and (folder / "labels.tif").is_file()
