"""The simulated micrograph and its truth."""

import time
from dataclasses import replace

import numpy as np
import pytest

from nanocaliper.errors import UsageError
from nanocaliper.synthesis.scene import (
    PARTICLE_KINDS,
    AnnotationOptions,
    DetectorOptions,
    SceneOptions,
    SemOptions,
    ShapeOptions,
    TemOptions,
)
from nanocaliper.synthesis.simulate import random_scene, simulate
from nanocaliper.synthesis.truth import TRUTH_COLUMNS

CLEAN = DetectorOptions(blur_px=0.0, dose=1e9, read_noise=0.0)
FLAT_TEM = TemOptions(
    film=0.8,
    black=0.1,
    absorption=4.0,
    flatness=1.0,
    grain_spread=0.0,
    film_texture=0.0,
    cloud=0.0,
    fringe=0.0,
)


@pytest.mark.parametrize("kind", PARTICLE_KINDS)
def test_label_pixels_agree_with_the_analytic_area(kind: str) -> None:
    scene = SceneOptions(
        shape=(700, 700), particle_kinds=((kind, 1.0),), count=60, diameter_px=45.0, gsd=1.1, gap_px=3.0
    )
    simulated = simulate(scene, np.random.default_rng(1))
    whole = simulated.particles[~simulated.particles["touches_border"]]
    counts = np.bincount(simulated.labels.ravel())
    ratio = counts[whole["particle"]] / whole["area_px"]
    assert len(whole) >= 20
    assert ratio.mean() == pytest.approx(1.0, abs=0.005)
    assert ratio.std() < 0.01
    assert (whole["visible_fraction"] == 1.0).all()


def test_labels_lie_where_the_truth_says() -> None:
    scene = SceneOptions(count=40, diameter_px=40.0, particle_kinds=(("polyhedron", 1.0), ("rough", 1.0)))
    simulated = simulate(scene, np.random.default_rng(2))
    for row in simulated.particles[~simulated.particles["touches_border"]].itertuples():
        rows, cols = np.nonzero(simulated.labels == row.particle)
        assert (rows.mean(), cols.mean()) == pytest.approx((row.row, row.col), abs=0.15)
        # Pixels have a width: their outermost centres are up to one pixel less apart than the outline.
        assert max(np.ptp(rows), np.ptp(cols)) + 1 <= row.feret_max_px + 1.5
        assert max(np.ptp(rows), np.ptp(cols)) + 1 >= row.feret_max_px / np.sqrt(2) - 1.5


@pytest.mark.parametrize("kind", ["SEM", "TEM"])
def test_image_agrees_with_the_outline(kind: str) -> None:
    sem = SemOptions(
        substrate=0.1,
        particle=0.7,
        substrate_texture=0.0,
        texture=0.0,
        directional=0.0,
        top_light=0.0,
        rim=0.0,
        shadow=0.0,
        particle_spread=0.0,
        gradient=0.0,
    )
    scene = SceneOptions(
        kind=kind,  # type: ignore[arg-type]
        count=12,
        diameter_px=60.0,
        gap_px=10.0,
        sem=sem,
        tem=FLAT_TEM,
        detector=replace(CLEAN, bits=16, blur_px=1.0),
    )
    simulated = simulate(scene, np.random.default_rng(3))
    ground, inside = (0.1, 0.7) if kind == "SEM" else (0.8, 0.1 + 0.7 * np.exp(-4.0))
    share = (simulated.pixels / 65535.0 - ground) / (inside - ground)
    whole = simulated.particles[~simulated.particles["touches_border"]]
    assert len(whole) >= 5
    for row in whole.itertuples():
        reach = int(row.feret_max_px / 2) + 5
        top, left = round(row.row) - reach, round(row.col) - reach
        window = share[max(top, 0) : top + 2 * reach + 1, max(left, 0) : left + 2 * reach + 1]
        rows, cols = np.indices(window.shape)
        mass = window.sum()
        assert mass == pytest.approx(row.area_px, rel=2e-3)
        centre = (window * rows).sum() / mass + max(top, 0), (window * cols).sum() / mass + max(left, 0)
        assert centre == pytest.approx((row.row, row.col), abs=0.02)


