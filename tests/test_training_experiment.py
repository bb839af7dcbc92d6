"""Experiments: what a file says, what it may not say, and the examples that come with the program."""

from pathlib import Path

import pytest

from nanocaliper.errors import NanocaliperError, ReadError, UsageError
from nanocaliper.training.experiment import list_tables, make_experiment, read_experiment, vary

EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "training"
LEAST = {"data": {"folder": "images"}, "network": {"name": "crcra_unet"}}


def with_key(table: str, key: str, value: object) -> dict[str, dict[str, object]]:
    return {**LEAST, table: {**LEAST.get(table, {}), key: value}}


def test_what_is_not_said_has_its_default_and_other_keys_of_a_network_are_its_options() -> None:
    experiment = make_experiment({**LEAST, "network": {"name": "crcra_unet", "crcra": False}})
    assert experiment.network.options == {"crcra": False}
    assert (experiment.training.batch, experiment.data.side) == (4, 512)
    assert experiment.augmentation.name == "none"
    assert make_experiment(list_tables(experiment)) == experiment


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text(
        '[data]\nfolder = "../images"\n[network]\nname = "x"\nencoder_weights = "weights.pth"\n',
        encoding="utf-8",
    )
    experiment = read_experiment(path)
    assert experiment.data.folder == tmp_path / "../images"
    assert experiment.network.encoder_weights == str(tmp_path / "weights.pth")
    assert experiment.data.simulated == ""


@pytest.mark.parametrize(
    ("table", "key", "value", "sentence"),
    [
        ("training", "epoch", 3, "[training] has the key 'epoch'; expected one of loss, optimiser"),
        (
            "training",
            "epochs",
            "many",
            "epochs in [training] is 'many'; expected a whole number of 1 or more.",
        ),
        ("training", "epochs", 1.5, "expected a whole number"),
        ("training", "epochs", True, "expected a whole number"),
        ("training", "epochs", 0, "epochs in [training] is 0; expected a whole number of 1 or more."),
        ("training", "rate", 0, "rate in [training] is 0.0; expected a number above 0, at most 10."),
        ("training", "rate", float("nan"), "expected a number above 0"),
        ("training", "loss", "mse", "expected one of 'cross_entropy', 'dice', 'nsyolo'"),
        ("training", "frozen_epochs", 200, "with 100 epochs; expected at most as many"),
        ("training", "frozen_epochs", 20, "the encoder has no weights to keep"),
        ("data", "simulated_share", 0.3, "expected both or neither"),
        ("data", "classes", "rod", "classes in [data] is 'rod'; expected a list of texts."),
        ("data", "fit", "crop", "expected one of 'letterbox', 'stretch'"),
        ("data", "sides", 3, "[data] has the key 'sides'"),
        ("network", "encoder_weights", 3, "encoder_weights in [network] is 3; expected a text."),
        ("network", "fetch_encoder_weights", 1, "expected true or false"),
        ("augmentation", "name", "mixup", "expected one of 'none', 'tao'"),
    ],
)
def test_a_wrong_value_is_one_sentence(table: str, key: str, value: object, sentence: str) -> None:
    with pytest.raises(UsageError) as error:
        make_experiment(with_key(table, key, value))
    assert sentence in str(error.value)
    assert str(error.value).count("\n") == 0


def test_nsyolo_wants_a_side_of_whole_strides() -> None:
    content = {**LEAST, "data": {"folder": "x", "side": 100}, "training": {"loss": "nsyolo"}}
    with pytest.raises(UsageError, match="is 100; expected a multiple of 32"):
        make_experiment(content)


def test_a_table_that_is_none_or_unknown_is_refused() -> None:
    with pytest.raises(UsageError, match=r"\[model\]; expected data, network, training"):
        make_experiment({**LEAST, "model": {}})
    with pytest.raises(UsageError, match="'training' of the experiment is 3"):
        make_experiment({**LEAST, "training": 3})
    with pytest.raises(UsageError, match=r"\[data\] has no key 'folder'"):
        make_experiment({"network": {"name": "x"}})


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="cannot be read"):
        read_experiment(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[data\n", encoding="utf-8")
    with pytest.raises(ReadError, match="is no TOML file"):
        read_experiment(tmp_path / "bad.toml")


def test_ablations_change_single_values() -> None:
    content = {
        **LEAST,
        "ablation": [{"name": "without", "network": {"crcra": False}, "training": {"epochs": 2}}],
    }
    experiment = make_experiment(content)
    (ablation,) = experiment.ablations
    varied = vary(experiment, ablation.changes)
    assert (varied.network.options, varied.training.epochs) == ({"crcra": False}, 2)
    assert vary(experiment, {}) == make_experiment(LEAST)
    with pytest.raises(UsageError, match="no setting 'crcra'"):
        vary(experiment, {"crcra": False})
    with pytest.raises(UsageError, match="epochs in"):
        vary(experiment, {"training.epochs": 0})


@pytest.mark.parametrize(
    "ablation",
    [3, [3], [{"network": {}}], [{"name": "a"}, {"name": "a"}], [{"name": "a", "epochs": 3}]],
)
def test_ablations_that_make_no_sense_are_refused(ablation: object) -> None:
    with pytest.raises(UsageError, match="ablation"):
        make_experiment({**LEAST, "ablation": ablation})


def test_the_examples_are_the_protocols_of_the_papers() -> None:
    names = sorted(path.stem for path in EXAMPLES.glob("*.toml"))
    wanted = ["nsyolo", "residualformer", "tao2025"]
    # Those of shipped networks say _cpu.
    assert [name for name in names if not name.endswith("_cpu")] == sorted(
        [*wanted, *(f"{name}_quick" for name in wanted)]
    )
    tao, divya, han = (
        read_experiment(EXAMPLES / f"{name}.toml") for name in ("tao2025", "residualformer", "nsyolo")
    )
    training = tao.training
    assert (training.loss, training.optimiser, training.momentum) == ("cross_entropy", "adam", 0.9)
    assert (training.epochs, training.frozen_epochs, training.checkpoint_every) == (100, 50, 5)
    assert (training.schedule, tao.augmentation.name, tao.network.name) == ("cosine", "tao", "crcra_unet")
    training = divya.training
    assert (training.loss, training.optimiser, training.rate, training.batch) == ("dice", "adam", 1e-4, 4)
    assert (training.epochs, divya.data.side, divya.data.folds) == (200, 256, 5)
    assert (han.data.side, han.data.fit, han.data.ratio, han.training.loss) == (
        640,
        "letterbox",
        "8:1:1",
        "nsyolo",
    )
    assert han.training.average_decay > 0
    for name in names:
        experiment = read_experiment(EXAMPLES / f"{name}.toml")
        for ablation in experiment.ablations:
            assert vary(experiment, ablation.changes) != experiment


def test_every_error_is_one_of_ours(tmp_path: Path) -> None:
    for content in ("data = 3", "[network]\nname = 3", "[[data]]\nfolder = 'x'", "ablation = 'x'"):
        (tmp_path / "x.toml").write_text(content, encoding="utf-8")
        with pytest.raises(NanocaliperError):
            read_experiment(tmp_path / "x.toml")


def test_every_setting_is_documented_with_its_default() -> None:
    text = (EXAMPLES.parents[1] / "docs" / "training.md").read_text(encoding="utf-8")
    for table, values in list_tables(make_experiment(LEAST)).items():
        section = text.split(f"### `[{table}]`")[1].split("\n### ")[0]
        listed = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
        assert listed == list(values), table
