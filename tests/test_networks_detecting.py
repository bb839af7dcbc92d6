"""Networks that give particles with boxes, classes and masks: the contract that all networks share."""

from typing import ClassVar

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the train extra")
pytest.importorskip("onnx", reason="needs the train extra")
pytest.register_assert_rewrite("network_contract")

from torch import nn  # noqa: E402

from nanocaliper.errors import UsageError  # noqa: E402
from nanocaliper.segmentation.decoders.prototypes import decode_prototypes  # noqa: E402
from nanocaliper.training import export_nsyolo  # noqa: E402
from nanocaliper.training.export_model import export_model  # noqa: E402
from nanocaliper.training.losses.nsyolo_loss import nsyolo_loss, targets_of  # noqa: E402
from network_contract import NetworkContract  # noqa: E402


class TestNsyolo(NetworkContract):
    name = "nsyolo"
    # Multiples of 32: the squares of trainings and the tiles of use are.
    shapes = ((32, 32), (64, 96), (160, 128))
    exported_shapes = ((64, 96), (160, 128), (32, 32), (256, 320), (96, 416))
    size, steps, rate, loss_max = 128, 30, 2e-3, 0.7

    def check_outputs(self, network, x):
        found, (rows, cols) = network.decode(network(x)), x.shape[2:]
        anchors = sum(rows // stride * (cols // stride) for stride in (8, 16, 32))
        quarter = (len(x), 32, rows // 4, cols // 4)
        kinds = len(network.options.classes)
        sizes = [(len(x), anchors, 4), (len(x), anchors, kinds), (len(x), anchors, 32), quarter]
        assert [tuple(part.shape) for part in found] == sizes
        assert (found.boxes[..., 2:] > found.boxes[..., :2]).all()
        assert 0 <= found.classes.min() <= found.classes.max() <= 1

    def list_outputs(self, network, x):
        return list(network.decode(network(x)))

    def find_loss(self, network, x, labels):
        targets = [targets_of(one, np.zeros(one.max() + 1, np.int64)) for one in labels]
        loss, parts = nsyolo_loss(network(x), targets)
        # Distributions of sides between two steps, and masks of cells that are covered in part, keep some loss.
        return loss, torch.tensor(parts["box"] + parts["classes"])

    def list_taught(self, network):
        ends = (network.head.classes[0][-1], network.head.prototypes.join.conv)
        return [next(network.backbone.parameters()), *(p for end in ends for p in end.parameters())]

    def export(self, network, path):
        export_nsyolo.export_onnx(network, path)

    def check_learned(self, network, x, labels):
        # By the running statistics, as in use.
        found = network.decode(network(x))
        for k, one in enumerate(labels):
            arrays = (part[k].numpy() for part in found)
            particles = decode_prototypes(*arrays, one.shape)
            assert len(particles.scores) == 1
            assert _overlap(particles.labels > 0, one > 0) > 0.9

    def enliven(self, network):
        """Weights and running statistics under which every part matters, as after training."""
        generator = torch.Generator().manual_seed(0)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None  # the plain mean of all batches
                module.weight.data.uniform_(0.8, 1.2, generator=generator)
                module.bias.data.normal_(0, 0.5, generator=generator)
        network.train()
        with torch.no_grad():
            for _ in range(2):
                network(torch.rand(2, 1, 192, 192, generator=generator) * 2 - 1)
        return network.eval()


@pytest.mark.slow
class TestYolo11(TestNsyolo):
    options: ClassVar[dict[str, object]] = {"neck": "plain", "attention": "psa", "classes": ("rod", "cube")}


@pytest.mark.slow
class TestMaskRcnn(NetworkContract):
    name = "mask_rcnn"
    options: ClassVar[dict[str, object]] = {"particles_max": 7, "short_side_px": 64}
    shapes = ((64, 64), (65, 93))
    size, steps, rate, loss_max = 64, 80, 1e-4, 0.3

    def build(self, seed=1):
        pytest.importorskip("torchvision", reason="needs the rivals extra", exc_type=ImportError)
        network = super().build(seed)
        # Few proposals will do for one particle, and take less time.
        inner = network.network
        inner.rpn._pre_nms_top_n = inner.rpn._post_nms_top_n = {"training": 50, "testing": 50}
        inner.rpn.fg_bg_sampler.batch_size_per_image = 64
        inner.roi_heads.fg_bg_sampler.batch_size_per_image = 16
        return network

    def check_outputs(self, network, x):
        found = network(x)
        assert len(found) == len(x)
        for one in found:
            count = len(one["scores"])
            assert count <= 7
            assert one["boxes"].shape == (count, 4)
            assert one["masks"].shape == (count, 1, *x.shape[2:])
            assert ((one["scores"] >= 0) & (one["scores"] <= 1)).all()
            assert ((one["masks"] >= 0) & (one["masks"] <= 1)).all()

    def list_outputs(self, network, x):
        return [value for one in network(x) for value in one.values()]

    def find_loss(self, network, x, labels):
        targets = []
        for one in labels:
            true = targets_of(one, np.zeros(one.max() + 1, np.int64))
            masks = torch.from_numpy((one > 0).astype(np.uint8))[None]
            targets.append({"boxes": true.boxes[:, [1, 0, 3, 2]], "labels": true.classes + 1, "masks": masks})
        losses = network(x, targets)
        # The mask's truth is drawn anew for each proposal: its edge keeps some loss.
        left = sum(value for name, value in losses.items() if name != "loss_mask")
        return sum(losses.values()), left

    def list_taught(self, network):
        predictor = network.network.roi_heads.mask_predictor
        return [network.network.backbone.body.layer4[0].conv1.weight, *predictor.mask_fcn_logits.parameters()]

    def check_learned(self, network, x, labels):
        for found, one in zip(network(x), labels, strict=True):
            assert found["scores"][0] > 0.5
            assert _overlap(found["masks"][0, 0].numpy() >= 0.5, one > 0) > 0.7

    def test_onnx_gives_the_same_at_any_size(self, network, tmp_path):
        # A rival for comparisons: it is not exported, and says so.
        state = {f"network.{key}": value for key, value in network.state_dict().items()}
        torch.save({"state_dict": state}, tmp_path / "best.ckpt")
        switches = "".join(f"{key} = {value}\n" for key, value in self.options.items())
        (tmp_path / "experiment.toml").write_text(f'[network]\nname = "{self.name}"\n{switches}')
        with pytest.raises(UsageError, match="is a rival for comparisons"):
            export_model(tmp_path, tmp_path / "model")


def _overlap(first, second):
    return (first & second).sum() / (first | second).sum()
