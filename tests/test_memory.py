"""Peak memory of measuring, in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

_EXAMPLE = Path(__file__).parents[1] / "examples" / "tem_spheres.png"
_MEASURE = """
import pathlib, re, resource, sys
import cv2, numpy as np
import nanocaliper
path, rows, cols, scale = sys.argv[1], *map(int, sys.argv[2:4]), float(sys.argv[4])
image = cv2.resize(cv2.imread(path, cv2.IMREAD_GRAYSCALE), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
image = np.tile(image, (-(-rows // image.shape[0]), -(-cols // image.shape[1])))[:rows, :cols]
found = nanocaliper.measure(image, nm_per_px=1.0)
unit = 1e6 if sys.platform == "darwin" else 1e6 / 1024
print(found.segmentation.settings["working_scale"], len(found.particles))
# Linux counts into getrusage what the process had been before it became this program.
status = pathlib.Path("/proc/self/status")
peak = re.search(r"VmHWM:\\s*(\\d+)", status.read_text()) if status.exists() else None
print((int(peak[1]) if peak else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / unit)
"""


def _measure(rows, cols, scale):
    """Working scale, particles, and peak memory in MB of measuring an example, repeated and resampled."""
    command = [sys.executable, "-c", _MEASURE, str(_EXAMPLE), str(rows), str(cols), str(scale)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return [float(value) for value in said]


# The program and one tile of the network, and 13 bytes a pixel: under 2 GB at 8192 px.
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs getrusage")
def test_a_large_image_takes_little_memory():
    working_scale, particles, peak_mb = _measure(4096, 4096, 1.0)
    assert working_scale > 0.75
    assert particles > 500
    assert peak_mb < 1100 + 13 * 4096**2 / 1e6


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs getrusage")
def test_small_particles_take_little_memory():
    working_scale, particles, peak_mb = _measure(768, 1024, 0.4)
    assert working_scale == 2
    assert particles > 500
    assert peak_mb < 700
