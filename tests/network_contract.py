"""What every network that says particle or background for each pixel must hold; a new one takes three lines.

``class TestMyNetwork(NetworkContract): name = "my_network"``, in ``test_networks_semantic.py``.
"""

import warnings
from typing import ClassVar

import numpy as np
import onnxruntime
import pytest
import torch

from nanocaliper.training.losses.segmentation_losses import cross_entropy_loss, dice_loss
from nanocaliper.training.networks.catalogue import build
from nanocaliper.training.networks.semantic_network import SemanticNetwork


class NetworkContract:
    #: Name in the catalogue and switches.
    name: str
    options: ClassVar[dict[str, object]] = {}
    #: One batch must be learned to `loss_max` in `steps` steps of Adam at learning rate `rate`.
    size, steps, rate, loss_max = 32, 25, 1e-3, 0.05

    @pytest.fixture(scope="class")
    @classmethod
    def network(cls):
        return _build(cls).eval()

    @pytest.mark.parametrize("shape", [(32, 32), (37, 53), (32, 96)])
    def test_logits_have_the_size_of_the_input(self, network, shape):
        with torch.no_grad():
            logits = network(_grey(2, *shape))
        assert logits.shape == (2, network.classes, *shape)
        probability = network.probability(logits)
        assert probability.shape == (2, 1, *shape)
        assert 0 <= probability.min() <= probability.max() <= 1

    def test_every_parameter_gets_a_gradient(self):
        network = _build(self).train()
        (network(_grey(2, 64, 64)) ** 2).mean().backward()
        missing = [
            name for name, p in network.named_parameters() if p.grad is None or not p.grad.isfinite().all()
        ]
        assert missing == []
        assert all(p.grad.any() for p in (next(network.encoder.parameters()), *network.head.parameters()))

    def test_a_frozen_encoder_does_not_move(self):
        network = _build(self).train()
        network.freeze_encoder(True)
        before = {key: value.clone() for key, value in network.state_dict().items()}
        optimiser = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], 0.1)
        network.train()
        network(_grey(2, 32, 32)).mean().backward()
        optimiser.step()
        moved = {key for key, value in network.state_dict().items() if not torch.equal(value, before[key])}
        assert not {key for key in moved if key.startswith("encoder.")}
        assert {key for key in moved if key.startswith("head.")}
        network.freeze_encoder(False)
        assert all(part.training for part in network.modules())
        assert all(p.requires_grad for p in network.parameters())

    def test_the_state_comes_back_from_a_file(self, network, tmp_path):
        torch.save(network.state_dict(), tmp_path / "state.pt")
        torch.manual_seed(99)
        other = build(self.name, self.options).eval()
        x = _grey(1, 40, 64)
        with torch.no_grad():
            expected = network(x)
            assert not torch.equal(other(x), expected)
            other.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
            assert torch.equal(other(x), expected)

    def test_a_seed_decides_everything(self, network):
        with torch.no_grad():
            assert torch.equal(_build(self).eval()(_grey(1, 32, 32)), network(_grey(1, 32, 32)))

    def test_onnx_gives_the_same_at_any_size(self, network, tmp_path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporter warns of its own deprecation and of traced shapes
            torch.onnx.export(
                network,
                (torch.zeros(1, 1, 64, 96),),
                str(tmp_path / "network.onnx"),
                input_names=["grey"],
                output_names=["logits"],
                dynamic_axes={
                    "grey": {0: "n", 2: "rows", 3: "cols"},
                    "logits": {0: "n", 2: "rows", 3: "cols"},
                },
                opset_version=17,
                dynamo=False,
            )
        session = onnxruntime.InferenceSession(str(tmp_path / "network.onnx"))
        for shape in [(1, 64, 96), (2, 32, 32), (1, 37, 53), (1, 96, 160)]:
            x = _grey(*shape)
            with torch.no_grad():
                expected = network(x).numpy()
            difference = np.abs(session.run(None, {"grey": x.numpy()})[0] - expected).max()
            assert difference <= 1e-4 * max(1, np.abs(expected).max())

    def test_one_batch_is_learned(self):
        network = _build(self).train()
        rows, cols = np.indices((self.size, self.size)) - self.size / 2
        disc = np.stack([np.hypot(rows, cols) < self.size / 4, np.abs(rows + 3) < self.size / 5])
        target = torch.from_numpy(disc[:, None].astype(np.int64))
        rng = torch.Generator().manual_seed(5)
        grey = target.float() - 0.5 + 0.1 * torch.randn(target.shape, generator=rng)
        loss_of = dice_loss if network.classes == 1 else cross_entropy_loss
        optimiser = torch.optim.Adam(network.parameters(), self.rate)
        losses = []
        for _ in range(self.steps):
            loss = loss_of(network(grey), target, torch.ones_like(grey))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(float(loss.detach()))
        assert losses[-1] < self.loss_max < losses[0]


def _build(contract) -> SemanticNetwork:
    torch.manual_seed(1)
    network = build(contract.name, contract.options)
    assert isinstance(network, SemanticNetwork)
    return network


def _grey(n, rows, cols):
    rng = torch.Generator().manual_seed(rows * 1000 + cols)
    return torch.rand(n, 1, rows, cols, generator=rng) * 2 - 1
