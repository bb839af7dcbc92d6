"""Lengths, and numbers as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanocaliper.units import format_figures, to_nm


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (240.4, "240"),
        (1.26, "1.3"),
        (0.00423, "0.0042"),
        (0, "0"),
        (19.96, "20"),
        (123456, "120000"),
        (-350, "-350"),
    ],
)
def test_numbers_have_two_figures_and_no_exponent(value: float, text: str) -> None:
    assert format_figures(value) == text


@given(st.floats(1e-3, 1e9))
def test_what_is_written_is_near_the_number(value: float) -> None:
    text = format_figures(value)
    assert "e" not in text
    assert float(text) == pytest.approx(value, rel=0.051)


def test_unknown_units_are_refused() -> None:
    assert to_nm(2, "um") == 2000
    with pytest.raises(ValueError, match="furlong"):
        to_nm(1, "furlong")
