"""The network behind particle_unet and what feeds it: shapes, targets, learning, export."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="needs the train extra")
onnx = pytest.importorskip("onnx", reason="needs the train extra")
onnxruntime = pytest.importorskip("onnxruntime")

from nanocaliper.errors import ModelError, ReadError, UsageError  # noqa: E402
from nanocaliper.evaluation.labels import particle_sizes  # noqa: E402
from nanocaliper.inference.catalogue import find_model  # noqa: E402
from nanocaliper.inference.model_card import weights_sha256  # noqa: E402
from nanocaliper.training.data.particle_crops import (  # noqa: E402
    CropOptions,
    crop,
    prepare,
    read_labelled_folder,
    targets,
)
from nanocaliper.training.export_particle_unet import export_onnx, load_average, write_model  # noqa: E402
from nanocaliper.training.losses.particle_loss import particle_loss  # noqa: E402
from nanocaliper.training.networks.mobilenet_v2 import MobileNetV2, load_folded_weights  # noqa: E402
from nanocaliper.training.networks.particle_unet import ParticleUNet, activate  # noqa: E402


def _two_discs():
    r, c = np.indices((200, 260))
    labels = np.zeros((200, 260), np.int32)
    labels[np.hypot(r - 90, c - 80) <= 40] = 7
    labels[np.hypot(r - 90, c - 160) <= 39.5] = 3
    pixels = np.where(labels > 0, 180, 60).astype(np.uint8)
    return pixels, labels


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return ParticleUNet()


@pytest.mark.parametrize("shape", [(32, 32), (64, 96), (160, 32)])
def test_output_has_half_the_resolution(network, shape):
    out = network.eval()(torch.zeros(2, 1, *shape))
    assert out.shape == (2, 5, shape[0] // 2, shape[1] // 2)
    assert torch.isfinite(out).all()


def test_every_parameter_gets_a_gradient(network):
    network.train()
    loss, _ = particle_loss(
        network(torch.randn(2, 1, 64, 64)), torch.rand(2, 5, 32, 32), torch.ones(2, 1, 32, 32)
    )
    loss.backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in network.parameters())
    network.zero_grad()


def test_parameters_are_counted():
    assert 2.3e6 < sum(p.numel() for p in ParticleUNet().parameters()) < 2.6e6


def test_prepare_numbers_and_measures():
    image = prepare(*_two_discs())
    assert sorted(np.unique(image.labels)) == [0, 1, 2]
    assert image.labels[90, 160] == 1
    assert image.centroids[1] == pytest.approx([90, 160], abs=0.01)
    assert image.diameters[1:] == pytest.approx([79, 80], rel=0.01)
    assert image.distance.max() == 1
    assert image.distance[90, 80] == pytest.approx(1, abs=0.03)
    assert image.distance[90, 60] == pytest.approx(0.5, abs=0.03)


def test_a_particle_cut_by_the_image_edge_is_deepest_at_the_edge():
    labels = np.zeros((60, 60), np.int32)
    labels[0:30, 20:40] = 1
    distance = prepare(np.zeros((60, 60), np.uint8) + labels.astype(np.uint8), labels).distance
    assert distance[0, 30] == pytest.approx(distance.max())
    assert distance[29, 30] < 0.2


def test_targets_of_two_touching_discs():
    image = prepare(*_two_discs())
    t = targets(image.labels, image.distance, image.centroids, image.diameters)
    assert t.shape == (5, 100, 130)
    assert t[0].sum() * 4 == pytest.approx((image.labels > 0).sum())
    assert t[2, 45, 60] == 1  # where they touch
    assert t[2, 45, 40] == 0
    # flow points to the centre: left of it to the right (positive col), above it down (positive row)
    assert t[4, 45, 25] == pytest.approx(1, abs=0.02)
    # output row 45 is taken at image row 91, one below the centre, 29 columns left of it
    assert t[3, 45, 25] == pytest.approx(-1 / 29, abs=0.001)
    assert t[3, 30, 40] == pytest.approx(1, abs=0.05)
    assert not t[3:, 5, 5].any()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_crops_keep_image_and_target_in_step(seed):
    image = prepare(*_two_discs())
    options = CropOptions(size=128)
    grey, target, weight = crop(image, options, np.random.default_rng(seed))
    assert grey.shape == (1, 128, 128)
    assert target.shape == (5, 64, 64)
    assert weight.shape == (1, 64, 64)
    assert -1 <= grey.min() <= grey.max() <= 1
    assert 0 <= target[:3].min() <= target[:3].max() <= 1
    assert np.hypot(*target[3:]).max() <= 1.001
    half = grey[0].reshape(64, 2, 64, 2).mean((1, 3))
    inside, outside = (target[0] == 1) & (weight[0] == 1), (target[0] == 0) & (weight[0] == 1)
    if inside.sum() > 50 and outside.sum() > 50:
        # bright on dark, or inverted: particle and background differ as a whole
        assert abs(half[inside].mean() - half[outside].mean()) > 0.05


def test_crops_are_repeatable():
    image = prepare(*_two_discs())
    first, second = (crop(image, CropOptions(size=64), np.random.default_rng(3)) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        assert np.array_equal(a, b)


@pytest.mark.slow
def test_one_batch_is_learned():
    torch.manual_seed(1)
    image = prepare(*_two_discs())
    rng = np.random.default_rng(0)
    batch = [crop(image, CropOptions(size=64, diameter_range=(20, 40)), rng) for _ in range(4)]
    grey, target, weight = (torch.from_numpy(np.stack(part)) for part in zip(*batch, strict=True))
    network = ParticleUNet().train()
    optimiser = torch.optim.AdamW(network.parameters(), 3e-3)
    dice = []
    for _ in range(150):
        loss, parts = particle_loss(network(grey), target, weight)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        dice.append(parts["dice"])
    # not 0 even for a perfect answer: half-covered pixels on the rim count p * t < t
    assert dice[-1] < 0.05 < 0.2 < dice[0]


def test_loss_is_least_at_the_target_and_ignores_weightless_pixels():
    rng = torch.Generator().manual_seed(0)
    target = (torch.rand(1, 5, 16, 16, generator=rng) > 0.5).float()
    target[:, 3:] = target[:, 3:] * 2 - 1
    right = torch.cat([target[:, :3] * 40 - 20, target[:, 3:]], 1)
    weight = torch.ones(1, 1, 16, 16)
    best = float(particle_loss(right, target, weight)[0])
    assert best < 0.01
    wrong = right.clone()
    wrong[..., :8] *= -1
    assert float(particle_loss(wrong, target, weight)[0]) > best + 1
    weight[..., :8] = 0
    assert float(particle_loss(wrong, target, weight)[0]) < 0.01


def test_export_gives_the_same_numbers(tmp_path, network):
    network.eval()
    export_onnx(network, tmp_path / "weights.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "weights.onnx"))
    for shape in [(64, 64), (96, 160), (32, 224)]:
        grey = torch.rand(1, 1, *shape) * 2 - 1
        with torch.no_grad():
            expected = activate(network(grey)).numpy()
        got = session.run(None, {"grey": grey.numpy()})[0]
        assert np.abs(got - expected).max() < 1e-4


def test_a_checkpoint_becomes_a_model_that_says_what_it_did_not_see(tmp_path, network):
    average = torch.optim.swa_utils.AveragedModel(network)
    torch.save({"average": average.state_dict(), "step": 7}, tmp_path / "checkpoint.pt")
    like = find_model("particle_unet")
    write_model(tmp_path / "checkpoint.pt", tmp_path / "fold 3", like, held_out_fold=3)
    card = find_model(str(tmp_path / "fold 3"))
    assert (card.input, card.output, card.decoder) == (like.input, like.output, like.decoder)
    assert dict(card.training) == {"steps": 7, "held_out_fold": 3}
    assert weights_sha256(card) == card.sha256 != like.sha256
    with pytest.raises(UsageError, match="No checkpoint"):
        write_model(tmp_path / "none.pt", tmp_path / "model", like)


def test_exported_convolutions_pad_by_themselves(tmp_path, network):
    export_onnx(network.eval(), tmp_path / "weights.onnx")
    graph = onnx.load(tmp_path / "weights.onnx").graph
    pads = [
        a.ints for node in graph.node if node.op_type == "Conv" for a in node.attribute if a.name == "pads"
    ]
    # The stem and the first block of each of the four coarser stages have stride 2.
    assert sum(list(p) == [0, 0, 1, 1] for p in pads) == 5
    made = {name for node in graph.node for name in node.output}
    needed = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}
    assert not [node.name for node in graph.node if node.op_type == "Pad"]
    assert made <= needed


def test_averaged_weights_come_back_from_a_checkpoint(tmp_path, network):
    average = torch.optim.swa_utils.AveragedModel(network)
    torch.save({"average": average.state_dict()}, tmp_path / "checkpoint.pt")
    loaded = load_average(tmp_path / "checkpoint.pt")
    for a, b in zip(loaded.state_dict().values(), network.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_normalisation_is_put_back_without_changing_the_network(tmp_path):
    torch.manual_seed(3)
    rng = np.random.default_rng(3)
    encoder = MobileNetV2()
    arrays = {}
    names = ["stem"] + [
        f"block{n:02d}.{part}"
        for n in range(1, 18)
        for part in ("expand", "depthwise", "project")
        if not (n == 1 and part == "expand")
    ]
    modules = dict(encoder.named_modules())
    for name in names:
        inner = name if name == "stem" else f"blocks.{int(name[5:7]) - 1}.{name[8:]}"
        weight = modules[inner].conv.weight
        arrays[f"{name}.weight"] = weight.detach().numpy()
        arrays[f"{name}.bias"] = rng.normal(0, 0.1, weight.shape[0]).astype(np.float32)
    np.savez(tmp_path / "folded.npz", **arrays)
    images = torch.rand(2, 3, 64, 64) * 2 - 1
    load_folded_weights(encoder, tmp_path / "folded.npz", images)
    # The folded network itself: convolution with bias and no normalisation.
    folded = MobileNetV2().eval()
    for name in names:
        inner = name if name == "stem" else f"blocks.{int(name[5:7]) - 1}.{name[8:]}"
        layer = dict(folded.named_modules())[inner]
        layer.conv.weight.data.copy_(torch.from_numpy(arrays[f"{name}.weight"]))
        layer.norm.running_var.fill_(1 - layer.norm.eps)
        layer.norm.bias.data.copy_(torch.from_numpy(arrays[f"{name}.bias"]))
    with torch.no_grad():
        for a, b in zip(encoder.eval()(images), folded(images), strict=True):
            assert torch.allclose(a, b, atol=1e-4)


def test_weights_of_another_network_are_refused(tmp_path):
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(ModelError, match="stem"):
        load_folded_weights(MobileNetV2(), tmp_path / "other.npz", torch.zeros(1, 3, 32, 32))


def test_missing_pair_is_named(tmp_path):
    with pytest.raises((ReadError, FileNotFoundError), match="gone"):
        read_labelled_folder(tmp_path, ["gone"])


def test_diameters_follow_the_pixel_count():
    labels = np.zeros((10, 10), np.int32)
    labels[:4, :4] = 2
    assert particle_sizes(labels)[2] == pytest.approx(np.sqrt(4 * 16 / np.pi))
