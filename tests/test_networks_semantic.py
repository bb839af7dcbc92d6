"""Networks that say particle or background for each pixel: the contract of each, and what each alone promises."""

import dataclasses
import re
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the train extra")
pytest.importorskip("onnx", reason="needs the train extra")
pytest.register_assert_rewrite("network_contract")


from nanocaliper.errors import ModelError, UsageError  # noqa: E402
from nanocaliper.training.networks.catalogue import NETWORKS, build  # noqa: E402
from nanocaliper.training.networks.cbam import CBAM  # noqa: E402
from nanocaliper.training.networks.counts import count_gflops, count_parameters  # noqa: E402
from nanocaliper.training.networks.crcra_unet import FusionBlock  # noqa: E402
from nanocaliper.training.networks.grey_input import to_imagenet  # noqa: E402
from nanocaliper.training.networks.pspnet import average_cells  # noqa: E402
from nanocaliper.training.networks.residualformer import ResidualBlock  # noqa: E402
from nanocaliper.training.networks.semantic_network import SemanticNetwork  # noqa: E402
from network_contract import SemanticContract  # noqa: E402


class TestCrcraUNetMobileNet(SemanticContract):
    name, options = "crcra_unet", {"encoder": "mobilenet_v2"}


class TestResidualFormer(SemanticContract):
    name, steps = "residualformer", 15


class TestSegFormer(SemanticContract):
    name = "segformer"


@pytest.mark.slow
class TestCrcraUNet(SemanticContract):
    name = "crcra_unet"
    size, steps, rate = 64, 80, 3e-4


@pytest.mark.slow
class TestUNetResNet50(SemanticContract):
    name, options = "crcra_unet", {"crcra": False}
    steps = 60


@pytest.mark.slow
class TestUNetVGG16(SemanticContract):
    name, options = "crcra_unet", {"encoder": "vgg16", "crcra": False}
    steps = 60


@pytest.mark.slow
class TestUNet(SemanticContract):
    name, options = "crcra_unet", {"encoder": "none", "crcra": False}
    steps = 60


@pytest.mark.slow
class TestUNetCrcra(SemanticContract):
    name, options = "crcra_unet", {"encoder": "none"}
    steps = 60


@pytest.mark.slow
class TestPSPNet(SemanticContract):
    name = "pspnet"
    size, steps = 64, 40


@pytest.mark.slow
class TestDeepLabV3Plus(SemanticContract):
    name = "deeplab_v3_plus"
    size, steps = 64, 40


@pytest.mark.slow
class TestHRNetV2(SemanticContract):
    name, options = "hrnet_v2", {"width": 18}
    size, steps = 64, 40


@pytest.mark.parametrize(
    ("encoder", "crcra", "parameters"),
    [
        ("none", False, 31.4),
        ("vgg16", False, 24.9),
        ("resnet50", False, 43.9),
        ("none", True, 31.4),
        ("resnet50", True, 44),
    ],
)
def test_every_row_of_the_papers_tables_is_a_pair_of_switches(encoder, crcra, parameters):
    with torch.device("meta"):
        network = build("crcra_unet", {"encoder": encoder, "crcra": crcra})
        logits = network(torch.zeros(1, 1, 96, 64))
    assert logits.shape == (1, 2, 96, 64)
    assert sum(p.numel() for p in network.parameters()) / 1e6 == pytest.approx(parameters, abs=0.06)
    assert sum(isinstance(part, CBAM) for part in network.modules()) == crcra * len(network.decoder)
    # The last block meets no map where the encoder starts at half size (Fig. 1a).
    assert len(network.decoder) == (5 if encoder == "resnet50" else 4)


def test_attention_neither_weakens_nor_shuts_off_the_first_maps():
    spread = {}
    for attention in (False, True):
        torch.manual_seed(3)
        x = torch.randn(2, 64, 16, 16)
        blocks = [FusionBlock(64, 0, 64, attention) for _ in range(4)]
        with torch.no_grad():
            for block in blocks:
                x = block(x, (16, 16), None)
        spread[attention] = float(x.std())
        dark = float((x.abs().amax(dim=1) < 1e-6).float().mean())
        assert dark == 0.0
    assert 0.5 < spread[True] / spread[False] < 2.0


