"""NSYOLO and its parts: against ordinary convolution, full attention, published counts, and by learning."""

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="needs the train extra")

from torch.nn import functional as f  # noqa: E402

from nanocaliper.errors import UsageError  # noqa: E402
from nanocaliper.segmentation.decoders.prototypes import decode_prototypes  # noqa: E402
from nanocaliper.training.losses.nsyolo_loss import nsyolo_loss, targets_of  # noqa: E402
from nanocaliper.training.networks.counts import count_gflops, count_parameters  # noqa: E402
from nanocaliper.training.networks.nsyolo import NSYOLO, NsyoloOptions  # noqa: E402
from nanocaliper.training.networks.routing_attention import RoutingAttention  # noqa: E402
from nanocaliper.training.networks.snake_convolution import (  # noqa: E402
    BADSConv,
    DSConv,
    boundary_map,
    cumulate_offsets,
)
from nanocaliper.training.networks.yolo_blocks import SPPF, Attention  # noqa: E402
from nanocaliper.training.networks.yolo_head import (  # noqa: E402
    expected_distances,
    place_anchors,
)

SCHEMES = [("plain", "psa"), ("dsconv", "psa"), ("badsconv", "psa"), ("plain", "bra"), ("badsconv", "bra")]
THREE = ("sphere", "rod", "cube")


# --- snake convolution


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([3, 5, 9]), st.sampled_from(["cols", "rows"]))
def test_a_straight_snake_is_an_ordinary_convolution_along_a_line(seed, points, along):
    torch.manual_seed(seed)
    snake = DSConv(3, 4, points, along).double()
    x = torch.randn(2, 3, 7, 10, dtype=torch.float64)
    found = snake.conv(snake.sample(x, torch.zeros(2, points, 7, 10, dtype=torch.float64)))
    reach = points // 2
    if along == "cols":
        expected = f.conv2d(f.pad(x, (reach, reach, 0, 0), mode="replicate"), snake.conv.weight)
    else:
        kernel = snake.conv.weight.transpose(2, 3)
        expected = f.conv2d(f.pad(x, (0, 0, reach, reach), mode="replicate"), kernel)
    # Positions are float32, however the map is given.
    assert (found - expected).abs().max() < 1e-5


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["cols", "rows"]))
def test_a_bent_snake_samples_where_its_offsets_add_up_to(seed, along):
    torch.manual_seed(seed)
    points, rows, cols = 5, 6, 7
    snake = DSConv(1, 1, points, along)
    x = torch.randn(1, 1, rows, cols)
    offsets = torch.rand(1, points, rows, cols) * 4 - 2
    found = snake.sample(x, offsets).reshape(rows, cols, points)

    def at(row, col):
        row, col = min(max(row, 0), rows - 1), min(max(col, 0), cols - 1)
        r, c = min(int(row), rows - 2), min(int(col), cols - 2)
        a, b = row - r, col - c
        v = x[0, 0]
        upper = (1 - b) * v[r, c] + b * v[r, c + 1]
        return ((1 - a) * upper + a * ((1 - b) * v[r + 1, c] + b * v[r + 1, c + 1])).item()

    for row in range(rows):
        for col in range(cols):
            o = offsets[0, :, row, col].tolist()
            bends = [o[0] + o[1], o[1], 0, o[3], o[3] + o[4]]
            for k, bend in enumerate(bends):
                place = (row + bend, col + k - 2) if along == "cols" else (row + k - 2, col + bend)
                assert found[row, col, k].item() == pytest.approx(at(*place), abs=1e-4)


def test_offsets_add_up_from_the_middle():
    offsets = torch.tensor([1.0, 2.0, 50.0, 3.0, 4.0]).reshape(1, 5, 1, 1)
    assert cumulate_offsets(offsets).flatten().tolist() == [3, 2, 0, 3, 7]


