"""Tables and figures of the papers: what they train, what they print, and that nothing is trained twice."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from nanocaliper.errors import UsageError
from nanocaliper.training.networks.yolo_head import Detections
from nanocaliper.training.sample_sets import HeldOut, HeldOutSet
from small_papers import TINY, never, set_up, small_nsyolo, small_semantic, write_data
from tiny_training import make_sample

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture(autouse=True)
def _find_benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_data(tmp_path / "data")


@pytest.fixture
def make_setup(tmp_path: Path) -> Callable[..., Any]:
    return partial(set_up, tmp_path / "out")


def test_tao_compares_networks_and_trains_each_once(
    data: Path, make_setup: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import reproduce
    from papers import obtaining, running, tao, tao_sizes

    setup = make_setup(data=data)
    ours, unet = small_semantic("ours", "ours"), small_semantic("unet", "U-Net")
    page = tao.compare((unet, ours), tao.TABLE_5)(setup)
    (table,) = page.tables.values()
    assert [row[0] for row in table.rows] == ["U-Net", "ours"]
    assert all(len(row) == len(table.columns) == 10 for row in table.rows)
    assert [row[3] for row in table.rows] == ["77.85 %", "87.79 %"]
    assert page.settings["folds"] == ["0"]
    assert page.settings["test_images"] == 3
    assert "Quick variant" in page.note

    monkeypatch.setattr(obtaining, "train_runs", never)
    for module in (tao, tao_sizes):
        monkeypatch.setattr(module, "OURS", ours)
    by_part = tao.table2(setup).tables["parts"]
    assert [row[0] for row in by_part.rows] == ["validation", "test"]
    monkeypatch.setitem(reproduce.ITEMS, "tao/fig6", running.Item("", tao_sizes.fig6))
    monkeypatch.setitem(reproduce.ITEMS, "tao/fig4", running.Item("", tao.side_by_side((unet, ours))))
    for name, picture in (("tao/fig6", "sizes.png"), ("tao/fig4", "segmentations.png")):
        shown = reproduce.make(name, setup)
        folder = setup.folder / name.replace("/", "_")
        assert f"![{picture}]({picture})" in shown
        assert shown == (folder / "scores.md").read_text(encoding="utf-8")
        assert json.loads((folder / "scores.json").read_text(encoding="utf-8"))["note"] in shown
        with Image.open(folder / picture) as image:
            assert min(image.size) > 200


def test_particles_that_touch_are_not_apart() -> None:
    from papers.tao_sizes import are_apart

    labels = np.zeros((8, 8), np.int32)
    labels[1:3, 1:3], labels[4:6, 4:6] = 1, 2
    assert are_apart(labels)
    for rows, cols in ((3, 3), (3, 1), (1, 3), (2, 3)):
        touching = labels.copy()
        touching[rows, cols] = 3
        assert not are_apart(touching)
        assert not are_apart(touching[:, ::-1])
        assert not are_apart(touching.T)


def test_a_run_of_other_settings_is_not_taken_for_this_one(
    data: Path, make_setup: Callable[..., Any]
) -> None:
    from papers import tao

    make = tao.compare((small_semantic("ours", "ours"),), tao.TABLE_5)
    make(make_setup(data=data))
    with pytest.raises(UsageError, match="epochs = 1"):
        make(make_setup(data=data, changes={**TINY, "training.epochs": 2}))


def test_residualformer_pools_folds(
    data: Path, make_setup: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from papers import obtaining, residualformer

    small = replace(residualformer.OURS, network={"name": "residualformer", "common_width": 4})
    monkeypatch.setattr(residualformer, "OURS", small)
    setup = make_setup(data=data)
    folds = residualformer.folds(setup).tables["folds"]
    assert folds.columns[1:4] == ["fold 0", "fold 1", "mean ± SD of 2"]
    assert [row[0] for row in folds.rows] == list(residualformer.FOLDS)
    dice = [float(text) for text in folds.rows[0][1:3]]
    assert float(folds.rows[0][3].split(" ± ")[0]) == pytest.approx(np.mean(dice), abs=1e-4)

    monkeypatch.setattr(obtaining, "train_runs", never)
    report = residualformer.report(setup)
    pixels = sum(make_sample(k).labels.size for k in range(9))
    assert np.sum(report.figures["counts"]) == pixels, "every image is held out once"
    assert len(report.tables["report"].rows) == 5
    curves = residualformer.fig14(setup).tables["curves"]
    assert curves.rows[0][0] == "0–10"
    assert curves.rows[1][1] == "–", "one epoch only"
    assert residualformer.fig16(setup).pictures["comparison"].width > 300
    described = residualformer.data(setup)
    assert set(described.pictures) == {
        "density_distribution",
        "density_by_image",
        "grey_features",
        "pixel_balance",
        "samples",
    }
    densities, trend = (described.tables[name] for name in ("density distribution", "density by image"))
    assert sum(int(row[1]) for row in densities.rows) == 9, "every image is counted once"
    assert [row[1] for row in trend.rows[1:]] == ["–"] * 3, "nine images only"


@pytest.mark.slow
def test_nsyolo_on_simulated_images(make_setup: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from papers import nsyolo, nsyolo_heatmaps, nsyolo_limits, nsyolo_rivals, nsyolo_segmentations, obtaining
    from papers import setup as of_setup

    monkeypatch.setattr(of_setup, "_SIDE_QUICK", 64)
    monkeypatch.setattr(nsyolo_limits, "_IMAGES_QUICK", 1)
    monkeypatch.setattr(nsyolo_limits, "SHOWN", nsyolo_limits.SHOWN[-1:])
    setup = make_setup(images=6, changes={**TINY, "data.side": 64})
    ours, plain = small_nsyolo(nsyolo.OURS), small_nsyolo(nsyolo.BASELINE)
    for module in (nsyolo, nsyolo_limits, nsyolo_rivals, nsyolo_segmentations):
        monkeypatch.setattr(module, "OURS", ours)
    for module in (nsyolo, nsyolo_rivals, nsyolo_segmentations):
        monkeypatch.setattr(module, "BASELINE", plain)
    for module in (nsyolo_rivals, nsyolo_segmentations):
        monkeypatch.setattr(module, "SEMANTIC", (small_semantic("unet", "U-Net"),))
    monkeypatch.setattr(nsyolo, "SCHEMES", (plain, ours))
    table = nsyolo.ablation((plain, ours), True, "")(setup).tables["test images"]
    assert [row[2] for row in table.rows] == ["0.885", "0.946"]
    assert all(len(row) == len(table.columns) for row in table.rows)

    rivals = nsyolo_rivals.fig7(setup).tables["test images"]
    # Mask R-CNN is there where torchvision is.
    assert [row[0] for row in rivals.rows if row[0] != "Mask R-CNN"] == ["U-Net", plain.label, ours.label]

    monkeypatch.setattr(obtaining, "train_runs", never)
    unprinted = nsyolo.ablation((plain,), False, "")(setup).tables["test images"].rows[0]
    assert unprinted[2] == unprinted[4] == unprinted[6] == unprinted[8] == ""
    assert len(nsyolo.classes(setup).tables["classes"].rows) == 6
    assert len(nsyolo.losses((plain, ours), "")(setup).tables["last epoch"].rows) == 4
    assert len(nsyolo.fig10(setup).tables["shares"].rows) == 2
    shown = nsyolo_heatmaps.heatmaps((plain, ours), ("rod",), ("confidence", "mask", "boundary"), "")(setup)
    assert shown.pictures["heatmaps"].height > 2 * 250
    boundaries = nsyolo_heatmaps.heatmaps((plain, ours), ("rod", "cube"), ("boundary",), "")(setup)
    assert [row[:2] for row in boundaries.tables["boundaries"].rows] == [
        [what, one.label] for what in ("rod", "cube") for one in (plain, ours)
    ]
    pictures = nsyolo_segmentations.fig8(setup)
    assert [row[1] for row in pictures.tables["images"].rows[:3]] == ["U-Net", plain.label, ours.label]
    programs = nsyolo_segmentations.fig9(setup).tables["test images"]
    assert [row[0] for row in programs.rows] == ["Otsu", "threshold", ours.label]
    strange = nsyolo_limits.table_s4(setup).tables["unknown shapes"]
    assert [row[:2] for row in strange.rows] == [
        [shape, confidence] for shape in ("triangle", "pentagon") for confidence in ("0.25", "0.5", "0.7")
    ]
    faults = nsyolo_limits.robustness(setup).tables["faults"]
    assert [row[1] for row in faults.rows] == ["", "0", "0.5", "0.75", "0.875"]


class OneBox(nn.Module):
    """Sees one particle, whose mask is its box."""

    box = (8.0, 16.0, 40.0, 48.0)

    def forward(self, x: torch.Tensor) -> Detections:
        side = x.shape[-1]
        anchors = sum((side // s) ** 2 for s in (8, 16, 32))
        classes = torch.zeros(1, anchors, 3)
        classes[0, 2 * side // 8 + 3, 1] = 0.9
        prototypes = torch.full((1, 1, 16, 16), -1.0)
        prototypes[:, :, 4:8, 6:10] = 1.0
        boxes = torch.tensor(self.box).expand(1, anchors, 4)
        return Detections(boxes, classes, torch.full((1, anchors, 1), 20.0), prototypes)

    def decode(self, found: Detections) -> Detections:
        return found


def held_out_square() -> HeldOut:
    return HeldOutSet([make_sample(0, (64, 64))], 64, "letterbox")[0]


def test_heatmaps_show_where_particle_and_outline_are() -> None:
    from papers.using import find_heatmaps

    maps = find_heatmaps(OneBox(), held_out_square(), 0.5)
    assert all(values.shape == (64, 64) for values in maps)
    assert np.argwhere(maps.confidence > 0.5).min(axis=0).tolist() == [16, 24]
    assert (maps.confidence > 0.5).sum() == 8 * 8, "one anchor of the finest level"
    assert maps.mask[24, 32] == pytest.approx(1, abs=1e-3)
    assert maps.mask[10, 18] == pytest.approx(0, abs=1e-3)
    assert maps.mask[50, 50] == 0
    peak = np.unravel_index(maps.boundary[:, 32].argmax(), (64,))[0]
    assert min(abs(peak - 15.5), abs(peak - 31.5)) <= 1
    assert maps.boundary[24, 32] == pytest.approx(0, abs=1e-3)
    assert not find_heatmaps(OneBox(), held_out_square(), 0.95).mask.any(), "less sure than asked for"


def test_pixels_near_an_outline() -> None:
    from papers.nsyolo_heatmaps import near_outlines

    labels = np.zeros((20, 20), int)
    labels[5:15, 5:15] = 1
    near = near_outlines(labels, 1.0)
    assert near[5, 10]
    assert near[3, 10]
    assert not near[2, 10]
    assert not near[10, 10]
    assert not near_outlines(np.zeros((5, 5), int)).any()


def test_dark_field_is_bright_on_dark() -> None:
    from papers.nsyolo_limits import DARK_FIELD, FaultyImages

    sample = make_sample(3)
    inverted = sample.with_image(255 - sample.pixels, sample.labels)
    for one in (sample, inverted):
        shown = FaultyImages([one], DARK_FIELD, 0.0)[0]
        inside = shown.labels > 0
        assert shown.pixels[inside].mean() > shown.pixels[~inside].mean() + 50
    lost = FaultyImages([sample], DARK_FIELD, 0.75)[0]
    assert np.ptp(lost.pixels) < np.ptp(shown.pixels)
    assert np.array_equal(lost.pixels, FaultyImages([sample], DARK_FIELD, 0.75)[0].pixels)


def test_without_published_weights_nothing_is_held_still(
    tmp_path: Path, make_setup: Callable[..., Any]
) -> None:
    from papers.running import make_variant
    from papers.tao import OURS, UNET

    setup = make_setup(quick=False, changes={})
    made = make_variant(setup, "tao2025", {"folder": "x"}, OURS)
    assert (made.training.epochs, made.training.frozen_epochs) == (100, 0)
    (tmp_path / OURS.weights).touch()
    with_weights = replace(setup, weights=tmp_path)
    assert make_variant(with_weights, "tao2025", {"folder": "x"}, OURS).training.frozen_epochs == 50
    plain = make_variant(with_weights, "tao2025", {"folder": "x"}, UNET)
    assert (plain.network.encoder_weights, plain.training.frozen_epochs) == ("", 0)
    for wrong in ("network.encoder", "training", "other.key"):
        with pytest.raises(UsageError, match="There is no setting"):
            make_variant(replace(setup, changes={wrong: 1}), "tao2025", {"folder": "x"}, OURS)


@pytest.mark.parametrize("table", ["TABLE_2", "TABLE_3", "TABLE_4", "TABLE_5"])
def test_printed_scores_fit_together(table: str) -> None:
    """F1 and IoU follow from recall and precision: slips of ours would show, and the paper's one does."""
    from papers import tao

    for name, (iou, recall, precision, f1) in getattr(tao, table).items():
        follows = 2 * recall * precision / (recall + precision)
        assert iou == pytest.approx(100 * follows / (200 - follows), abs=0.25)
        assert (f1 == pytest.approx(follows, abs=0.1)) is (name != "pspnet")