@pytest.mark.parametrize("kind", ["SEM", "TEM"])
@pytest.mark.parametrize("seed", range(4))
def test_same_seed_same_bytes_other_seed_others(kind: str, seed: int) -> None:
    def draw(number: int) -> tuple[bytes, bytes, str]:
        rng = np.random.default_rng(number)
        simulated = simulate(random_scene(rng, (256, 320), kind=kind), rng)  # type: ignore[arg-type]
        return simulated.pixels.tobytes(), simulated.labels.tobytes(), simulated.particles.to_csv()

    assert draw(seed) == draw(seed)
    assert draw(seed)[0] != draw(seed + 100)[0]


@pytest.mark.parametrize("seed", range(24))
def test_random_scenes_are_sound(seed: int) -> None:
    rng = np.random.default_rng([5, seed])
    scene = random_scene(rng, (384, 448))
    simulated = simulate(scene, rng)
    assert simulated.pixels.shape == simulated.labels.shape == (384, 448)
    assert simulated.pixels.dtype == np.uint8
    assert simulated.labels.dtype == np.int32
    assert tuple(simulated.particles.columns) == TRUTH_COLUMNS
    shown = set(np.unique(simulated.labels).tolist()) - {0}
    assert shown <= set(simulated.particles["particle"])
    hidden = simulated.particles[~simulated.particles["particle"].isin(shown)]
    assert (hidden["visible_fraction"] == 0).all()
    assert simulated.particles["visible_fraction"].between(0, 1).all()
    assert (simulated.particles["visible_fraction"] <= simulated.particles["in_frame_fraction"]).all()
    if simulated.data_strip is not None:
        assert not simulated.labels[slice(*simulated.data_strip)].any()
    border = np.concatenate(
        [x.ravel() for x in (simulated.labels[0], simulated.labels[:, 0], simulated.labels[:, -1])]
    )
    at_border = simulated.particles.set_index("particle")["touches_border"]
    assert all(at_border[n] for n in set(border.tolist()) - {0})


def test_random_scenes_vary() -> None:
    scenes = [random_scene(np.random.default_rng(i)) for i in range(300)]
    assert 0.5 < np.mean([s.kind == "TEM" for s in scenes]) < 0.7
    # Pentagons are kept for tests with what was never trained on.
    assert {k for s in scenes for k, _ in s.particle_kinds} == set(PARTICLE_KINDS) - {"pentagonal_plate"}
    assert len({s.arrangement for s in scenes}) == 6
    assert min(s.diameter_px for s in scenes) < 12
    assert max(s.diameter_px for s in scenes) > 120


def test_sixteen_bits_use_their_depth() -> None:
    scene = SceneOptions(detector=DetectorOptions(bits=16))
    pixels = simulate(scene, np.random.default_rng(1)).pixels
    assert pixels.dtype == np.uint16
    assert len(np.unique(pixels)) > 5000


def test_overlap_adds_up_in_transmission() -> None:
    tem = replace(FLAT_TEM, absorption=0.5)
    scene = SceneOptions(
        arrangement="touching",
        interpenetration=0.3,
        group=3,
        count=20,
        diameter_px=60,
        tem=tem,
        detector=CLEAN,
    )
    simulated = simulate(scene, np.random.default_rng(4))
    once, twice = (round(255 * (0.1 + 0.7 * np.exp(-0.5 * n))) for n in (1, 2))
    counts = np.bincount(simulated.pixels.ravel(), minlength=256)
    assert counts[once - 1 : once + 2].sum() > 5000
    assert counts[twice - 1 : twice + 2].sum() > 500