def test_boundary_map_by_hand():
    x = torch.zeros(1, 2, 20, 24)
    x[:, 0, 10:] = 4.0  # a step between rows 9 and 10 in one channel of two
    edges = boundary_map(x)[0, 0]
    # The forward difference lies on row 9: 4 / 2 channels there, spread over 3, 5 and 7 rows.
    assert edges[9].numpy() == pytest.approx(np.full(24, 2 * (1 / 3 + 1 / 5 + 1 / 7) / 3), rel=1e-5)
    assert edges[11, 5].item() == pytest.approx(2 * (1 / 5 + 1 / 7) / 3)
    assert edges[12, 5].item() == pytest.approx(2 / 7 / 3)
    assert edges[13].abs().max() == 0
    # A ramp is as steep at the map's first rows as in its middle; behind the last row there is no difference.
    ramp = torch.arange(20.0).reshape(1, 1, 20, 1).expand(1, 1, 20, 24)
    assert boundary_map(ramp)[0, 0, :16].numpy() == pytest.approx(np.ones((16, 24)), rel=1e-5)
    assert (boundary_map(ramp)[0, 0, 19] < 1).all()
    turned = boundary_map(x.transpose(2, 3))[0, 0]
    assert turned.T.numpy() == pytest.approx(edges.numpy(), abs=1e-6)


def test_boundaries_enlarge_the_offsets_up_to_twofold():
    torch.manual_seed(0)
    block = BADSConv(4, 6, points=5).eval()
    seen = []
    for snake in (block.along_cols, block.along_rows):
        snake.register_forward_pre_hook(lambda _, given: seen.append(given[1]))
    x = torch.randn(1, 4, 9, 11)
    out = block(x)
    assert out.shape == (1, 6, 9, 11)
    plain = block.predict_offsets(x).tanh()
    given_offsets = torch.cat(seen, dim=1)
    attention = block.boundary_attention(x)
    assert given_offsets.detach().numpy() == pytest.approx((plain * (1 + attention)).detach().numpy())
    assert (attention > 0).all()
    assert (attention < 1).all()
    # The shares start equal, and with all on one branch the others are out.
    block.shares.data = torch.tensor([80.0, 0.0, 0.0])
    assert block(x).detach().numpy() == pytest.approx(block.join(block.plain(x)).detach().numpy(), abs=1e-5)


# --- attention


def _attend(query, key, value, heads, width):
    """Full attention of positions (n, channels), head by head."""
    parts = []
    for head in range(heads):
        channels = slice(head * width, (head + 1) * width)
        weights = (query[:, channels] @ key[:, channels].T / width**0.5).softmax(dim=1)
        parts.append(weights @ value[:, channels])
    return torch.cat(parts, dim=1)


