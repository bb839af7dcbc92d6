"""Example images, for a first look."""

from pathlib import Path

import pytest

from nanocaliper.synthesis.examples import EXAMPLE_SCENES
from web_bench import open_bench


def test_examples_come_each_in_a_sample_of_its_own(tmp_path: Path) -> None:
    with open_bench(tmp_path) as bench:
        names = bench.call("GET", "/about")["examples"]
        project = bench.create()
        images = bench.call("POST", project + "/examples", None, 201)["images"]
        bench.call("POST", project + "/cancel")
        stems = [Path(image["name"]).stem for image in images]
        assert stems == [name.lower().replace(" ", "_") for name in names]
        samples = {one["id"]: one["name"] for one in bench.call("GET", project + "/samples")}
        assert [samples[image["sample"]] for image in images] == names
        # Their scale is read from the printed bar, and is the true one.
        place = names.index("TEM spheres")
        bench.call("POST", f"{project}/images/{images[place]['id']}/measure")
        image = bench.wait(project)[place]
        assert image["status"] == "measured"
        used = image["calibration"]["calibration"]
        truth = list(EXAMPLE_SCENES.values())[place].nm_per_px
        assert used["source"] == "scale_bar"
        assert used["nm_per_px"] == pytest.approx(truth, rel=0.02)
        # Once more, they go to the samples that are there.
        bench.call("POST", project + "/examples", {}, 201)
        bench.call("POST", project + "/cancel")
        assert len(bench.call("GET", project + "/samples")) == len(samples)
        assert list(bench.bench.root.uploads.iterdir()) == []
