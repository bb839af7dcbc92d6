"""Tables of the papers from networks that are trained already: used as they are, on what they did not see."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nanocaliper.errors import UsageError
from nanocaliper.training import export_model as exporting
from nanocaliper.training.export_model import export_model
from small_papers import never, set_up, small_nsyolo, small_semantic, write_data

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture(autouse=True)
def _prepare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    monkeypatch.setattr(exporting, "_REACH_PX", 32)
    monkeypatch.setattr(exporting, "_PARITY_SIZES", ((64, 96),))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_data(tmp_path / "data")


@pytest.fixture
def trained(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of Tao's small network, fold 0 held out; from here on nothing is trained."""
    from papers import obtaining, tao, tao_sizes

    ours = small_semantic("ours", "ours", own=True)
    for module in (tao, tao_sizes):
        monkeypatch.setattr(module, "OURS", ours)
    setup = set_up(tmp_path / "before", data=data)
    wanted = {"folder": str(data), "split": "folds.csv"}
    (run,) = obtaining.obtain(setup, "tao", "tao2025", lambda: wanted, (ours,), "0")["ours"]
    monkeypatch.setattr(obtaining, "train_runs", never)
    return run.folder


def use(out: Path, place: Path | str, **changes: Any) -> Any:
    return set_up(out, changes={}, quick=False, models={"": str(place)}, **changes)


def test_a_run_is_used_as_it_is(tmp_path: Path, trained: Path) -> None:
    from papers import tao

    stored = json.loads((trained / "evaluation" / "scores.json").read_text(encoding="utf-8"))["scores"]
    setup = use(tmp_path / "out", trained.parent)  # the folds below it
    page = tao.compare((tao.OURS,), tao.TABLE_5)(setup)
    assert page.figures["ours"]["semantic_iou"] == stored["semantic_iou"]
    assert page.settings["folds"] == ["0"]
    assert page.settings["epochs"] == 1
    with pytest.raises(UsageError, match="--fold is 1; the runs that --model gives held out 0"):
        tao.table1(use(tmp_path / "out", trained.parent, fold="1"))
    assert "1 epochs of" in page.note
    assert f"{trained.parent.name}/fold0" in page.note
    assert [row[1] for row in tao.table1(setup).tables["parts"].rows] == ["5", "1", "3"]
    assert tao.table2(setup).tables["parts"].rows[0][1] != "–"


def test_a_model_gives_the_scores_of_its_run_on_the_fold_it_did_not_see(
    tmp_path: Path, data: Path, trained: Path
) -> None:
    from papers import residualformer, running, tao, tao_sizes

    export_model(trained, tmp_path / "model", "mine")
    setup = use(tmp_path / "out", tmp_path / "model", data=data)
    stored = json.loads((trained / "evaluation" / "scores.json").read_text(encoding="utf-8"))["scores"]
    page = tao.compare((tao.OURS,), tao.TABLE_5)(setup)
    assert page.figures["ours"]["semantic_iou"] == pytest.approx(stored["semantic_iou"], abs=1e-3)
    assert page.settings["test_images"] == 3
    assert "epochs" not in {name for name, value in page.settings.items() if value is not None}
    assert "the model mine" in page.note
    assert "fold 0, which it did not see" in page.note
    sizes = tao_sizes.fig6(setup).tables["sizes"]
    assert list(sizes.columns) == [
        "score",
        "ours",
        "ours, particles apart",
        "as the program measures",
        "paper",
    ]
    assert tao.side_by_side((tao.OURS,))(setup).pictures["segmentations"].width > 300
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(running, "score_on", never)
        tao_sizes.fig6(setup)
    with pytest.raises(UsageError, match="give --model the folder of a run"):
        residualformer.fig14(setup)


