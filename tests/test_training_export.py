"""From a trained network to a model folder that measures: each kind of network, and what is refused."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the train extra")
pytest.importorskip("onnx", reason="needs the train extra")

from PIL import Image  # noqa: E402

from nanocaliper.cli.app import main  # noqa: E402
from nanocaliper.errors import ModelError, UsageError  # noqa: E402
from nanocaliper.inference.catalogue import find_model  # noqa: E402
from nanocaliper.training import export_model as module  # noqa: E402
from nanocaliper.training.export_model import export_model  # noqa: E402
from nanocaliper.training.export_semantic import sees_no_further  # noqa: E402
from nanocaliper.training.networks.catalogue import build  # noqa: E402
from nanocaliper.training.networks.particle_unet import ParticleUNet  # noqa: E402
from nanocaliper.training.trained_run import start_from  # noqa: E402
from network_stand_ins import draw_discs  # noqa: E402

NETWORKS = {
    "residualformer": {"common_width": 2},
    "crcra_unet": {"encoder": "mobilenet_v2", "crcra": True},
    "nsyolo": {"width": 0.125, "classes": ["sphere", "rod"]},
}


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(module, "_REACH_PX", 32)
    monkeypatch.setattr(module, "_PARITY_SIZES", ((64, 96), (96, 32)))


def _write_run(folder, name, options=None, **state):
    """A run's folder as training leaves it, with random weights."""
    torch.manual_seed(0)
    options = NETWORKS.get(name, {}) if options is None else options
    network = build(name, options)
    for weight in network.parameters():
        if not weight.any():  # attention that starts even looks nowhere yet
            torch.nn.init.normal_(weight, std=0.1)
    folder.mkdir(parents=True, exist_ok=True)
    weights = {f"network.{key}": value for key, value in network.state_dict().items()}
    torch.save({"state_dict": weights, "epoch": 4} | state, folder / "last.ckpt")
    settings = {
        "data": {"folder": "labelled", "side": 128, "fit": "letterbox", "classes": []},
        "network": {"name": name, **options, "encoder_weights": "", "fetch_encoder_weights": False},
        "training": {"loss": "dice", "confidence": 0.4},
    }
    (folder / "settings.json").write_text(json.dumps({"settings": settings, "fold": "2"}))
    return folder


