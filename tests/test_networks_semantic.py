"""Networks that say particle or background for each pixel: the contract of each, and what each alone promises."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the train extra")
pytest.importorskip("onnx", reason="needs the train extra")
pytest.register_assert_rewrite("network_contract")

from network_contract import NetworkContract  # noqa: E402

from nanocaliper.errors import ModelError, UsageError  # noqa: E402
from nanocaliper.training.networks.catalogue import NETWORKS, build  # noqa: E402


class TestCrcraUNetMobileNet(NetworkContract):
    name, options = "crcra_unet", {"encoder": "mobilenet_v2"}  # noqa: RUF012


class TestResidualFormer(NetworkContract):
    name = "residualformer"


@pytest.mark.slow
class TestCrcraUNet(NetworkContract):
    name = "crcra_unet"


@pytest.mark.slow
class TestUNetResNet50(NetworkContract):
    name, options = "crcra_unet", {"crcra": False}  # noqa: RUF012


@pytest.mark.slow
class TestUNetVGG16(NetworkContract):
    name, options = "crcra_unet", {"encoder": "vgg16", "crcra": False}  # noqa: RUF012


@pytest.mark.slow
class TestUNet(NetworkContract):
    name, options = "crcra_unet", {"encoder": "none", "crcra": False}  # noqa: RUF012


@pytest.mark.slow
class TestUNetCrcra(NetworkContract):
    name, options = "crcra_unet", {"encoder": "none"}  # noqa: RUF012
