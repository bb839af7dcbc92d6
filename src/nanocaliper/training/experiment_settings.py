"""What an experiment can say: a dataclass a table, a field a key, with its default and what is allowed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nanocaliper.errors import UsageError
from nanocaliper.training.settings_table import setting

__all__ = [
    "AblationSettings",
    "AugmentationSettings",
    "DataSettings",
    "Experiment",
    "NetworkSettings",
    "TrainingSettings",
]


@dataclass(frozen=True)
class DataSettings:
    """What is trained on.

    Parameters
    ----------
    folder : Path
        Labelled images, in any of the formats that ``docs/datasets.md`` lists; relative to the TOML file.
    format : str
        Of the annotations; empty: as the folder shows.
    classes : tuple of str
        Names in their order; one name makes all particles of one class. Empty: as the folder says.
    split : str
        A file of names and parts (``train``, ``validation``, ``test``) or folds, relative to `folder`; wins over
        `folds` and `ratio`.
    folds : int
        Number of folds that are dealt by `split_seed`; 0: none.
    ratio : str
        Shares of training, validation and test, such as ``'8:2'`` or ``'8:1:1'``.
    validation_share : float
        With folds: share of the images outside the fold that is put aside to choose the best epoch by.
    split_seed : int
    side : int
        Side of the network's square input, px.
    fit : {'letterbox', 'stretch'}
        Whether an image keeps its aspect ratio on that square.
    simulated : str
        Folder of labelled images, as ``nanocaliper dataset simulate`` writes them; relative to the TOML file.
    simulated_share : float
        Share of training samples taken from it.
    """

    folder: Path
    format: str = ""
    classes: tuple[str, ...] = ()
    split: str = ""
    folds: int = setting(0, low=0, high=100)
    ratio: str = "8:1:1"
    validation_share: float = setting(0.1, low=0.0, high=0.5)
    split_seed: int = setting(0, low=0)
    side: int = setting(512, low=32, high=8192)
    fit: str = setting("letterbox", choices=("letterbox", "stretch"))
    simulated: str = ""
    simulated_share: float = setting(0.0, low=0.0, high=1.0)


@dataclass(frozen=True)
class NetworkSettings:
    """Which network.

    Parameters
    ----------
    name : str
        One of `nanocaliper.training.networks.catalogue.NETWORKS`.
    options : mapping
        Its switches: every other key of the table.
    encoder_weights : str
        File of published weights to start the encoder from, relative to the TOML file; empty: none.
    fetch_encoder_weights : bool
        Without a file, fetch them from their usual address.
    start : str
        A run or one of its checkpoints, of a network of this kind, to go on from; relative to the TOML file.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    encoder_weights: str = ""
    fetch_encoder_weights: bool = False
    start: str = ""


