"""From the words of an experiment to what is trained: images and their parts, network, augmentation."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import torch
from torch import nn

from nanocaliper.errors import UsageError
from nanocaliper.training.data import augment_nsyolo, augment_residualformer, augment_tao
from nanocaliper.training.data.annotated_folder import AnnotatedFolder, open_folder
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph
from nanocaliper.training.data.splits import (
    SPLIT_NAMES,
    SplitImage,
    parse_ratio,
    read_splits,
    split_folds,
    split_ratio,
)
from nanocaliper.training.experiment_settings import AugmentationSettings, DataSettings, Experiment
from nanocaliper.training.networks.catalogue import NETWORKS, build
from nanocaliper.training.sample_sets import HeldOutSet
from nanocaliper.training.settings_table import check_value
from nanocaliper.training.trained_run import start_from

__all__ = ["ImagesOf", "Variation", "build_network", "find_parts", "make_augmentation", "open_data"]

_AUGMENTATIONS: dict[str, tuple[Any, Any]] = {
    "tao": (augment_tao.TaoAugmentation, augment_tao.augment),
    "residualformer": (augment_residualformer.ResidualFormerAugmentation, augment_residualformer.augment),
    "nsyolo": (augment_nsyolo.NsyoloAugmentation, augment_nsyolo.augment),
}
_TRAIN, _VALIDATION, _TEST = SPLIT_NAMES
#: Images by which an encoder gets its batch normalisation back.
_SPREAD = 24


@dataclass(frozen=True)
class ImagesOf:
    """Images of a folder in the classes of the experiment; a sequence of `LabelledMicrograph`.

    Parameters
    ----------
    folder : AnnotatedFolder
    classes : tuple of str
    """

    folder: AnnotatedFolder
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.folder)

    def __getitem__(self, place: int, /) -> LabelledMicrograph:
        return self.folder[place].in_classes(self.classes)

    def choose(self, names: Sequence[str]) -> "ImagesOf":
        """Take only the images of these names."""
        return dataclasses.replace(self, folder=self.folder.choose(names))


def open_data(data: DataSettings, one_class: bool) -> ImagesOf:
    """Open the labelled images of an experiment.

    Parameters
    ----------
    data : DataSettings
    one_class : bool
        Whether the network knows one class of particles only.

    Returns
    -------
    ImagesOf

    Raises
    ------
    ReadError
        If images or annotations are missing or damaged.
    """
    folder = open_folder(data.folder, format=data.format or None, classes=data.classes or None)
    folder.require_complete()
    classes = data.classes or folder.classes
    return ImagesOf(folder, ("particle",) if one_class else tuple(classes))


def find_parts(data: DataSettings, images: ImagesOf) -> dict[str, dict[str, list[str]]]:
    """Deal the images into training, validation and test, once or for each fold.

    Parameters
    ----------
    data : DataSettings
    images : ImagesOf

    Returns
    -------
    dict of str to dict of str to list of str
        By the name of the fold (``'0'``, ``'1'``, ...; ``''`` where there are none) the names of the images of
        ``train``, ``validation`` and ``test``.

    Raises
    ------
    UsageError
        If a part of the split is unknown, or no image is left to train on.
    """
    names = images.folder.names
    if data.split:
        given = read_splits(data.folder / data.split)
        missing = [name for name in names if name not in given]
        if missing:
            raise UsageError(
                f"The split '{data.split}' names no part for the image '{missing[0]}'; add it, or take "
                "the image out."
            )
        part_of = {name: given[name] for name in names}
        if not set(part_of.values()) & set(SPLIT_NAMES):
            return _find_folds(data, part_of, _list_images(images) if data.validation_share else [])
    elif data.folds:
        every = _list_images(images)
        return _find_folds(data, split_folds(every, data.folds, data.split_seed), every)
    else:
        part_of = split_ratio(_list_images(images), parse_ratio(data.ratio), data.split_seed)
    unknown = sorted(set(part_of.values()) - set(SPLIT_NAMES))
    if unknown:
        raise UsageError(
            f"The split has the part '{unknown[0]}'; expected {', '.join(SPLIT_NAMES)}, or folds."
        )
    parts = {part: [name for name in names if part_of[name] == part] for part in SPLIT_NAMES}
    if not parts[_TRAIN]:
        raise UsageError("The split leaves no image to train on; expected some of the part 'train'.")
    return {"": parts}


def _find_folds(
    data: DataSettings, fold_of: dict[str, str], every: Sequence[SplitImage]
) -> dict[str, dict[str, list[str]]]:
    folds = sorted(set(fold_of.values()), key=lambda fold: (len(fold), fold))
    if len(folds) < 2:
        raise UsageError(f"The split has the fold {folds[0]!r} alone; expected two or more.")
    image_of = {image.name: image for image in every}
    found = {}
    for fold in folds:
        others = [name for name in fold_of if fold_of[name] != fold]
        part_of = dict.fromkeys(others, _TRAIN)
        if data.validation_share:
            shares = (1 - data.validation_share, data.validation_share)
            part_of = split_ratio([image_of[name] for name in others], shares, data.split_seed)
        found[fold] = {
            _TRAIN: [name for name in others if part_of[name] == _TRAIN],
            _VALIDATION: [name for name in others if part_of[name] == _VALIDATION],
            _TEST: [name for name in fold_of if fold_of[name] == fold],
        }
    return found


def _list_images(images: ImagesOf) -> list[SplitImage]:
    """Read every image for the number of its particles, which takes a while."""
    groups = images.folder.groups
    return [
        SplitImage(name, images[place].count, groups.get(name))
        for place, name in enumerate(images.folder.names)
    ]


def build_network(experiment: Experiment, images: ImagesOf) -> nn.Module:
    """Build the network of an experiment, with its pretrained encoder.

    Parameters
    ----------
    experiment : Experiment
    images : ImagesOf
        What it is trained on: networks may know its classes, and a published encoder without batch normalisation
        gets one back that fits some of these images.

    Returns
    -------
    nn.Module
        Its weights follow from the seed.

    Raises
    ------
    UsageError
        If there is no such network or option, it has no encoder for the weights given, or there is no run to start
        from.
    ModelError
        If the weights cannot be read.
    """
    settings, options = experiment.network, dict(experiment.network.options)
    _check_loss(settings.name, experiment.training.loss)
    if experiment.training.knows_classes:
        options["classes"] = tuple(options.get("classes", images.classes))
        if options["classes"] != images.classes:
            raise UsageError(
                f"The network's classes are {', '.join(options['classes'])} and those of the data "
                f"{', '.join(images.classes)}; expected the same in the same order: set classes in [data]."
            )
    torch.manual_seed(experiment.training.seed)
    network = build(settings.name, options)
    if settings.encoder_weights or settings.fetch_encoder_weights:
        load = getattr(network, "load_encoder_weights", None)
        if load is None:
            raise UsageError(
                f"The network '{settings.name}' has no pretrained encoder; take out encoder_weights."
            )
        load(
            Path(settings.encoder_weights) if settings.encoder_weights else None,
            settings.fetch_encoder_weights,
            lambda: _spread(experiment.data, images),
        )
    if settings.start:
        start_from(network, Path(settings.start))
    if experiment.training.frozen_epochs and not hasattr(network, "freeze_encoder"):
        raise UsageError(f"The network '{settings.name}' has no encoder to freeze; set frozen_epochs to 0.")
    return network


def _spread(data: DataSettings, images: ImagesOf) -> torch.Tensor:
    """Some images as the network sees them, spread over all: (n, 1, side, side)."""
    places = np.unique(np.linspace(0, len(images) - 1, min(_SPREAD, len(images))).round().astype(int))
    seen = HeldOutSet(images, data.side, data.fit, places.tolist())
    return torch.stack([seen[k].square.grey for k in range(len(seen))])


def _check_loss(name: str, loss: str) -> None:
    """Refuse a loss that does not fit what the network gives."""
    if name in NETWORKS and loss not in (fitting := NETWORKS[name].losses):
        named = " or ".join(map(repr, fitting))
        raise UsageError(f"loss in [training] is '{loss}'; the network '{name}' is trained with {named}.")


@dataclass(frozen=True)
class Variation:
    """An augmentation with its options.

    Parameters
    ----------
    name : str
    options : dataclass
    first : bool
        Whether it brings samples to the size of the input by itself.
    mixed : int
        Other samples that it is handed.
    """

    name: str
    options: Any
    first: bool
    mixed: int

    def __call__(
        self, sample: LabelledMicrograph, rng: np.random.Generator, others: Sequence[LabelledMicrograph] = ()
    ) -> LabelledMicrograph:
        """Vary a sample."""
        augment: Any = _AUGMENTATIONS[self.name][1]
        further = (others,) if self.mixed else ()
        varied: LabelledMicrograph = augment(sample, rng, self.options, *further)
        return varied


def make_augmentation(settings: AugmentationSettings, side: int) -> Variation | None:
    """Make the augmentation of an experiment.

    Parameters
    ----------
    settings : AugmentationSettings
    side : int
        Of the network's input, px.

    Returns
    -------
    Variation or None

    Raises
    ------
    UsageError
        If an option is unknown or impossible.
    """
    if settings.name == "none":
        if settings.options:
            raise UsageError(
                f"[augmentation] has the key '{next(iter(settings.options))}', but its name is 'none'."
            )
        return None
    kind: Any = _AUGMENTATIONS[settings.name][0]
    hints = get_type_hints(kind)
    fields = [field.name for field in dataclasses.fields(kind) if field.name != "canvas"]
    options: dict[str, Any] = {}
    for key, value in settings.options.items():
        if key not in fields:
            raise UsageError(
                f"[augmentation] has the key '{key}'; expected one of name, {', '.join(fields)}."
            )
        options[key] = check_value(value, hints[key], {}, f"{key} in [augmentation]")
    has_canvas = any(field.name == "canvas" for field in dataclasses.fields(kind))
    if has_canvas:
        options["canvas"] = (side, side)
    made = kind(**options)
    return Variation(settings.name, made, has_canvas, 3 if getattr(made, "mosaic", 0) else 0)
