"""All networks by name, built from the switches of a training file."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_type_hints

from torch import nn

from nanocaliper.errors import UsageError
from nanocaliper.training.networks.crcra_unet import CrcraUNet, CrcraUNetOptions
from nanocaliper.training.networks.deeplab_v3_plus import DeepLabV3Plus, DeepLabV3PlusOptions
from nanocaliper.training.networks.hrnet_v2 import HRNetV2, HRNetV2Options
from nanocaliper.training.networks.mask_rcnn import MaskRCNN, MaskRCNNOptions
from nanocaliper.training.networks.nsyolo import NSYOLO, NsyoloOptions
from nanocaliper.training.networks.pspnet import PSPNet, PSPNetOptions
from nanocaliper.training.networks.residualformer import ResidualFormer, ResidualFormerOptions
from nanocaliper.training.networks.segformer import SegFormer, SegFormerOptions
from nanocaliper.training.settings_table import check_value

__all__ = ["NETWORKS", "NetworkKind", "build"]


# Types of switches whose values are checked here; others are checked by the switches themselves.
_CHECKED = (bool, int, float, str, tuple[str, ...])


@dataclass(frozen=True)
class NetworkKind:
    """How a network is built.

    Attributes
    ----------
    network : type
        Made from its options.
    options : type
        Frozen dataclass whose fields are the switches.
    losses : tuple of str
        Names of the losses that it can be trained with.
    """

    network: type[nn.Module]
    options: type
    losses: tuple[str, ...] = ("cross_entropy", "dice")


#: By the name in a training file; a new network is one line here.
NETWORKS: dict[str, NetworkKind] = {
    "crcra_unet": NetworkKind(CrcraUNet, CrcraUNetOptions),
    "residualformer": NetworkKind(ResidualFormer, ResidualFormerOptions),
    "pspnet": NetworkKind(PSPNet, PSPNetOptions),
    "deeplab_v3_plus": NetworkKind(DeepLabV3Plus, DeepLabV3PlusOptions),
    "hrnet_v2": NetworkKind(HRNetV2, HRNetV2Options),
    "segformer": NetworkKind(SegFormer, SegFormerOptions),
    "mask_rcnn": NetworkKind(MaskRCNN, MaskRCNNOptions, ("mask_rcnn",)),
    "nsyolo": NetworkKind(NSYOLO, NsyoloOptions, ("nsyolo",)),
}


def build(name: str, options: Mapping[str, object] | None = None) -> nn.Module:
    """Build a network.

    Parameters
    ----------
    name : str
        One of `NETWORKS`.
    options : mapping, optional
        Switches by name; those left out have their defaults.

    Returns
    -------
    nn.Module
        With random weights drawn from torch's global generator, in training mode.

    Raises
    ------
    UsageError
        If there is no such network or switch, or if a switch has a value of the wrong kind.
    """
    if name not in NETWORKS:
        raise UsageError(f"There is no network {name!r}; choose one of {', '.join(NETWORKS)}.")
    kind, given = NETWORKS[name], dict(options or {})
    fields = [field.name for field in dataclasses.fields(kind.options)]
    hints = get_type_hints(kind.options)
    for key, value in given.items():
        if key not in fields:
            switches = f"it has {', '.join(fields)}" if fields else "it has none"
            raise UsageError(f"The network {name!r} has no option {key!r}; {switches}.")
        if (hint := hints[key]) in _CHECKED:
            given[key] = check_value(value, hint, {}, f"The option {key!r} of the network {name!r}")
    return kind.network(kind.options(**given))
