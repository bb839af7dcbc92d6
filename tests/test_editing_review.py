"""A review without corrections is a measurement; candidates come back; the scale is chosen by rule."""

import json
import time
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from candidate_images import circle, edit, make_candidates
from hand_made import BAR
from nanocaliper.calibration.calibration import ScaleConflict
from nanocaliper.calibration.scale_bar import ScaleBarSearch
from nanocaliper.editing.candidate_file import load_candidates, save_candidates
from nanocaliper.editing.candidates import find_candidates
from nanocaliper.editing.review import review
from nanocaliper.editing.scale_choice import describe_scale_choice, read_scale_choice
from nanocaliper.errors import CalibrationError, NanocaliperError, ReadError, UsageError
from nanocaliper.particles.filters import ParticleLimits, keep_particles
from nanocaliper.pipeline import measure
from nanocaliper.report.result_folder import write_results
from nanocaliper.report.result_json import describe_measurement
from nanocaliper.statistics.analysis_options import AnalysisOptions

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def plain(measured):
    result = describe_measurement(measured)
    for key in ("seconds", "written_at"):
        del result["provenance"][key]
    return result


@pytest.mark.parametrize(
    ("image", "options"),
    [
        ("sem_spheres_touching.png", {}),
        ("tem_rods.png", {"confidence": 0.945, "nm_per_px": 0.5, "scale_uncertainty": 0.01}),
        ("sem_dense_16bit.tif", {"diameter_min_px": 33.0, "border": "count", "split": 1.0}),
        ("tem_spheres.png", {"model": "threshold", "diameter_min_nm": 5.0, "scale_source": "bar"}),
    ],
)
def test_without_edits_a_review_is_a_measurement(image, options):
    measured = measure(EXAMPLES / image, **options)
    found = {name: options[name] for name in ("model", "split") if name in options}
    limits = {name: options[name] for name in ParticleLimits.__annotations__ if name in options}
    scale = {"source": options.get("scale_source", "auto")}
    if "nm_per_px" in options:
        uncertainty = options["scale_uncertainty"]
        scale = {"source": "user", "nm_per_px": options["nm_per_px"], "relative_uncertainty": uncertainty}
    candidates = find_candidates(EXAMPLES / image, **found)
    reviewed = review(candidates, [], ParticleLimits(**limits), read_scale_choice(scale))
    pd.testing.assert_frame_equal(measured.found.table, reviewed.found.table, check_exact=True)
    assert len(measured.found.table)
    np.testing.assert_array_equal(measured.segmentation.labels, reviewed.segmentation.labels)
    assert dict(measured.found.left_out) == dict(reviewed.found.left_out)
    assert plain(measured) == plain(reviewed)


def test_a_review_writes_the_files_of_a_measurement(tmp_path):
    candidates = make_candidates(nm_per_px=2.0)
    reviewed = review(candidates, [edit("draw", outline=circle(100, 110, 12)), edit("delete", particles=[3])])
    result = write_results(reviewed, tmp_path, "a.tif")
    assert result["edits"]["count"] == 2
    assert result["edits"]["list"][1] == {"kind": "delete", "particles": [3]}
    assert result["counts"]["left_out"] == {
        "annotation": 2,
        "deleted": 1,
        "low_score": 1,
        "touches_border": 1,
    }
    rows = pd.read_csv(tmp_path / "particles.csv").set_index("particle")
    assert rows["edited"].fillna("").to_dict() == {1: "", 2: "", 4: "", 6: "drawn"}
    assert (tmp_path / "overlay.png").is_file()
    assert json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["counts"]["found"] == 4


def test_candidates_come_back_from_their_file(tmp_path):
    source = EXAMPLES / "sem_spheres_touching.png"
    found = find_candidates(source, model="threshold", name="a/b.png")
    save_candidates(found, tmp_path / "base.npz")
    back = load_candidates(tmp_path / "base.npz", source)
    assert back.micrograph.source == "a/b.png"
    edits = [edit("delete", particles=[1])]
    one, two = review(found, edits), review(back, edits)
    assert plain(one) == plain(two)
    pd.testing.assert_frame_equal(one.everything.table, two.everything.table, check_exact=True)
    assert load_candidates(tmp_path / "base.npz", source, name="c").micrograph.source == "c"
    with pytest.raises(ReadError, match="another image"):
        load_candidates(tmp_path / "base.npz", EXAMPLES / "tem_rods.png")


@pytest.mark.parametrize("size", [0, 10, 2000, -1])
def test_damaged_candidates_are_refused(tmp_path, size):
    found = make_candidates()
    save_candidates(found, tmp_path / "base.npz")
    content = (tmp_path / "base.npz").read_bytes()
    (tmp_path / "base.npz").write_bytes(content[:size])
    with pytest.raises(ReadError, match="measure the image again"):
        load_candidates(tmp_path / "base.npz", found.micrograph.pixels)


