"""Text in all type faces, and the labels that are written with them."""

import numpy as np
import pytest

from nanocaliper.errors import UsageError
from nanocaliper.synthesis.bar_labels import draw_label
from nanocaliper.synthesis.bar_looks import draw_face, draw_look
from nanocaliper.synthesis.typefaces import FACES, Lettering, can_write, draw_line


@pytest.mark.parametrize("face", FACES)
def test_every_face_tells_letters_apart_and_has_digits_of_the_height_it_says(face: str) -> None:
    lettering = Lettering(face, 33)
    drawn = {draw_line(letter, lettering).ink.tobytes() for letter in "0123456789nmu.x"}
    assert len(drawn) == 15
    line = draw_line("500 nm", lettering)
    assert 17 <= line.digit_px <= 33
    # No letter of this text is higher than a digit, but for what round letters exceed.
    assert line.ink.shape[0] == pytest.approx(line.digit_px, abs=2)
    assert line.ink.max() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("face", [face for face in FACES if can_write("µ", face)])
def test_micro_reaches_below_the_line(face: str) -> None:
    lettering = Lettering(face, 44)
    u, micro = draw_line("u", lettering).ink, draw_line("µ", lettering).ink
    assert micro.shape[0] > 1.15 * u.shape[0]


def test_faces_without_a_letter_are_not_asked_for_it() -> None:
    assert not can_write("10 Å", "sans")
    assert can_write("10 Å", "stix")
    assert not can_write("µ", "cm_italic")
    with pytest.raises(UsageError, match="lacks a letter"):
        draw_line("10 Å", Lettering("sans", 20))
    rng = np.random.default_rng(0)
    assert {draw_face(rng, "10 Å") for _ in range(50)} <= {f for f in FACES if can_write("10 Å", f)}
    with pytest.raises(UsageError, match="blank"):
        draw_line("  ", Lettering())
    with pytest.raises(UsageError, match="Type face"):
        Lettering("comic")
    with pytest.raises(UsageError, match="800 px"):
        Lettering("sans", 1)


def test_stretch_and_hard_edges() -> None:
    plain = draw_line("500 nm", Lettering("stix", 40)).ink
    wide = draw_line("500 nm", Lettering("stix", 40, stretch=1.2)).ink
    assert wide.shape[1] == pytest.approx(1.2 * plain.shape[1], abs=2)
    hard = draw_line("500 nm", Lettering("stix", 40, smooth=False)).ink
    assert set(np.unique(hard)) == {0.0, 1.0}
    assert not draw_line("500 nm", Lettering("stix", 40)).ink.flags.writeable


@pytest.mark.parametrize("kind", ["SEM", "TEM"])
def test_labels_say_the_length_they_mean(kind: str) -> None:
    rng = np.random.default_rng(3)
    units = {
        "nm": "nm",
        "um": "um",
        "µm": "um",
        "μm": "um",
        "micron": "um",
        "microns": "um",
        "mm": "mm",
        "Å": "A",
    }
    kinds = set()
    for _ in range(1500):
        label = draw_label(rng, kind)
        number = label.text.rstrip("nmuµμicrosÅ ")
        unit = label.text[len(number) :].strip()
        value = float(number.replace(",", "" if label.kind == "thousands" else "."))
        assert value == pytest.approx(label.value, rel=1e-9), label
        assert units[unit] == label.unit
        assert 0.2 <= label.length_nm <= 2e6
        kinds.add(label.kind)
    expected = {"series", "quarter", "unusual", "decimal", "comma", "trailing zeros", "word", "thousands"}
    assert kinds == expected | ({"angstrom"} if kind == "TEM" else {"millimetre"})


def test_looks_cover_all_styles_sides_and_grounds() -> None:
    rng = np.random.default_rng(1)
    looks = [draw_look(rng, str(kind)) for kind in rng.choice(["SEM", "TEM"], size=800)]
    assert len({look.style for look in looks}) == 12
    assert {look.side for look in looks} == {"above", "below", "left", "right", "inside"}
    assert {look.ground for look in looks} == {"micrograph", "box", "half box", "strip"}
    assert {look.face for look in looks} == set(FACES)
    assert 0.05 < np.mean([look.colour is not None for look in looks]) < 0.12
    assert max(look.gap for look in looks if look.side == "right") > 6
    assert any(look.vertical for look in looks)
    assert all(can_write(look.label.text, look.face) for look in looks)
