"""Model cards: read whole, refused clearly."""

import shutil

import pytest

from nanocaliper.errors import ModelError
from nanocaliper.inference.catalogue import DEFAULT_MODEL, find_model, shipped_models
from nanocaliper.inference.model_card import read_card, weights_sha256
from nanocaliper.inference.session import open_network


@pytest.fixture
def folder(tmp_path):
    target = tmp_path / "mein Modell µ"
    shutil.copytree(find_model(DEFAULT_MODEL).folder, target)
    return target


def test_every_shipped_model_is_whole():
    models = shipped_models()
    assert DEFAULT_MODEL in models
    # What reports say of the weights.
    assert all(card.training["credit"].startswith(("from ", "on ")) for card in models.values())
    for name, card in models.items():
        assert card.name == name
        assert weights_sha256(card) == card.sha256
        assert card.weights.stat().st_size < 50e6
        assert card.scores
        assert card.training


def test_a_folder_is_a_model_too(folder):
    assert find_model(str(folder)).sha256 == find_model(DEFAULT_MODEL).sha256


@pytest.mark.parametrize("name", ["", "nothing_here", "../models/particle_unet", "a\0b"])
def test_unknown_model_is_told_what_there_is(name):
    with pytest.raises(ModelError, match="threshold"):
        find_model(name)


def test_changed_weights_are_refused(folder):
    with (folder / "weights.onnx").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(ModelError, match="not those of their card"):
        open_network(read_card(folder))


def test_weights_that_are_no_network(folder):
    import hashlib

    (folder / "weights.onnx").write_bytes(b"not a network")
    digest = hashlib.sha256(b"not a network").hexdigest()
    card = (
        (folder / "card.toml").read_text(encoding="utf-8").replace(find_model(DEFAULT_MODEL).sha256, digest)
    )
    (folder / "card.toml").write_text(card, encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be loaded"):
        open_network(read_card(folder))


@pytest.mark.parametrize(
    ("text", "message"),
    [("name = ", "not valid TOML"), ('name = "a"', "lacks summary"), (b"\xff\xfe", "not valid TOML")],
)
def test_damaged_card(folder, text, message):
    (folder / "card.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ModelError, match=message):
        read_card(folder)


def test_missing_weights(folder):
    (folder / "weights.onnx").unlink()
    with pytest.raises(ModelError, match="No weights"):
        open_network(read_card(folder))
