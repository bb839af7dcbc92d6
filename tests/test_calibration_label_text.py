"""The grammar of scale labels: what is a length, what is an instrument's text, and what stays unread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanocaliper.calibration.label_text import parse_label

UNITS = {
    "nm": ["nm", "NM", "n m"],
    "um": ["um", "µm", "μm", "μ m", "µ m", "pm"],
    "mm": ["mm"],
    "A": ["Å", "Å"],
}


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("500 nm", 500, "nm"),
        ("1.00um", 1, "um"),
        ("0.5µm", 0.5, "um"),
        ("2 μ m", 2, "um"),
        ("1,00 µm", 1, "um"),
        ("0,5 µm", 0.5, "um"),
        ("10 Å", 10, "A"),
        ("1000nm", 1000, "nm"),
        ("1,000 nm", 1000, "nm"),
        ("1 000 nm", 1000, "nm"),
        ("0,500 µm", 0.5, "um"),
        ("0.2 mm", 0.2, "mm"),
        (".5 µm", 0.5, "um"),
        ("2 microns", 2, "um"),
        ("５００ nm", 500, "nm"),
        # The bar's own line and caps around the label.
        ("|-- 200 nm --|", 200, "nm"),
        ("-200 nm", 200, "nm"),
        ("I 50 nm I", 50, "nm"),
        ("[500nm]", 500, "nm"),
        # Slips of character recognition that have one reading only.
        ("l00 nm", 100, "nm"),
        ("5O nm", 50, "nm"),
        ("1.O µm", 1, "um"),
        ("20 nrn", 20, "nm"),
        ("5 gm", 5, "um"),
        ("5 pm", 5, "um"),
        ("1 .00 um", 1, "um"),
    ],
)
def test_labels_are_read(text: str, value: float, unit: str) -> None:
    reading = parse_label(text)
    assert reading is not None
    assert (reading.value, reading.unit) == (value, unit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x50,000",
        "X 100,000",
        "20 kV",
        "20.0kV",
        "WD 9.1mm",
        "WD=8.5 mm",
        "WD = 10 mm",
        "01/21/2019",
        "24 Dec 2014",
        "12:36:57",
        "150 k",
        "Mag = 20.00 K X",
        "HFW 2.5 µm",
        "HFW: 19.9 μm",
        "spot 3.0",
        "det TLD",
        "0.10 nA",
        "80 pA",
        "5 s",
        "0.0°",
        "122 mrad",
        "SE(M)",
        "st10",
        "(a)",
        "Au@Ag NPs-2",
        "A",
        "nm",
        "µm",
        "500",
        # A lost decimal point, a lost first digit, a lost first letter of the unit.
        "00 nm",
        "20 m",
        "20 cm",
        # A cap of a bracket or a 1: two readings.
        "l50 nm",
        "1 500 nm",
        "I um",
        "O nm",
        "0 nm",
        "1,00,0 nm",
        "1.0.0 µm",
        "3 x 200 nm",
        "d = 0.24 nm",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    assert parse_label(text) is None


@given(
    mantissa=st.sampled_from([1, 2, 2.5, 3, 4, 5, 6, 7, 8, 9]),
    power=st.integers(0, 2),
    unit=st.sampled_from(sorted(UNITS)),
    data=st.data(),
)
def test_formatted_lengths_come_back(mantissa: float, power: int, unit: str, data: st.DataObject) -> None:
    value = mantissa * 10 ** (power if unit != "mm" else 0)
    number = data.draw(st.sampled_from([f"{value:g}", f"{value:.1f}", f"{value:.1f}".replace(".", ",")]))
    spaces = data.draw(st.sampled_from(["", " ", "  "]))
    spelling = data.draw(st.sampled_from(UNITS[unit]))
    reading = parse_label(f"{number}{spaces}{spelling}")
    assert reading is not None
    assert reading.value == pytest.approx(value)
    assert reading.unit == unit


@given(st.text(max_size=40))
def test_no_text_raises(text: str) -> None:
    reading = parse_label(text)
    assert reading is None or (reading.value > 0 and 0 < reading.plausibility <= 1)


@given(st.text(alphabet="0123456789OlI.,-| µμunmpgAÅ", max_size=12))
def test_no_label_like_text_raises(text: str) -> None:
    reading = parse_label(text)
    assert reading is None or 0.1 <= reading.length_nm <= 2e7


@given(
    name=st.sampled_from(["WD", "HFW", "EHT", "Mag", "Spot", "HV", "Signal A", "Date", "Time", "I Probe"]),
    joint=st.sampled_from([" ", "=", " = ", ": "]),
    value=st.decimals(0, 999, places=1),
    unit=st.sampled_from(["mm", "kV", "nm", "µm", "K X", "pA"]),
)
def test_named_quantities_are_no_scales(name: str, joint: str, value: object, unit: str) -> None:
    assert parse_label(f"{name}{joint}{value} {unit}") is None


def test_unusual_lengths_are_less_plausible() -> None:
    usual, unusual, measured = (parse_label(text) for text in ("200 nm", "37 nm", "311.29 nm"))
    assert usual is not None
    assert unusual is not None
    assert measured is not None
    assert usual.plausibility == 1
    assert usual.plausibility > unusual.plausibility > measured.plausibility


def test_a_lost_point_is_put_back_only_where_another_print_tells() -> None:
    reading = parse_label("05 µm")
    assert reading is not None
    assert (reading.value, reading.unit) == (0.5, "um")
    # Far below what is used without the field width or the magnification.
    assert reading.plausibility < 0.2
    assert parse_label("05 nm") is None


@pytest.mark.parametrize("text", ["1,000 µm", "1.000 nm", "10 A", "5 mm"])
def test_lengths_with_two_readings_stay_below_acceptance_or_close_to_it(text: str) -> None:
    reading = parse_label(text)
    assert reading is not None
    assert reading.plausibility <= 0.6