def pack(path, found, **arrays):
    """Write candidates with some arrays in the place of their own."""
    save_candidates(found, path)
    with np.load(path) as stored:
        own = {name: stored[name] for name in stored.files}
    np.savez_compressed(path, **(own | arrays))


@pytest.mark.parametrize(
    "bomb",
    [
        {"points": np.zeros((4_000_000, 2))},
        {"columns": np.zeros((2_000_000, 5))},
        {"labels": np.zeros((8_000, 8_000), np.int32)},
        {"described": np.zeros(80_000_000, np.uint8)},
        {"other": np.zeros(50_000_000, np.uint8)},
        {"scores": np.zeros(5, "V10000000")},
        {"level": np.array([[None, {}]], object)},
        {f"a{k}": np.zeros(1) for k in range(300)},
    ],
    ids=lambda bomb: next(iter(bomb)),
)
def test_candidates_that_are_a_bomb_are_refused_before_they_unpack(tmp_path, bomb):
    found = make_candidates()
    pack(tmp_path / "base.npz", found, **bomb)
    assert (tmp_path / "base.npz").stat().st_size < 500_000
    tracemalloc.start()
    with pytest.raises(ReadError, match="measure the image again"):
        load_candidates(tmp_path / "base.npz", found.micrograph.pixels)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4_000_000


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"(5,), }      ", b"(5000000,), }", "size that its shape says"),
        (b"(5,), }", b"(5,),  ", "head of scores"),
        (b"(5,), }", b"(-5,),}", "shape"),
        (b"'<f4'", b"'|O' ", "scores"),
    ],
)
def test_an_array_that_is_not_what_its_head_says_is_refused(tmp_path, old, new, reason):
    found = make_candidates()
    save_candidates(found, tmp_path / "base.npz")
    with zipfile.ZipFile(tmp_path / "base.npz") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    # Heads of the same length that say other things.
    members["scores.npy"] = members["scores.npy"].replace(old, new)
    with zipfile.ZipFile(tmp_path / "base.npz", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(ReadError, match=reason):
        load_candidates(tmp_path / "base.npz", found.micrograph.pixels)


def test_candidates_that_do_not_fit_the_image_are_refused(tmp_path):
    found = make_candidates()
    labels = found.segmentation.labels.copy()
    labels[0, 0] = 10**6
    save_candidates(
        replace(found, segmentation=replace(found.segmentation, labels=labels)), tmp_path / "b.npz"
    )
    with pytest.raises(ReadError, match="measure the image again"):
        load_candidates(tmp_path / "b.npz", found.micrograph.pixels)


def test_a_marked_bar_gives_the_scale_and_its_uncertainty():
    choice = read_scale_choice(
        {"source": "user", "bar": {"start": [10, 10], "stop": [40, 50], "value": 0.1, "unit": "um"}}
    )
    reviewed = review(make_candidates(), scale=choice)
    assert reviewed.calibration.source == "user"
    assert reviewed.calibration.nm_per_px == pytest.approx(2.0)
    # half a pixel at each end, over 50 px
    assert reviewed.calibration.relative_uncertainty == pytest.approx(np.sqrt(0.5) / 50)
    written = describe_measurement(reviewed)["calibration"]["marked_bar"]
    assert written == {"start": [10.0, 10.0], "stop": [40.0, 50.0], "value": 0.1, "unit": "um"}
    assert read_scale_choice(describe_scale_choice(choice)) == choice


def test_a_conflict_is_settled_by_the_choice():
    candidates = make_candidates(nm_per_px=3.0)
    candidates = replace(candidates, search=ScaleBarSearch(BAR, BAR, None, ()))
    conflict = ScaleConflict(3.0, 2.0, BAR.relative_uncertainty, 0.03)
    assert review(candidates).calibration.conflict == conflict
    assert review(candidates).calibration.nm_per_px is None
    for choice, settled, nm_per_px in (
        ({"source": "metadata"}, "metadata", 3.0),
        ({"source": "bar"}, "scale_bar", 2.0),
        ({"source": "user", "nm_per_px": 2.5}, "user", 2.5),
    ):
        calibration = review(candidates, scale=read_scale_choice(choice)).calibration
        assert calibration.nm_per_px == nm_per_px
        assert calibration.conflict == replace(conflict, settled_by=settled)


@pytest.mark.parametrize(
    "choice",
    [
        None,
        {"source": "guess"},
        {"source": ["bar"]},
        {"source": "user"},
        {"source": "auto", "nm_per_px": 1.0},
        {"source": "user", "nm_per_px": 0},
        {"source": "user", "nm_per_px": "1"},
        {"source": "user", "nm_per_px": float("nan")},
        {"source": "user", "nm_per_px": 1.0, "relative_uncertainty": -1},
        {"source": "user", "scale": 1.0},
        {"source": "user", "bar": 7},
        {"source": "user", "bar": {"start": [0, 0], "stop": [0, 1], "value": 5, "unit": "nm"}},
        {"source": "user", "bar": {"start": [0, 0], "stop": [0, 90], "value": 5, "unit": "inch"}},
        {"source": "user", "bar": {"start": [0, 0], "stop": [0, 90], "value": -5, "unit": "nm"}},
        {"source": "user", "bar": {"start": [0, 0], "stop": [0, 90], "value": None, "unit": "nm"}},
        {"source": "user", "bar": {"start": [0, 0], "stop": [0, float("inf")], "value": 5, "unit": "nm"}},
        {"source": "user", "bar": {"start": [0, 0], "stop": [0], "value": 5, "unit": "nm"}},
        {"source": "user", "bar": {"start": [0, 0], "value": 5, "unit": "nm"}},
    ],
)
def test_impossible_scales_are_refused(choice):
    with pytest.raises(CalibrationError):
        read_scale_choice(choice)


def test_the_smallest_diameter_in_nm_needs_a_scale():
    limits = ParticleLimits(diameter_min_nm=64.0)
    without = review(make_candidates(), limits=limits)
    assert "too_small" not in without.found.left_out
    assert any("64 nm was not used" in warning for warning in without.warnings)
    with_scale = review(make_candidates(nm_per_px=2.0), limits=limits)
    # 31 and 24 px across are under 32 px.
    assert with_scale.found.left_out["too_small"] == 2
    assert with_scale.warnings == ()


def test_particles_at_the_border_count_where_they_shall():
    candidates = make_candidates()
    counted = review(candidates, limits=ParticleLimits(border="count"))
    assert "touches_border" not in counted.found.left_out
    assert counted.diameter_px.count == 4
    assert counted.analysis.distributions["number"].count == 4
    assert set(counted.everything.states) == {"counted", "low_score"}
    assert counted.analysis.edge_correction is None
    assert any("as if they were whole" in warning for warning in counted.analysis.warnings)
    assert describe_measurement(counted)["counts"]["measured"] == 4
    assert review(candidates).analysis.distributions["number"].count == 3


@pytest.mark.parametrize(
    "wrong",
    [{"confidence": 1.5}, {"diameter_min_px": -1.0}, {"diameter_min_nm": float("nan")}, {"border": "eat"}],
)
def test_impossible_limits_are_refused(wrong):
    with pytest.raises(UsageError):
        ParticleLimits(**wrong)


def test_kept_particles_keep_their_numbers():
    candidates = make_candidates().segmentation
    kept = keep_particles(candidates, ParticleLimits(0.0, diameter_min_px=35.5))
    assert kept.particle_numbers.tolist() == [1, 2, 5]
    assert set(np.unique(kept.labels)) == {0, 1, 2, 5}
    assert dict(kept.left_out) == {"annotation": 2, "too_small": 2}


def test_settings_of_statistics_are_taken_along():
    options = AnalysisOptions(repeatability=0.02)
    reviewed = review(make_candidates(nm_per_px=2.0), options=options)
    assert reviewed.settings["repeatability"] == 0.02
    assert reviewed.analysis.options.repeatability == 0.02


def test_progress_names_the_stages_and_can_end_the_work():
    stages = []
    find_candidates(np.full((64, 64), 7, np.uint8), model="threshold", progress=stages.append)
    assert stages == ["read", "calibrate", "segment", "particles"]

    def stop(stage):
        if stage == "segment":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_candidates(np.full((64, 64), 7, np.uint8), model="threshold", progress=stop)


def test_an_image_without_particles_can_be_drawn_on():
    candidates = find_candidates(np.full((80, 90), 7, np.uint8), model="threshold")
    empty = review(candidates)
    assert empty.everything.states == ()
    drawn = review(candidates, [edit("draw", outline=circle(40, 40, 15))], previous=empty)
    assert drawn.found.table["particle"].tolist() == [1]
    assert drawn.found.table["diameter_equivalent_px"].tolist() == pytest.approx([30], abs=0.1)
    assert issubclass(ReadError, NanocaliperError)


def test_many_drawn_outlines_are_measured_again_in_reasonable_time():
    # As where outlines of another program take the place of what was found.
    places = [(20.0 + 30 * row, 20.0 + 30 * col) for row in range(20) for col in range(20)]
    empty = make_candidates([(300.0, 300.0, 3.0)], [0.9], (620, 620))
    edits = [edit("delete", particles=[1])]
    edits += [edit("draw", outline=circle(row, col, 11.5, 40)) for row, col in places]
    drawn = review(empty, edits)
    assert drawn.found.table["diameter_equivalent_px"].tolist() == pytest.approx([23.0] * 400, abs=0.1)
    start = time.process_time()
    after = review(empty, [*edits, edit("delete", particles=[100])], previous=drawn)
    assert time.process_time() - start < 1.5
    assert len(after.found.table) == 399
    # A deleted drawing still has its outline and its row.
    row = after.everything.table.set_index("particle").loc[100]
    before = drawn.found.table.set_index("particle").loc[100]
    assert after.everything.states[99] == "deleted"
    assert row["diameter_equivalent_px"] == before["diameter_equivalent_px"]
    np.testing.assert_array_equal(after.everything.outlines[99], drawn.found.outlines[98])