def _run(*arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code


@pytest.mark.parametrize(
    "name", ["crcra_unet", "nsyolo", pytest.param("residualformer", marks=pytest.mark.slow)]
)
def test_a_run_becomes_a_model_that_measures(tmp_path, name, capsys, monkeypatch):
    monkeypatch.setattr(module, "_REACH_PX", 96)
    run, model = _write_run(tmp_path / "runs" / "first", name), tmp_path / "my modél"
    assert _run("export", run, "-o", model, "--name", "mine") == 0
    card = find_model(str(model))
    assert card.name == "mine"
    assert card.scores["onnx_parity"] <= 1e-4
    assert card.input["long_side_px"] == 128
    assert card.training["epochs"] == 5
    assert card.training["held_out_fold"] == 2
    assert card.decoder["name"] == ("prototypes" if name == "nsyolo" else "semantic")
    assert ("reach_px" in card.input) == (name == "residualformer")  # CBAM pools over the whole image
    assert not list(tmp_path.glob("*.part"))
    Image.fromarray(draw_discs((90, 150), [(40, 50, 20), (50, 110, 15)])).save(tmp_path / "discs.png")
    assert _run("measure", tmp_path / "discs.png", "-o", tmp_path / "out", "--model", model) == 0
    result = json.loads(next((tmp_path / "out").glob("*/result.json")).read_text(encoding="utf-8"))
    assert result["segmentation"]["settings"]["working_scale"] == pytest.approx(128 / 150, abs=1e-3)
    capsys.readouterr()
    assert _run("export", run, "-o", model) == 2
    assert "There is a model in" in capsys.readouterr().err


def test_a_checkpoint_of_particle_unet_becomes_a_model(tmp_path):
    torch.manual_seed(0)
    average = torch.optim.swa_utils.AveragedModel(ParticleUNet())
    torch.save({"average": average.state_dict(), "step": 7}, tmp_path / "checkpoint.pt")
    assert export_model(tmp_path / "checkpoint.pt", tmp_path / "model") <= 1e-4
    card = find_model(str(tmp_path / "model"))
    assert card.decoder == find_model("particle_unet").decoder
    assert card.training["steps"] == 7
    assert card.scores["onnx_parity"] <= 1e-4


def test_weights_with_a_file_of_words_are_a_run_too(tmp_path):
    torch.manual_seed(0)
    network = build("nsyolo", {"width": 0.125})
    torch.save(network.state_dict(), tmp_path / "best.pt")
    text = '[data]\nside = 64\nfit = "stretch"\n[network]\nname = "nsyolo"\nwidth = 0.125\n'
    (tmp_path / "best.toml").write_text(text)
    export_model(tmp_path / "best.pt", tmp_path / "model")
    assert find_model(str(tmp_path / "model")).input["short_side_px"] == 64


def test_of_the_checkpoints_the_best_counts(tmp_path):
    run = _write_run(tmp_path / "run", "nsyolo")
    (run / "last.ckpt").rename(run / "best.ckpt")
    (run / "last.ckpt").write_bytes(b"not it")
    export_model(run, tmp_path / "model")
    assert find_model(str(tmp_path / "model")).training["checkpoint"] == "best.ckpt"


def test_classes_that_the_run_wrote_down_are_taken(tmp_path):
    run = _write_run(tmp_path / "run", "nsyolo")
    content = json.loads((run / "settings.json").read_text())
    del content["settings"]["network"]["classes"]
    (run / "settings.json").write_text(json.dumps(content))
    with pytest.raises(UsageError, match="tells 2 classes apart"):
        export_model(run, tmp_path / "model")
    (run / "settings.json").write_text(json.dumps(content | {"classes": ["cube", "plate"]}))
    export_model(run, tmp_path / "model")
    assert find_model(str(tmp_path / "model")).output["classes"] == ["cube", "plate"]


def _damage(run):
    (run / "last.ckpt").write_bytes((run / "last.ckpt").read_bytes()[:2000])


def _take_another(run):
    torch.save({"state_dict": {"network.a": torch.zeros(3)}}, run / "last.ckpt")


def _empty(run):
    torch.save([1, 2], run / "last.ckpt")


def _make_infinite(run):
    state = torch.load(run / "last.ckpt", weights_only=True)
    state["state_dict"]["network.head.6.bias"] += torch.nan
    torch.save(state, run / "last.ckpt")


def _describe(old, new):
    def change(run):
        text = (run / "settings.json").read_text()
        assert old in text
        (run / "settings.json").write_text(text.replace(old, new))

    return change


@pytest.mark.parametrize(
    ("harm", "kind", "message"),
    [
        (_damage, ModelError, "is no checkpoint, or damaged"),
        (lambda run: (run / "last.ckpt").write_bytes(b""), ModelError, "is no checkpoint, or damaged"),
        (_take_another, ModelError, "are not those of the network 'residualformer'"),
        (_empty, ModelError, "holds no weights by name"),
        (_make_infinite, ModelError, "values that are not finite"),
        (lambda run: (run / "last.ckpt").unlink(), UsageError, "There is no checkpoint"),
        (lambda run: (run / "settings.json").unlink(), UsageError, "Nothing says what network"),
        (_describe('"settings"', '"other"'), UsageError, "is damaged"),
        (_describe('"residualformer"', '"unknown"'), UsageError, "There is no network 'unknown'"),
        (_describe('"residualformer"', "7"), UsageError, "names no network"),
        (_describe('"common_width": 2', '"common_width": 3'), ModelError, "are not those of the network"),
        (_describe('"common_width": 2', '"width": 3'), UsageError, "has no option 'width'"),
        (_describe('"side": 128', '"side": "large"'), UsageError, "side = 'large'"),
        (_describe('"network": {', '"network": 7, "other": {'), UsageError, r"no table \[network\]"),
    ],
)
def test_what_is_no_whole_run_is_refused_in_a_sentence(tmp_path, harm, kind, message):
    run = _write_run(tmp_path / "run", "residualformer")
    harm(run)
    with pytest.raises(kind, match=message) as caught:
        export_model(run, tmp_path / "model")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "model").exists()
    assert not list(tmp_path.glob("*.part"))


