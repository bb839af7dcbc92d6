"""Make sure that a Chromium is there for the browser tests: ``python tests/install_browser.py``.

Where there is none, Debian's and Ubuntu's is installed, if that is allowed here. Nothing fails where it cannot be:
the browser tests then skip and say so.
"""

import os
import shutil
import subprocess
from pathlib import Path

#: Names under which distributions install it; an own one is named in the environment variable.
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_VARIABLE = "NANOCALIPER_CHROMIUM"


def find_browser() -> Path | None:
    """Find a Chromium that Playwright can drive."""
    given = os.environ.get(_VARIABLE)
    if given:
        return Path(given)
    found = next((path for path in map(shutil.which, _NAMES) if path), None)
    return Path(found) if found else None


def main() -> None:
    """Install Debian's package where no browser is found and the system allows it."""
    browser = find_browser()
    if browser is None and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
            if subprocess.run(["apt-get", *command], env=environment, capture_output=True).returncode:
                break
        browser = find_browser()
    if browser is None:
        print(f"No Chromium: the browser tests will skip. Install one, or name it in {_VARIABLE}.")
    else:
        print(f"Browser tests use {browser}.")


if __name__ == "__main__":
    main()
