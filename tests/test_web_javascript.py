"""The page's own modules that need no browser: their tests run under node, where there is one."""

import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = sorted((Path(__file__).parent / "js").glob("*.test.mjs"))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name.removesuffix(".test.mjs"))
def test_modules_of_the_page(path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; it runs the tests of the page's modules")
    done = subprocess.run(
        [node, "--test", str(path)], capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
