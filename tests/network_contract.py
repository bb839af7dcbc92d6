"""What every network must hold, whatever it gives; a new one that says particle or background takes three lines.

``class TestMyNetwork(SemanticContract): name = "my_network"``, in ``test_networks_semantic.py``. One that gives
particles fills in what `NetworkContract` leaves open, as those in ``test_networks_detecting.py``.
"""

import copy
from typing import ClassVar

import numpy as np
import onnxruntime
import pytest
import torch

from nanocaliper.training import export_semantic
from nanocaliper.training.losses.segmentation_losses import cross_entropy_loss, dice_loss
from nanocaliper.training.networks.catalogue import build


class NetworkContract:
    #: Name in the catalogue and switches.
    name: str
    options: ClassVar[dict[str, object]] = {}
    #: Images that it must take, rows and cols: for training, and as exported.
    shapes: ClassVar[tuple[tuple[int, int], ...]] = ((32, 32), (37, 53), (32, 96))
    exported_shapes: ClassVar[tuple[tuple[int, int], ...]] = ((64, 96), (32, 32), (37, 53), (96, 160))
    #: One batch of `size` px must be learned to `loss_max` in `steps` steps of Adam at learning rate `rate`.
    size, steps, rate, loss_max = 32, 25, 1e-3, 0.05

    # What a kind of network fills in:

    def check_outputs(self, network, x):
        """Hold that what the network gives for a batch has the right sizes and ranges."""
        raise NotImplementedError

    def list_outputs(self, network, x):
        """Give everything that a network in evaluation mode says of a batch, as a list of tensors."""
        raise NotImplementedError

    def find_loss(self, network, x, labels):
        """Give the loss of a network in training mode, and of it what can become 0."""
        raise NotImplementedError

    def list_taught(self, network):
        """Give parameters that any batch must teach: some of the network's beginning, some of its end."""
        raise NotImplementedError

    def export(self, network, path):
        """Export as `nanocaliper export` does."""
        raise NotImplementedError

    def check_learned(self, network, x, labels):
        """Hold that a network in evaluation mode finds what it has learned."""

    def enliven(self, network):
        """Bring a new network to where all of its parts matter to what it gives."""
        return network.eval()

    # What all must hold:

    def build(self, seed=1):
        torch.manual_seed(seed)
        return build(self.name, self.options)

    @pytest.fixture(scope="class")
    @classmethod
    def network(cls):
        return cls().enliven(cls().build())

    def test_outputs_fit_the_input(self, network):
        for shape in self.shapes:
            with torch.no_grad():
                self.check_outputs(network, _grey(2, *shape))

    def test_every_parameter_gets_a_gradient(self):
        network = self.build().train()
        x, labels = draw_particles(64)
        self.find_loss(network, x, labels)[0].backward()
        missing = [
            name for name, p in network.named_parameters() if p.grad is None or not p.grad.isfinite().all()
        ]
        assert missing == []
        assert all(p.grad.any() for p in self.list_taught(network))

    def test_the_state_comes_back_from_a_file(self, network, tmp_path):
        torch.save(network.state_dict(), tmp_path / "state.pt")
        other = self.build(seed=99).eval()
        x = _grey(1, 64, 96)
        with torch.no_grad():
            expected = self.list_outputs(network, x)
            assert not _same(self.list_outputs(other, x), expected)
            other.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
            assert _same(self.list_outputs(other, x), expected)

    def test_a_seed_decides_everything(self, network):
        x = _grey(1, 32, 32)
        with torch.no_grad():
            again = self.list_outputs(self.enliven(self.build()), x)
            assert _same(again, self.list_outputs(network, x))

    def test_onnx_gives_the_same_at_any_size(self, network, tmp_path):
        self.export(network, tmp_path / "network.onnx")
        session = onnxruntime.InferenceSession(tmp_path / "network.onnx", providers=["CPUExecutionProvider"])
        # In double precision, for torch itself rounds as much as the other does.
        exact = copy.deepcopy(network).double().eval()
        for shape in self.exported_shapes:
            x = _grey(1, *shape)
            with torch.no_grad():
                expected = self.list_outputs(exact, x.double())
            found = session.run(None, {"grey": x.numpy()})
            for one, other in zip(found, expected, strict=True):
                # Relative to the greatest value: a box of 400 px has no more than 10⁻⁵ px as float32.
                unit = max(1, other.abs().max().item())
                assert np.abs(one - other.numpy()).max() <= 1e-4 * unit, shape

    def test_one_batch_is_learned(self):
        network = self.build().train()
        x, labels = draw_particles(self.size)
        optimiser = torch.optim.Adam(network.parameters(), self.rate)
        losses = []
        for step in range(self.steps):
            # Rates fall to 0, for a last step of full length leads away from where it should end.
            optimiser.param_groups[0]["lr"] = self.rate * min(1.0, 2 * (1 - step / self.steps))
            loss, left = self.find_loss(network, x, labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(float(left.detach()))
        assert losses[-1] < self.loss_max < losses[0]
        with torch.no_grad():
            self.check_learned(network.eval(), x, labels)


class SemanticContract(NetworkContract):
    """Networks that say particle or background for each pixel."""

    def check_outputs(self, network, x):
        logits = network(x)
        assert logits.shape == (len(x), network.classes, *x.shape[2:])
        probability = network.probability(logits)
        assert probability.shape == x.shape
        assert 0 <= probability.min() <= probability.max() <= 1

    def list_outputs(self, network, x):
        return [network.probability(network(x))]

    def find_loss(self, network, x, labels):
        target = torch.from_numpy((labels > 0).astype(np.int64))[:, None]
        loss_of = dice_loss if network.classes == 1 else cross_entropy_loss
        loss = loss_of(network(x), target, torch.ones_like(x))
        return loss, loss

    def list_taught(self, network):
        return [next(network.encoder.parameters()), *network.head.parameters()]

    def export(self, network, path):
        export_semantic.export_onnx(network, path)

    def test_a_frozen_encoder_does_not_move(self):
        network = self.build().train()
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


def draw_particles(size):
    """Two images of `size` px: grey (2, 1, rows, cols) in [-1, 1], and labels (2, rows, cols)."""
    rows, cols = np.indices((size, size)) - size / 2
    labels = np.stack([np.hypot(rows, cols) < size / 4, np.abs(rows + 3) < size / 5]).astype(np.int32)
    rng = torch.Generator().manual_seed(5)
    grey = torch.from_numpy(labels).float()[:, None] - 0.5
    return grey + 0.1 * torch.randn(grey.shape, generator=rng), labels


def _same(first, second):
    return len(first) == len(second) and all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def _grey(n, rows, cols):
    rng = torch.Generator().manual_seed(rows * 1000 + cols)
    return torch.rand(n, 1, rows, cols, generator=rng) * 2 - 1