def test_what_a_model_may_have_seen_is_refused(tmp_path: Path, data: Path, trained: Path) -> None:
    from papers import tao

    make = tao.compare((tao.OURS,), tao.TABLE_5)
    export_model(trained, tmp_path / "model", "mine")
    with pytest.raises(UsageError, match="saw fold 1 in training; expected --fold 0"):
        make(use(tmp_path / "out", tmp_path / "model", data=data, fold="1"))
    card = tmp_path / "model" / "card.toml"
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace("held_out_fold = 0\n", ""), encoding="utf-8")
    with pytest.raises(UsageError, match=r"does not state training\.held_out_fold"):
        make(use(tmp_path / "out", tmp_path / "model", data=data))
    (data / "images" / "image0.png").write_bytes((data / "images" / "image1.png").read_bytes())
    with pytest.raises(UsageError, match="was changed"):
        make(use(tmp_path / "out", trained))


def test_networks_that_do_not_fit_are_refused(tmp_path: Path, data: Path, trained: Path) -> None:
    from papers import nsyolo, tao

    make = tao.compare((tao.OURS, tao.UNET), tao.TABLE_5)
    with pytest.raises(UsageError, match="expected a network of pixels"):
        make(use(tmp_path / "out", "nsyolo", data=data))
    with pytest.raises(UsageError, match=r"expected some of ours \(or no name\), unet"):
        make(set_up(tmp_path / "out", changes={}, data=data, models={"pspnet": str(trained)}))
    with pytest.raises(UsageError, match="is of the network 'residualformer'; expected 'nsyolo'"):
        nsyolo.ablation(nsyolo.SCHEMES, True, "")(use(tmp_path / "out", trained))
    both = {"": str(trained), "unet": "crcra_unet"}
    setup = set_up(tmp_path / "out", changes={}, models=both, data=data)  # of which quick copies a few
    with pytest.raises(UsageError, match="held out other images"):
        make(setup)


def test_an_exported_nsyolo_shows_what_the_network_shows(tmp_path: Path) -> None:
    import torch

    from nanocaliper.inference.catalogue import find_model
    from nanocaliper.training.networks.catalogue import build
    from nanocaliper.training.sample_sets import HeldOutSet
    from papers.exported import find_square, open_exported
    from papers.nsyolo import OURS
    from papers.using import find_heatmaps
    from tiny_training import make_sample

    torch.manual_seed(0)
    options = {**small_nsyolo(OURS).network}
    name = options.pop("name")
    network = build(name, options).eval()
    torch.save(network.state_dict(), tmp_path / "best.pt")
    words = "".join(f"{key} = {json.dumps(value)}\n" for key, value in options.items())
    text = f"[data]\nside = 64\n[network]\nname = 'nsyolo'\n{words}"
    (tmp_path / "best.toml").write_text(text, encoding="utf-8")
    export_model(tmp_path / "best.pt", tmp_path / "model")
    card = find_model(str(tmp_path / "model"))
    assert find_square(card, "prototypes") == (64, "letterbox")
    image = HeldOutSet([make_sample(0, (64, 64))], 64, "letterbox")[0]
    own, exported = (find_heatmaps(one, image, 1e-6) for one in (network, open_exported(card)))
    assert own.mask.any()
    for expected, found in zip(own, exported, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-3)


def test_otsu_takes_the_side_that_is_particle() -> None:
    from papers.nsyolo_segmentations import by_otsu

    truth = np.zeros((30, 30), bool)
    truth[5:10, 5:10] = truth[15:29, 12:29] = True
    for inside, outside in ((200, 40), (40, 200)):
        pixels = np.where(truth, inside, outside).astype(np.uint8)
        labels = by_otsu(pixels, truth)
        assert np.array_equal(labels > 0, truth)
        assert labels.max() == 2


def test_the_command_takes_networks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    import reproduce

    assert reproduce.parse_models(["a", "yolo11=b=c"]) == {"": "a", "yolo11": "b=c"}
    for arguments, told in (
        (["--model", "a", "--model", "b"], "once for each network"),
        (["--model", "yolo11="], "expected a run or a model"),
        (["--model", "nsyolo", "--set", "training.epochs=2"], "both --set and --model"),
        (["--model", "nothing"], "No model 'nothing'"),
    ):
        assert (
            reproduce.main(["nsyolo/table1", *arguments, "--quick", "--images", "1", "-o", str(tmp_path)])
            == 2
        )
        assert told in capsys.readouterr().err
