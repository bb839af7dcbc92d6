"""Which files the inputs stand for."""

from pathlib import Path

import pytest

from nanocaliper.errors import UsageError
from nanocaliper.micrograph.find import find_images


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "b.tif",
        "a.PNG",
        "notes.txt",
        ".hidden.png",
        "._b.tif",
        "sub/c.jpeg",
        "sub/deep folder/µ é.tiff",
        ".git/d.png",
        "odd.dat",
        "out/summary.csv",
        "out/a/result.json",
        "out/a/overlay.png",
        "out/a/labels.tif",
        "half/overlay.png",
        "half/labels.tif",
        "half/below/e.png",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(paths: list[Path]) -> list[str]:
    return [path.as_posix() for path in paths]


@pytest.mark.usefixtures("folder")
class TestFindImages:
    def test_folder_is_walked_without_hidden_and_result_files(self) -> None:
        assert names(find_images(["."])) == ["a.PNG", "b.tif", "sub/c.jpeg", "sub/deep folder/µ é.tiff"]

    def test_named_file_is_taken_whatever_its_name(self) -> None:
        inputs = ["odd.dat", ".hidden.png", "out/a/overlay.png"]
        assert names(find_images(inputs)) == inputs

    def test_order_of_inputs_is_kept_and_duplicates_go(self) -> None:
        assert names(find_images(["sub/c.jpeg", "b.tif", "./sub/../b.tif", "sub"])) == [
            "sub/c.jpeg",
            "b.tif",
            "sub/deep folder/µ é.tiff",
        ]

    def test_patterns(self) -> None:
        assert names(find_images(["*.tif"])) == ["b.tif"]
        assert names(find_images(["*"])) == names(find_images(["."]))
        assert names(find_images(["sub/?.jp*"])) == ["sub/c.jpeg"]
        assert names(find_images(["**/*.tiff"])) == ["sub/deep folder/µ é.tiff"]
        assert names(find_images(["*.dat"])) == ["odd.dat"]

    def test_pattern_takes_no_results(self) -> None:
        with pytest.raises(UsageError, match="result folders"):
            find_images(["out/*/*.png"])

    def test_brackets_in_a_name(self) -> None:
        Path("f[1].png").write_bytes(b"x")
        assert names(find_images(["f[1].png"])) == ["f[1].png"]
        assert names(find_images([Path("f[[]1].png")])) == ["f[1].png"]

    @pytest.mark.parametrize("pattern", ["*.xyz", "nowhere/*", "sub/[0-9].tif"])
    def test_pattern_without_match_is_named(self, pattern: str) -> None:
        with pytest.raises(UsageError) as caught:
            find_images(["b.tif", pattern])
        assert repr(pattern) in str(caught.value)

    def test_missing_file_is_named(self) -> None:
        with pytest.raises(UsageError, match=r"'gone\.tif'"):
            find_images(["gone.tif"])

    def test_folder_without_images_is_named(self) -> None:
        Path("empty").mkdir()
        with pytest.raises(UsageError, match="'empty' holds no image"):
            find_images(["empty"])

    def test_result_folder_itself_holds_none(self) -> None:
        with pytest.raises(UsageError, match="'half' holds no image"):
            find_images(["half"])


def test_no_input() -> None:
    with pytest.raises(UsageError, match="No input"):
        find_images([])


def test_single_text_is_refused() -> None:
    with pytest.raises(UsageError, match="a list"):
        find_images("a.tif")


def test_labels_of_simulated_micrographs_are_no_images(tmp_path):
    for name in ("a.png", "a.labels.png", "a.truth.csv", "b.labels.png"):
        (tmp_path / name).write_bytes(b"x")
    assert [p.name for p in find_images([tmp_path])] == ["a.png", "b.labels.png"]
    assert [p.name for p in find_images([str(tmp_path / "*.png")])] == ["a.png", "b.labels.png"]
