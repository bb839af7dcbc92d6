"""Networks that others have published: the same weights give the same numbers as in the best-known implementations.

Needs torchvision, timm, segmentation_models_pytorch and transformers (the extra ``reference``); skipped without.
"""

from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the train extra")
pytest.importorskip("torchvision", reason="needs the reference extra", exc_type=ImportError)

from nanocaliper.errors import ModelError  # noqa: E402
from nanocaliper.training.networks import deeplab_v3_plus, hrnet  # noqa: E402
from nanocaliper.training.networks.catalogue import build  # noqa: E402
from nanocaliper.training.networks.encoders import load_encoder_weights  # noqa: E402
from nanocaliper.training.networks.grey_input import to_imagenet  # noqa: E402
from nanocaliper.training.networks.mix_transformer import MixTransformer  # noqa: E402
from nanocaliper.training.networks.resnet50 import ResNet50  # noqa: E402
from nanocaliper.training.networks.vgg16 import VGG16  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    # What those packages themselves warn of.
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture(scope="module")
def rgb():
    return torch.randn(1, 3, 64, 96, generator=torch.Generator().manual_seed(0))


def _randomised(network):
    """Weights and statistics of which none is as it was initialised."""
    rng = torch.Generator().manual_seed(3)
    for name, value in network.state_dict().items():
        if name.endswith("running_var"):
            value.copy_(torch.rand(value.shape, generator=rng) + 0.5)
        elif value.ndim == 1:
            value.copy_(value + 0.1 * torch.randn(value.shape, generator=rng))
    return network.eval()


@pytest.mark.parametrize("output_stride", [32, 16, 8])
def test_resnet50_is_torchvisions(tmp_path, rgb, output_stride):
    from torchvision.models import resnet50

    dilated = [False, output_stride <= 8, output_stride <= 16]
    reference = _randomised(resnet50(weights=None, replace_stride_with_dilation=dilated))
    torch.save(reference.state_dict(), tmp_path / "resnet50.pth")
    encoder = ResNet50(output_stride)
    load_encoder_weights(encoder, tmp_path / "resnet50.pth")
    with torch.no_grad():
        last = torch.nn.Sequential(*list(reference.children())[:-2])(rgb)
        assert torch.allclose(encoder.eval()(rgb)[-1], last, rtol=1e-4, atol=1e-4 * float(last.abs().max()))


def test_vgg16_is_torchvisions(tmp_path, rgb):
    from torchvision.models import vgg16, vgg16_bn

    reference = _randomised(vgg16(weights=None))
    np.savez(tmp_path / "vgg16.npz", **{k: v.numpy() for k, v in reference.state_dict().items()})
    encoder = VGG16()
    load_encoder_weights(encoder, tmp_path / "vgg16.npz")
    with torch.no_grad():
        assert torch.allclose(encoder(rgb)[-1], reference.features[:-1](rgb), atol=1e-5)
    torch.save(vgg16_bn(weights=None).state_dict(), tmp_path / "vgg16_bn.pth")
    with pytest.raises(ModelError, match="is not of VGG-16"):
        load_encoder_weights(encoder, tmp_path / "vgg16_bn.pth")


def test_resnet101_is_refused(tmp_path):
    from torchvision.models import resnet101

    torch.save(resnet101(weights=None).state_dict(), tmp_path / "resnet101.pth")
    with pytest.raises(ModelError, match="is not of ResNet-50: it also has 'layer3"):
        load_encoder_weights(ResNet50(), tmp_path / "resnet101.pth")


@pytest.mark.parametrize("width", [18, 32])
def test_hrnet_is_timms(tmp_path, rgb, width, monkeypatch):
    timm = pytest.importorskip("timm")
    torch.save(timm.create_model(f"hrnet_w{width}").state_dict(), tmp_path / "hrnet.pth")
    encoder = build("hrnet_v2", {"width": width}).encoder.eval()
    load_encoder_weights(encoder, tmp_path / "hrnet.pth")
    reference = timm.create_model(f"hrnet_w{width}", features_only=True, feature_location="").eval()
    reference.load_state_dict(encoder.state_dict())
    # timm has the network for classification, which enlarges by repetition.
    monkeypatch.setattr(
        hrnet, "enlarge", lambda x, like: torch.nn.functional.interpolate(x, size=like.shape[-2:])
    )
    with torch.no_grad():
        for mine, theirs in zip(encoder(rgb), reference(rgb)[1:], strict=True):
            assert torch.allclose(mine, theirs, atol=1e-5 * float(theirs.max()))


def test_mix_transformer_is_transformers(tmp_path, rgb):
    transformers = pytest.importorskip("transformers")
    from safetensors.torch import load_file

    reference = transformers.SegformerForImageClassification(transformers.SegformerConfig()).eval()
    _randomised(reference).save_pretrained(tmp_path)
    torch.save(load_file(tmp_path / "model.safetensors"), tmp_path / "mit.pth")
    encoder = MixTransformer("b0")
    load_encoder_weights(encoder, tmp_path / "mit.pth")
    with torch.no_grad():
        theirs = reference.segformer(rgb, output_hidden_states=True).last_hidden_state
        assert torch.allclose(encoder.eval()(rgb)[-1], theirs, rtol=1e-3, atol=1e-4)


def test_deeplab_v3_plus_is_that_of_segmentation_models_pytorch(monkeypatch):
    smp = pytest.importorskip("segmentation_models_pytorch")
    torch.manual_seed(0)
    network = _randomised(build("deeplab_v3_plus"))
    rates = {"decoder_atrous_rates": (6, 12, 18)}
    reference = smp.DeepLabV3Plus("resnet50", encoder_weights=None, classes=2, upsampling=1, **rates).eval()
    reference.load_state_dict(
        dict(zip(reference.state_dict(), network.state_dict().values(), strict=True)), strict=True
    )
    # Theirs dilates the first bottleneck of the last layer too, which torchvision does not ...
    reference.encoder.layer4[0].conv2.dilation = reference.encoder.layer4[0].conv2.padding = (1, 1)
    # ... and enlarges the coarse map with corners aligned.
    interpolate = torch.nn.functional.interpolate
    monkeypatch.setattr(
        deeplab_v3_plus,
        "f",
        SimpleNamespace(interpolate=lambda x, **how: interpolate(x, **{**how, "align_corners": True})),
    )
    kept = []
    network.head.register_forward_hook(lambda _, __, output: kept.append(output))
    grey = torch.rand(1, 1, 64, 96) * 2 - 1
    with torch.no_grad():
        network(grey)
        theirs = reference(to_imagenet(grey))
    assert torch.allclose(kept[0], theirs, atol=1e-5 * float(theirs.abs().max()))


def test_segformer_has_the_parameters_of_transformers():
    transformers = pytest.importorskip("transformers")
    config = transformers.SegformerConfig(num_labels=2)
    expected = transformers.SegformerForSemanticSegmentation(config).num_parameters()
    assert sum(p.numel() for p in build("segformer").parameters()) == expected
