"""Networks that say particle or background for each pixel: the contract of each, and what each alone promises."""

import pytest

torch = pytest.importorskip("torch", reason="needs the train extra")
pytest.importorskip("onnx", reason="needs the train extra")
pytest.register_assert_rewrite("network_contract")

from network_contract import NetworkContract  # noqa: E402


class TestCrcraUNetMobileNet(NetworkContract):
    name, options = "crcra_unet", {"encoder": "mobilenet_v2"}


class TestResidualFormer(NetworkContract):
    name = "residualformer"


class TestSegFormer(NetworkContract):
    name = "segformer"


@pytest.mark.slow
class TestCrcraUNet(NetworkContract):
    name = "crcra_unet"
    size, steps = 64, 40


@pytest.mark.slow
class TestUNetResNet50(NetworkContract):
    name, options = "crcra_unet", {"crcra": False}


@pytest.mark.slow
class TestUNetVGG16(NetworkContract):
    name, options = "crcra_unet", {"encoder": "vgg16", "crcra": False}


@pytest.mark.slow
class TestUNet(NetworkContract):
    name, options = "crcra_unet", {"encoder": "none", "crcra": False}


@pytest.mark.slow
class TestUNetCrcra(NetworkContract):
    name, options = "crcra_unet", {"encoder": "none"}


@pytest.mark.slow
class TestPSPNet(NetworkContract):
    name = "pspnet"
    size, steps = 64, 40


@pytest.mark.slow
class TestDeepLabV3Plus(NetworkContract):
    name = "deeplab_v3_plus"
    size, steps = 64, 40


@pytest.mark.slow
class TestHRNetV2(NetworkContract):
    name, options = "hrnet_v2", {"width": 18}
    size, steps = 64, 40
