"""Published weights: what is loaded, what is refused, and when anything is fetched."""

from urllib.error import URLError

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the train extra")

from nanocaliper.errors import ModelError  # noqa: E402
from nanocaliper.training.networks.catalogue import build  # noqa: E402
from nanocaliper.training.networks.resnet50 import ResNet50  # noqa: E402
from nanocaliper.training.networks.vgg16 import VGG16  # noqa: E402


def test_weights_come_from_pth_or_npz_and_the_classifier_is_left_out(tmp_path):
    torch.manual_seed(4)
    published = {
        **ResNet50().state_dict(),
        "fc.weight": torch.zeros(1000, 2048),
        "fc.bias": torch.zeros(1000),
    }
    torch.save(published, tmp_path / "resnet50.pth")
    np.savez(tmp_path / "resnet50.npz", **{key: value.numpy() for key, value in published.items()})
    for name in ("resnet50.pth", "resnet50.npz"):
        network = build("crcra_unet")
        network.load_encoder_weights(tmp_path / name)
        assert all(torch.equal(value, published[key]) for key, value in network.encoder.state_dict().items())


def test_names_are_torchvisions():
    resnet, vgg = ResNet50().state_dict(), VGG16().state_dict()
    assert {
        "conv1.weight",
        "bn1.running_var",
        "layer1.0.conv1.weight",
        "layer1.0.downsample.0.weight",
    } <= set(resnet)
    assert {"layer3.5.bn3.bias", "layer4.2.conv3.weight"} <= set(resnet)
    assert not any(key.startswith("layer1.1.downsample") for key in resnet)
    assert [key for key in vgg if key.endswith("weight")] == [
        f"features.{i}.weight" for i in (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
    ]


def test_unfit_weights_are_refused_in_a_sentence_and_change_nothing(tmp_path):
    network = build("crcra_unet", {"encoder": "vgg16"})
    before = {key: value.clone() for key, value in network.state_dict().items()}
    good = network.encoder.state_dict()
    for name, state, message in [
        ("few", {k: v for k, v in good.items() if k != "features.28.bias"}, r"lacks 'features\.28\.bias'"),
        ("more", {**good, "features.31.weight": torch.zeros(1)}, r"also has 'features\.31\.weight'"),
        (
            "wide",
            {**good, "features.0.weight": torch.zeros(64, 1, 3, 3)},
            r"\(64, 1, 3, 3\), expected \(64, 3, 3, 3\)",
        ),
    ]:
        torch.save(state, tmp_path / name)
        with pytest.raises(ModelError, match=f"is not of VGG-16: .*{message}.*give weights of VGG-16"):
            network.load_encoder_weights(tmp_path / name)
    torch.save([1, 2], tmp_path / "list")
    (tmp_path / "text.pth").write_text("hello")
    (tmp_path / "text.npz").write_text("hello")
    for name, message in [
        ("list", "holds no state dict"),
        ("text.pth", "damaged or of another kind"),
        ("text.npz", "damaged or of another kind"),
        ("gone.pth", "there is no such file"),
    ]:
        with pytest.raises(ModelError, match=message):
            network.load_encoder_weights(tmp_path / name)
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_weights_are_fetched_only_when_asked_for(monkeypatch):
    asked = []

    def fetch(address, **_):
        asked.append(address)
        raise URLError("no network")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", fetch)
    with torch.device("meta"):
        networks = [
            build(name, options)
            for name, options in [
                ("crcra_unet", {}),
                ("crcra_unet", {"encoder": "vgg16"}),
                ("hrnet_v2", {}),
                ("segformer", {}),
            ]
        ]
    for network in networks:
        with pytest.raises(
            ModelError, match=r"No pretrained weights of .* name their file .* or allow the download"
        ):
            network.load_encoder_weights()
    assert asked == []
    for network in networks:
        with pytest.raises(ModelError, match=r"Cannot fetch weights of .* no network.*name the file"):
            network.load_encoder_weights(online=True)
    assert [address.rsplit("/", 1)[1] for address in asked[:2]] == [
        "resnet50-0676ba61.pth",
        "vgg16-397923af.pth",
    ]
    assert ["hrnet_w32" in asked[2], "mit-b0" in asked[3]] == [True, True]


def test_mobilenet_starts_from_folded_weights_and_images(shared_data):
    network = build("crcra_unet", {"encoder": "mobilenet_v2"})
    file = shared_data / "pretrained" / "mobilenet_v2_imagenet.npz"
    with pytest.raises(ModelError, match="images"):
        network.load_encoder_weights(file)
    network.load_encoder_weights(file, images=lambda: torch.rand(2, 1, 64, 64) * 2 - 1)
    assert network.encoder.training
    with np.load(file) as arrays:
        assert np.array_equal(network.encoder.stem.conv.weight.detach(), arrays["stem.weight"])


@pytest.mark.parametrize("name", ["crcra_unet", "residualformer"])
def test_an_encoder_that_nobody_trained_says_so(name):
    network = build(name, {"encoder": "none"} if name == "crcra_unet" else {})
    with pytest.raises(ModelError, match="Nobody publishes weights"):
        network.load_encoder_weights(online=True)