def test_a_folder_of_several_runs_names_them(tmp_path):
    _write_run(tmp_path / "runs" / "fold_0", "residualformer")
    with pytest.raises(UsageError, match="holds the runs fold_0"):
        export_model(tmp_path / "runs", tmp_path / "model")
    with pytest.raises(UsageError, match="There is no '"):
        export_model(tmp_path / "nowhere.ckpt", tmp_path / "model")


def test_without_torch_a_sentence_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("nanocaliper.cli.export.find_spec", {}.get)
    assert _run("export", tmp_path, "-o", tmp_path / "model") == 2
    assert "pip install 'nanocaliper[train]'" in capsys.readouterr().err


@pytest.mark.slow
def test_how_far_a_network_sees():
    torch.manual_seed(0)
    assert sees_no_further(build("residualformer", {"common_width": 2}).eval(), 96)
    assert not sees_no_further(build("residualformer", {"common_width": 2}).eval(), 0)
    assert not sees_no_further(build("pspnet", {}).eval(), 64)


@pytest.mark.slow
def test_tiles_of_a_network_that_sees_no_further_give_what_the_whole_gives(tmp_path, monkeypatch):
    from nanocaliper.segmentation import by_probability
    from nanocaliper.segmentation.by_network import find_by_network
    from nanocaliper.segmentation.parting import PartingOptions

    monkeypatch.setattr(module, "_REACH_PX", 64)
    run = _write_run(tmp_path / "run", "residualformer")
    export_model(run, tmp_path / "model")
    text = (tmp_path / "model" / "card.toml").read_text().replace("long_side_px = 128", "scale = 1.0")
    (tmp_path / "model" / "card.toml").write_text(text)
    card = find_model(str(tmp_path / "model"))
    pixels = np.random.default_rng(0).integers(0, 255, (90, 330), np.uint8)
    whole = find_by_network(pixels, card, PartingOptions())
    monkeypatch.setattr(by_probability, "_WHOLE_PX", 1)
    monkeypatch.setattr(by_probability, "_CORE_PX", 96)
    monkeypatch.setattr(by_probability, "_MARGIN_PX", 64)
    tiled = find_by_network(pixels, card, PartingOptions())
    assert tiled.settings["tiles"] == 4
    assert np.abs(whole.level.astype(int) - tiled.level).max() <= 1
    assert not tiled.warnings


def test_a_training_starts_from_a_run_of_other_classes(tmp_path):
    small = {"width": 0.05, "regions": 1, "routed_regions": 1}
    run = _write_run(tmp_path / "runs" / "first", "nsyolo", small | {"classes": ["cube", "rod", "sphere"]})
    state = torch.load(run / "last.ckpt", weights_only=True)["state_dict"]
    torch.manual_seed(9)
    network = build("nsyolo", small)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    start_from(network, run)
    after = network.state_dict()
    last = "head.classes.0.4.bias"
    assert torch.equal(after[last], before[last])
    assert after[last].shape != state[f"network.{last}"].shape
    assert all(torch.equal(after[key], state[f"network.{key}"]) for key in after if ".classes." not in key)
    with pytest.raises(ModelError, match="holds 0% of this network; start from a run of the same kind"):
        start_from(build("residualformer", {"common_width": 4}), run)
    with pytest.raises(UsageError, match="There is no"):
        start_from(network, tmp_path / "missing.ckpt")