def test_printed_counts_fit_together() -> None:
    from papers.residualformer import MATRIX, REPORT

    (_, false), (missed, right) = MATRIX
    assert f"{right / (right + false):.2f}" == REPORT["particle"][0]
    assert f"{right / (right + missed):.2f}" == REPORT["particle"][1]


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    import reproduce

    assert reproduce.main(["--list"]) == 0
    assert capsys.readouterr().out.count("\n") == len(reproduce.ITEMS)
    assert reproduce.choose_items("residualformer") == [n for n in reproduce.ITEMS if n.startswith("res")]
    for wrong, told in (
        (["tao/table9"], "expected a paper or one of"),
        (["tao/table2"], "give --data"),
        (["tao/table2", "--set", "epochs"], "--set is 'epochs'"),
    ):
        assert reproduce.main([*wrong, "-o", str(tmp_path)]) == 2
        assert told in capsys.readouterr().err
    assert reproduce.parse_change("training.epochs=20") == ("training.epochs", 20)
    assert reproduce.parse_change("training.accelerator=gpu") == ("training.accelerator", "gpu")


def test_the_page_lists_every_command() -> None:
    import reproduce

    page = (BENCHMARKS.parent / "docs" / "papers.md").read_text(encoding="utf-8")
    assert [name for name in reproduce.ITEMS if f"`{name}`" not in page] == []
