"""Fixtures shared by all tests."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of labelled real micrographs, where one lies beside the checkout; else the test is skipped."""
    if not SHARED_DATA.is_dir():
        pytest.skip(
            "needs the labelled real micrographs in ../shared/data, which are not part of the project"
        )
    return SHARED_DATA