@pytest.mark.parametrize("shape", [(8, 12), (7, 9), (2, 3), (5, 13)])
@pytest.mark.parametrize("channels", [64, 20])
def test_routing_to_all_regions_is_full_attention(shape, channels):
    torch.manual_seed(1)
    attention = RoutingAttention(channels, regions=4, routed=16).double()
    x = torch.randn(2, channels, *shape, dtype=torch.float64)
    found = attention(x)
    query, key, value = attention.project_in(x).chunk(3, dim=1)
    heads = 2 if channels == 64 else 1
    for i in range(2):
        flat = [part[i].flatten(1).T for part in (query, key, value)]
        attended = _attend(*flat, heads, channels // heads).T.reshape(1, channels, *shape)
        expected = attention.project_out(attended + attention.local(value[i : i + 1]))
        assert (found[i] - expected[0]).abs().max() < 1e-12


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 11), st.integers(2, 11), st.integers(1, 9))
def test_routing_is_that_of_one_region_after_the_other(seed, rows, cols, routed):
    torch.manual_seed(seed)
    regions = 3
    attention = RoutingAttention(32, regions, routed).double()
    x = torch.randn(1, 32, rows, cols, dtype=torch.float64)
    query, key, value = attention.project_in(x).chunk(3, dim=1)
    high, wide = -(-rows // regions), -(-cols // regions)
    parts = [
        [
            (r, c)
            for r in range(i * high, min((i + 1) * high, rows))
            for c in range(j * wide, min((j + 1) * wide, cols))
        ]
        for i in range(regions)
        for j in range(regions)
    ]
    parts = [part for part in parts if part]

    def at(values, part):
        return torch.stack([values[0, :, r, c] for r, c in part])

    attended = torch.zeros_like(x)
    for part in parts:
        mean = at(query, part).mean(dim=0)
        affinity = [(mean @ at(key, other).mean(dim=0)).item() for other in parts]
        best = sorted(range(len(parts)), key=lambda p: -affinity[p])[:routed]
        seen = [place for p in best for place in parts[p]]
        result = _attend(at(query, part), at(key, seen), at(value, seen), 1, 32)
        for (r, c), values in zip(part, result, strict=True):
            attended[0, :, r, c] = values
    expected = attention.project_out(attended + attention.local(value))
    assert (attention(x) - expected).abs().max() < 1e-12


def test_psa_is_full_attention_with_narrow_keys():
    torch.manual_seed(2)
    attention = Attention(128).eval().double()
    x = torch.randn(1, 128, 3, 5, dtype=torch.float64)
    projected = attention.project_in(x).reshape(2, 128, 15)
    outputs, values = [], []
    for head in projected:
        query, key, value = head[:32], head[32:64], head[64:]
        outputs.append(value @ (query.T @ key / 32**0.5).softmax(dim=1).T)
        values.append(value)
    attended, value = (torch.cat(part).reshape(1, 128, 3, 5) for part in (outputs, values))
    expected = attention.project_out(attended + attention.position(value))
    assert (attention(x) - expected).abs().max() < 1e-12


def test_pyramid_pooling_looks_13_px_wide():
    torch.manual_seed(3)
    pooling = SPPF(8).eval()
    x = torch.zeros(1, 8, 31, 31, requires_grad=True)
    pooling(x + torch.rand(1, 8, 31, 31))[0, :, 15, 15].sum().backward()
    rows, cols = np.nonzero(x.grad[0].abs().sum(dim=0).numpy())
    assert max(np.abs(rows - 15).max(), np.abs(cols - 15).max()) <= 6


# --- head


def test_distances_and_anchors_by_hand():
    logits = torch.full((4, 16), -50.0)
    logits[0, 3] = logits[1, 0] = logits[2, 15] = 50
    logits[3, 4] = logits[3, 5] = 50
    assert expected_distances(logits.reshape(1, 64)).tolist()[0] == pytest.approx([3, 0, 15, 4.5])
    levels = [torch.zeros(1, 1, 64 // s, 96 // s) for s in (8, 16, 32)]
    anchors, strides = place_anchors(levels)
    assert anchors.shape == (8 * 12 + 4 * 6 + 2 * 3, 2)
    assert anchors[:2].tolist() == [[4, 4], [4, 12]]
    assert anchors[-1].tolist() == [48, 80]
    assert strides[[0, 96, -1], 0].tolist() == [8, 16, 32]


def test_a_new_network_expects_few_particles_and_broad_boxes():
    network = NSYOLO(NsyoloOptions(classes=THREE)).eval()
    with torch.no_grad():
        found = network.decode(network(torch.zeros(1, 1, 640, 640)))
    # So many that an image of 640 x 640 px shows five a class and level, whatever the level.
    assert found.classes.sum(dim=1).numpy() == pytest.approx(np.full((1, 3), 5.0), rel=0.3)
    sides = found.boxes[0, :, 2:] - found.boxes[0, :, :2]
    assert sides[0].tolist() == pytest.approx([2 * 7.5 * 8] * 2, rel=0.05)


# --- the whole


def test_counts_are_the_published_ones():
    baseline = {"classes": tuple(map(str, range(80))), "neck": "plain", "attention": "psa"}
    network = NSYOLO(NsyoloOptions(**baseline))
    # Published: 2 876 848, with the 16 fixed numbers of the distributions' steps; 9.7 GFLOPs.
    assert count_parameters(network) == 2_876_848 - 16
    assert count_gflops(network) == pytest.approx(9.7, abs=0.15)
    # Size s: 10 113 248.
    assert count_parameters(NSYOLO(NsyoloOptions(**baseline, width=0.5))) == 10_113_248 - 16


def test_counts_in_the_documentation():
    page = (Path(__file__).parents[1] / "docs" / "nsyolo.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|[^|]+\| (\w+) \| (psa|bra) \| (\d+) \| (\d+) \| ([\d.]+) \|$", page, re.MULTILINE)
    assert [row[:3] for row in rows] == [("plain", "psa", "80"), *((*scheme, "3") for scheme in SCHEMES)]
    for neck, attention, classes, parameters, gflops in rows:
        names = tuple(map(str, range(int(classes))))
        network = NSYOLO(NsyoloOptions(classes=names, neck=neck, attention=attention))
        assert count_parameters(network) == int(parameters)
        assert count_gflops(network) == pytest.approx(float(gflops), abs=0.005)


@pytest.mark.parametrize(("neck", "attention"), SCHEMES)
@pytest.mark.parametrize("shape", [(64, 96), (160, 128)])
def test_shapes_and_gradients(neck, attention, shape):
    torch.manual_seed(0)
    network = NSYOLO(NsyoloOptions(classes=THREE, neck=neck, attention=attention))
    raw = network(torch.rand(2, 1, *shape) * 2 - 1)
    anchors = sum(shape[0] // s * (shape[1] // s) for s in (8, 16, 32))
    found = network.decode(raw)
    assert [tuple(part.shape) for part in found] == [
        (2, anchors, 4),
        (2, anchors, 3),
        (2, anchors, 32),
        (2, 32, shape[0] // 4, shape[1] // 4),
    ]
    assert (found.boxes[..., 2:] > found.boxes[..., :2]).all()
    labels = np.zeros(shape, np.int32)
    labels[4:60, 8:60] = 1
    labels[10:40, 70:90] = 2
    targets = targets_of(labels, np.array([0, 0, 2]))
    loss, _ = nsyolo_loss(raw, [targets, targets])
    loss.backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        # Box branches answer only where a particle was assigned to their level.
        if not name.startswith(("head.boxes", "head.coefficients")):
            assert parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize(
    "options",
    [
        {"neck": "snake"},
        {"attention": "none"},
        {"classes": ()},
        {"classes": "sphere"},
        {"classes": ("rod", "rod")},
        {"snake_points": 4},
        {"regions": 2, "routed_regions": 5},
        {"width": 0.0},
    ],
)
def test_impossible_options_are_refused(options):
    with pytest.raises(UsageError, match="expected"):
        NsyoloOptions(**options)
    assert set(options) <= {field.name for field in fields(NsyoloOptions)}


@pytest.mark.slow
@pytest.mark.parametrize(("neck", "attention"), [("plain", "psa"), ("badsconv", "bra")])
def test_one_image_is_learned_by_heart(neck, attention):
    labels, grey = _draw_particles()
    torch.manual_seed(0)
    network = NSYOLO(NsyoloOptions(classes=THREE, neck=neck, attention=attention))
    targets = [targets_of(labels, np.array([0, 0, 1, 2, 0]))]
    x = torch.from_numpy(grey[None, None])
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=160)
    for _ in range(160):
        loss, parts = nsyolo_loss(network(x), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    assert parts["box"] < 0.15
    assert parts["classes"] < 0.15
    with torch.no_grad():
        network.eval()
        found = network.decode(network(x))
    particles = decode_prototypes(*(part[0].numpy() for part in found), labels.shape, confidence=0.5)
    assert particles.hidden == 0
    assert len(particles.scores) == 4
    for number, kind in enumerate([0, 1, 2, 0], start=1):
        true = labels == number
        match = int(np.bincount(particles.labels[true]).argmax())
        mask = particles.labels == match
        assert (mask & true).sum() / (mask | true).sum() > 0.9
        assert particles.classes[match - 1] == kind


def _draw_particles():
    """Two spheres, a rod and a cube on noise: labels, and grey values in [-1, 1]."""
    r, c = np.indices((128, 160))
    labels = np.zeros((128, 160), np.int32)
    labels[np.hypot(r - 35, c - 40) < 20] = 1
    labels[(np.abs((r - 90) + (c - 50) * 0.5) < 10) & (np.abs((c - 50) - (r - 90) * 0.5) < 35)] = 2
    labels[70:110, 100:140] = 3
    labels[np.hypot(r - 32, c - 115) < 18] = 4
    noise = np.random.default_rng(0).normal(0, 0.1, labels.shape)
    return labels, np.clip(np.where(labels > 0, 0.5, -0.5) + noise, -1, 1).astype(np.float32)