def test_crcra_adds_little():
    with torch.device("meta"):
        plain, with_crcra = (
            sum(p.numel() for p in build("crcra_unet", {"crcra": crcra}).parameters())
            for crcra in (False, True)
        )
    # Two matrices of 1/16 and a 7x7 convolution of two maps, a block.
    assert with_crcra - plain == sum(2 * c * (c // 16) + 98 for c in (512, 256, 128, 64, 64))


def test_cbam_by_hand():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, 9, 11)).astype(np.float32)
    w0, w1 = rng.normal(size=(2, 32)).astype(np.float32), rng.normal(size=(32, 2)).astype(np.float32)
    kernel = rng.normal(size=(2, 7, 7)).astype(np.float32)

    def sigmoid(v):
        return 1 / (1 + np.exp(-v))

    def mlp(v):
        return w1 @ np.maximum(w0 @ v, 0)

    channels = x * sigmoid(mlp(x.mean((1, 2))) + mlp(x.max((1, 2))))[:, None, None]
    maps = np.pad(np.stack([channels.max(0), channels.mean(0)]), ((0, 0), (3, 3), (3, 3)))
    pixels = np.array([[(maps[:, r : r + 7, c : c + 7] * kernel).sum() for c in range(11)] for r in range(9)])
    expected = channels * sigmoid(pixels)

    module = CBAM(32)
    module.load_state_dict(
        {
            "channel.mlp.0.weight": torch.from_numpy(w0)[..., None, None],
            "channel.mlp.2.weight": torch.from_numpy(w1)[..., None, None],
            "spatial.conv.weight": torch.from_numpy(kernel)[None],
        }
    )
    assert module(torch.from_numpy(x)[None])[0].detach().numpy() == pytest.approx(expected, abs=1e-5)


def test_cbam_of_nothing_but_zero_weights_quarters():
    module = CBAM(16)
    for parameter in module.parameters():
        torch.nn.init.zeros_(parameter)
    x = torch.randn(1, 16, 8, 8)
    assert torch.allclose(module(x), x / 4)


def test_a_residual_block_adds_its_branch_to_its_input():
    block = ResidualBlock(3, 3)
    x = torch.randn(2, 3, 8, 8)
    torch.nn.init.zeros_(block.branch[2].weight)
    torch.nn.init.constant_(block.branch[2].bias, 0.5)
    assert torch.allclose(block(x), x + 0.5)
    wider = ResidualBlock(3, 5)
    torch.nn.init.constant_(wider.branch[2].bias, -100.0)
    assert torch.allclose(wider(x), wider.shortcut(x))


@pytest.mark.parametrize("shape", [(4, 4), (7, 13), (12, 18)])
@pytest.mark.parametrize("cells", [1, 2, 3, 6])
def test_cells_are_averaged_as_torch_does(shape, cells):
    x = torch.randn(2, 3, *shape)
    expected = torch.nn.functional.adaptive_avg_pool2d(x, cells)
    assert torch.allclose(average_cells(x, cells), expected, atol=1e-6)


def test_grey_is_standardised_as_imagenet():
    # torchvision: (value in [0, 1] - mean) / sd, the same grey in each channel
    assert to_imagenet(torch.zeros(1, 1, 1, 1)).flatten().tolist() == pytest.approx(
        [(0.5 - 0.485) / 0.229, (0.5 - 0.456) / 0.224, (0.5 - 0.406) / 0.225], abs=1e-6
    )


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("unet", {}, "no network 'unet'; choose one of crcra_unet, residualformer, "),
        ("crcra_unet", {"depth": 4}, "'crcra_unet' has no option 'depth'; it has encoder, crcra"),
        ("pspnet", {"depth": 4}, "'pspnet' has no option 'depth'; it has none"),
        (
            "crcra_unet",
            {"encoder": "vgg19"},
            "no encoder 'vgg19'; choose one of none, vgg16, resnet50, mobilenet_v2",
        ),
        (
            "crcra_unet",
            {"crcra": "yes"},
            "'crcra' of the network 'crcra_unet' is 'yes'; expected true or false",
        ),
        ("residualformer", {"common_width": True}, "is True; expected a whole number"),
        ("residualformer", {"common_width": 0}, "common_width is 0"),
        ("hrnet_v2", {"width": 19}, "choose one of 18, 32, 48"),
        ("segformer", {"size": "b6"}, "choose one of b0, b1"),
        ("mask_rcnn", {"particles_max": 0}, "particles_max is 0"),
    ],
)
def test_what_there_is_not_is_refused_by_naming_what_there_is(name, options, message):
    with pytest.raises(UsageError, match=message):
        build(name, options)


def test_mask_rcnn_without_torchvision_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision.models.detection", None)
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(ModelError, match=r"needs a torchvision made for .*pip install torch torchvision"):
        build("mask_rcnn")


def test_every_network_is_documented():
    page = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].glob("docs/*.md"))
    for name, kind in NETWORKS.items():
        assert f"`{name}`" in page
        for field in dataclasses.fields(kind.options):
            assert f"`{field.name}`" in page


def test_the_documented_counts_are_those_of_the_networks():
    """Rows of the table: name, switches as TOML, size, millions of parameters, GFLOP."""
    page = Path(__file__).parents[1].joinpath("docs", "networks.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `(\w+)` \| (?:`(.+?)`)? *\| (\d+) × (\d+) \| ([\d.]+) \| ([\d.]+) \|", page, re.MULTILINE
    )
    assert {name for name, *_ in rows} >= {
        name for name, kind in NETWORKS.items() if issubclass(kind.network, SemanticNetwork)
    }
    for name, switches, cols, rows_px, parameters, gflop in rows:
        with torch.device("meta"):
            network = build(name, tomllib.loads(switches.replace(", ", "\n")))
        assert f"{count_parameters(network) / 1e6:.2f}" == parameters
        assert f"{count_gflops(network, int(rows_px), int(cols)):.0f}" == gflop