@dataclass(frozen=True)
class TrainingSettings:
    """How it is trained.

    Parameters
    ----------
    loss : {'cross_entropy', 'dice', 'nsyolo', 'mask_rcnn'}
    optimiser : {'adam', 'adamw', 'sgd', 'auto'}
        ``'auto'``: SGD of rate 0.01 where there are more than 10 000 steps, else AdamW of rate
        0.01 / (4 + classes), as the YOLO programs choose it; `rate` is not used then.
    rate : float
        Highest learning rate.
    momentum : float
        Of SGD; beta1 of Adam and AdamW.
    weight_decay : float
        Of weights only, not of biases and of normalisation.
    schedule : {'cosine', 'linear', 'constant'}
    rate_end : float
        Last rate as a share of `rate`.
    warmup_epochs : float
        The rate rises linearly from 0 over these.
    epochs : int
    frozen_epochs : int
        The encoder is held still for the first of these.
    batch : int
        Samples a step and device.
    accumulate : int
        Steps whose gradients are summed before the weights move.
    clip : float
        Greatest norm of the gradient; 0: any.
    average_decay : float
        Of the moving average of the weights, which is then validated and kept; 0: none.
    precision : {'32', 'bf16', '16'}
        Of the computing; weights are kept in 32 bits.
    checkpoint_every : int
        A checkpoint is kept every so many epochs, beside the best and the last.
    validate_every : int
        Epochs between two validations.
    confidence : float
        Least score of a particle that counts in validation (``nsyolo``, ``mask_rcnn``), or least probability of a
        pixel.
    seed : int
    workers : int
        Processes that prepare samples; 0: none of their own.
    accelerator : {'auto', 'cpu', 'gpu'}
    devices : int
        How many of them, 1 or more.
    """

    loss: str = setting("cross_entropy", choices=("cross_entropy", "dice", "nsyolo", "mask_rcnn"))
    optimiser: str = setting("adam", choices=("adam", "adamw", "sgd", "auto"))
    rate: float = setting(1e-4, low=0.0, above=True, high=10.0)
    momentum: float = setting(0.9, low=0.0, high=0.9999)
    weight_decay: float = setting(0.0, low=0.0, high=1.0)
    schedule: str = setting("cosine", choices=("cosine", "linear", "constant"))
    rate_end: float = setting(0.01, low=0.0, high=1.0)
    warmup_epochs: float = setting(0.0, low=0.0)
    epochs: int = setting(100, low=1)
    frozen_epochs: int = setting(0, low=0)
    batch: int = setting(4, low=1)
    accumulate: int = setting(1, low=1)
    clip: float = setting(0.0, low=0.0)
    average_decay: float = setting(0.0, low=0.0, high=0.999999)
    precision: str = setting("32", choices=("32", "bf16", "16"))
    checkpoint_every: int = setting(5, low=1)
    validate_every: int = setting(1, low=1)
    confidence: float = setting(0.5, low=0.0, high=1.0)
    seed: int = setting(0, low=0, high=2**32 - 1)
    workers: int = setting(0, low=0, high=64)
    accelerator: str = setting("auto", choices=("auto", "cpu", "gpu"))
    devices: int = setting(1, low=1, high=64)

    @property
    def knows_classes(self) -> bool:
        """Whether particles have classes in training."""
        return self.loss in ("nsyolo", "mask_rcnn")

    def __post_init__(self) -> None:
        if self.frozen_epochs > self.epochs:
            raise UsageError(
                f"frozen_epochs in [training] is {self.frozen_epochs}, with {self.epochs} epochs; expected at "
                "most as many."
            )


@dataclass(frozen=True)
class AugmentationSettings:
    """How samples are varied.

    Parameters
    ----------
    name : {'none', 'tao', 'residualformer', 'nsyolo'}
    options : mapping
        Its options: every other key of the table.
    """

    name: str = setting("none", choices=("none", "tao", "residualformer", "nsyolo"))
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class AblationSettings:
    """One variation of the experiment.

    Parameters
    ----------
    name : str
    changes : mapping
        New values by table and key, for example ``{'network.crcra': False}``.
    """

    name: str
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class Experiment:
    """Everything that decides what comes out of a training.

    Parameters
    ----------
    data, network, training, augmentation
    ablations : tuple of AblationSettings
        Variations to train as well.
    """

    data: DataSettings
    network: NetworkSettings
    training: TrainingSettings = TrainingSettings()
    augmentation: AugmentationSettings = AugmentationSettings()
    ablations: tuple[AblationSettings, ...] = ()

    def __post_init__(self) -> None:
        pretrained = self.network.encoder_weights or self.network.fetch_encoder_weights
        if self.training.frozen_epochs and not pretrained:
            raise UsageError(
                f"frozen_epochs in [training] is {self.training.frozen_epochs}, but the encoder has no weights "
                "to keep; give encoder_weights in [network], or set frozen_epochs to 0."
            )
        if self.training.loss == "nsyolo" and self.data.side % 32:
            raise UsageError(
                f"side in [data] is {self.data.side}; expected a multiple of 32 for a loss of 'nsyolo'."
            )
        if (self.data.simulated_share > 0) != bool(self.data.simulated):
            raise UsageError(
                f"simulated in [data] is {self.data.simulated!r} with a simulated_share of "
                f"{self.data.simulated_share:g}; expected both or neither."
            )
