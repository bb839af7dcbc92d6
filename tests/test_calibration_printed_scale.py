"""Field widths and magnifications printed beside a bar, against what they imply for its scale."""

import pytest

from nanocaliper.calibration.printed_scale import compare, find_printed_scales
from nanocaliper.calibration.text_boxes import TextBox
from nanocaliper.micrograph.micrograph import Box


def text(content: str, row: int = 0, col: int = 0, width: int = 100) -> TextBox:
    return TextBox(Box(row, col, row + 12, col + width), content, 0.95)


@pytest.mark.parametrize(
    ("content", "width_nm"),
    [
        ("HFW: 2.98 µm", 2980),
        ("Width = 1.143 μm", 1143),
        ("View field: 5.19 um", 5190),
        ("HFW 592 nm", 592),
        ("det ETD HFW 10.0 µm", 10000),
    ],
)
def test_field_widths_are_read(content: str, width_nm: float) -> None:
    (scale,) = find_printed_scales((text(content),), cols=1000)
    assert scale.kind == "field width"
    assert scale.nm_per_px == pytest.approx((width_nm / 1000,))


def test_a_field_width_may_stand_under_or_after_its_name() -> None:
    under = find_printed_scales((text("HFW"), text("592 nm", row=16)), cols=1000)
    after = find_printed_scales((text("HFW", width=40), text("592 nm", col=50)), cols=1000)
    far = find_printed_scales((text("HFW"), text("592 nm", row=200)), cols=1000)
    assert [scale.nm_per_px for scale in (*under, *after)] == [(0.592,), (0.592,)]
    assert far == ()


@pytest.mark.parametrize(
    ("content", "times"),
    [
        ("Mag = 10.00 K X", 10_000),
        ("x50,000", 50_000),
        ("X 10.0k", 10_000),
        ("20000x", 20_000),
        ("100 KX", 100_000),
        ("S-4800 5.0kV 8.5mm x110k SE(M)", 110_000),
        ("Mag: 50000", 50_000),
        ("15kV X30,000 0.5µm", 30_000),
    ],
)
def test_magnifications_are_read(content: str, times: float) -> None:
    (scale,) = find_printed_scales((text(content),), cols=1000)
    assert scale.kind == "magnification"
    # Hitachi's pictures are 127 mm wide.
    assert 127e6 / times / 1000 == pytest.approx(scale.nm_per_px[-1])


@pytest.mark.parametrize(
    "content", ["WD 9.1mm", "HV 20.0 kV", "AuNP-20", "10 nm", "0.5 μm", "12/03/2019", "150 k"]
)
def test_other_texts_tell_no_scale(content: str) -> None:
    assert find_printed_scales((text(content),), cols=1000) == ()


def test_what_prints_say_of_a_bar() -> None:
    width = find_printed_scales((text("HFW 592 nm"),), cols=1000)
    times = find_printed_scales((text("x50,000"),), cols=1000)
    assert compare(0.6, width) == "field width"
    assert compare(6.0, width) == "power of ten"
    assert compare(0.06, width) == "power of ten"
    assert compare(1.3, width) == "none"
    assert compare(2.54, times) == "magnification"
    # Cropped and rescaled images differ by anything from a magnification.
    assert compare(0.254, times) == "none"
    assert compare(1.0, ()) == "none"
