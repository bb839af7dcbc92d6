"""The page's files: nothing from elsewhere, nothing inline, nothing that is missing."""

import re
from pathlib import Path

import pytest

import nanocaliper

STATIC = Path(nanocaliper.__file__).parent / "web" / "static"
MODULES = sorted(path for path in STATIC.rglob("*.js") if "vendor" not in path.parts)
STYLES = sorted((STATIC / "style").glob("*.css"))
INDEX = (STATIC / "index.html").read_text(encoding="utf-8")


def test_index_has_no_inline_script_or_style():
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", INDEX)
    assert all(not body.strip() for body in re.findall(r"<script[^>]*>(.*?)</script>", INDEX, re.S))


@pytest.mark.parametrize("reference", re.findall(r'(?:src|href)="([^"#]+)"', INDEX))
def test_what_index_names_exists(reference):
    assert (STATIC / reference).is_file()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(STATIC).as_posix())
def test_module_imports_only_what_exists(path):
    source = path.read_text(encoding="utf-8")
    for target in re.findall(r'^(?:import|export)\b[^;]*?from "([^"]+)"', source, re.M):
        assert target.startswith("."), f"{target} is no file of the page"
        assert (path.parent / target).is_file(), f"{target} is missing"


@pytest.mark.parametrize("path", [*MODULES, *STYLES, STATIC / "index.html"], ids=lambda path: path.name)
def test_nothing_is_loaded_from_elsewhere(path):
    source = path.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
    assert not re.search(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", source)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(STATIC).as_posix())
def test_text_from_files_never_becomes_markup(path):
    source = path.read_text(encoding="utf-8")
    markup = r"\.(?:innerHTML|outerHTML)\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function"
    assert not re.search(markup, source)


def test_every_style_sheet_is_linked():
    assert {f"style/{path.name}" for path in STYLES} <= set(re.findall(r'href="([^"]+\.css)"', INDEX))