def test_dark_field_is_bright_on_dark_and_bright_field_dark_on_bright() -> None:
    for dark_field in (False, True):
        scene = SceneOptions(tem=TemOptions(dark_field=dark_field), diameter_px=60, count=15)
        simulated = simulate(scene, np.random.default_rng(5))
        inside = simulated.pixels[simulated.labels > 0].mean()
        outside = simulated.pixels[simulated.labels == 0].mean()
        assert (inside > outside + 40) if dark_field else (inside < outside - 40)


def test_core_is_darker_than_its_shell() -> None:
    tem = replace(FLAT_TEM, absorption=0.6, core=0.5, core_absorption=3.0, core_offset=0.0)
    simulated = simulate(
        SceneOptions(tem=tem, diameter_px=80, count=8, gap_px=5, detector=CLEAN), np.random.default_rng(6)
    )
    row = simulated.particles[~simulated.particles["touches_border"]].iloc[0]
    at = simulated.pixels[round(row["row"]), round(row["col"])]
    shell = simulated.pixels[round(row["row"]), round(row["col"] + 0.4 * row["diameter_equivalent_px"])]
    film = simulated.pixels[round(row["row"]), round(row["col"] + 0.5 * row["diameter_equivalent_px"] + 3)]
    assert at + 20 < shell < film - 20


def test_rim_is_brighter_than_the_middle_in_sem() -> None:
    sem = SemOptions(substrate_texture=0.0, texture=0.0, directional=0.0, top_light=0.0, rim=0.3, shadow=0.0)
    simulated = simulate(
        SceneOptions(kind="SEM", sem=sem, diameter_px=80, count=8, gap_px=5, detector=CLEAN),
        np.random.default_rng(7),
    )
    row = simulated.particles[~simulated.particles["touches_border"]].iloc[0]
    at = simulated.pixels[round(row["row"]), round(row["col"])]
    edge = simulated.pixels[round(row["row"]), round(row["col"] + 0.5 * row["diameter_equivalent_px"] - 1.5)]
    assert int(edge) > int(at) + 30


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: SceneOptions(kind="XRD"), "'SEM' or 'TEM'"),  # type: ignore[arg-type]
        (lambda: SceneOptions(shape=(10, 500)), "shape"),
        (lambda: SceneOptions(particle_kinds=(("blob", 1.0),)), "sphere"),
        (lambda: SceneOptions(particle_kinds=()), "at least one"),
        (lambda: SceneOptions(count=0), "count"),
        (lambda: SceneOptions(gsd=0.9), "gsd"),
        (lambda: SceneOptions(arrangement="piled"), "agglomerates"),
        (lambda: SceneOptions(nm_per_px=-1.0), "nm_per_px"),
        (lambda: SceneOptions(visible_fraction_min=1.5), "visible_fraction_min"),
        (lambda: SceneOptions(interpenetration=0.9), "interpenetration"),
        (lambda: ShapeOptions(aspect=0.5), "aspect"),
        (lambda: SemOptions(particle=2.0), "particle"),
        (lambda: TemOptions(absorption=0.0), "absorption"),
        (lambda: DetectorOptions(bits=12), "8 or 16"),
        (lambda: DetectorOptions(bits=16, jpeg_quality=80), "jpeg_quality"),
        (lambda: AnnotationOptions(strip="fancy"), "hitachi"),
        (lambda: random_scene(np.random.default_rng(0), diameter_px=(50, 20)), "first <= second"),
    ],
)
def test_senseless_options_are_refused_with_what_is_right(make: object, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        make()  # type: ignore[operator]


@pytest.mark.slow
def test_simulation_is_fast_enough_to_train_on() -> None:
    seconds = []
    for i in range(40):
        rng = np.random.default_rng([9, i])
        scene = random_scene(rng)
        start = time.process_time()
        simulate(scene, rng)
        seconds.append(time.process_time() - start)
    assert np.median(seconds) < 0.3
