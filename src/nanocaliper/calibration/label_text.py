"""The grammar of a scale bar's label: from the text as read to a number and a unit, or to nothing.

The rule is to refuse rather than to guess. A label is a number and a unit of length and nothing else, so
whatever an instrument prints beside its scale (``WD 9.1mm``, ``20 kV``, ``x50,000``, ``HFW 2.5 µm``) is no
label. Slips of optical character recognition are put right only where one reading is possible.
"""

import math
import re
import unicodedata
from dataclasses import dataclass

from nanocaliper.units import to_nm

__all__ = ["LabelReading", "parse_label"]

# Longest first, so that 'nm' is never read as a stray 'n' before 'm'.
_UNITS = {
    "nanometers": "nm",
    "nanometer": "nm",
    "nanometres": "nm",
    "nanometre": "nm",
    "micrometers": "um",
    "micrometer": "um",
    "micrometres": "um",
    "micrometre": "um",
    "microns": "um",
    "micron": "um",
    "angstroms": "A",
    "angstrom": "A",
    "nrn": "nm",
    "nm": "nm",
    "μrn": "um",
    "urn": "um",
    "μm": "um",
    "um": "um",
    # A picometre bar does not exist on a micrograph (an atom is 100 pm wide): 'pm' is a micro sign
    # whose tail was read as a p. The same holds for the other look-alikes of the micro sign.
    "prn": "um",
    "pm": "um",
    "gm": "um",
    "mm": "mm",
    "μ": "um",
    "å": "A",
    "a": "A",
}

_NUMBER = r"(?:[0-9OoQlI]{1,4}(?:[ ,][0-9]{3})+|[0-9OoQlI]{1,5})(?: ?[.,] ?[0-9OoQ]{1,3})?|[.,][0-9OoQ]{1,3}"
_LABEL = re.compile(rf"({_NUMBER}) ?([^\W\d_](?: ?[^\W\d_])*) ?\.?")
# What is left of the bar's own line, caps and frame at the ends of a label, such as '|-- 200 nm --|'.
_FRAME = " \t\r\n-–—―_|=~:;'\"`´‘’“”[](){}<>«»*•·^/\\"
_CAP = re.compile(r"^[lI](?= +[0-9])|(?<=[a-zμå]) +[lI1]$")


@dataclass(frozen=True)
class LabelReading:
    """A length as printed beside a scale bar.

    Parameters
    ----------
    value : float
        The number, above 0.
    unit : {'A', 'nm', 'um', 'mm'}
        The unit.
    plausibility : float
        0 to 1: how usual such a label is on a micrograph; 1 for 200 nm, 0.3 for 37 nm, 0.1 for 311 nm.
    """

    value: float
    unit: str
    plausibility: float

    @property
    def length_nm(self) -> float:
        """The same length in nm."""
        return to_nm(self.value, self.unit)


def parse_label(text: str) -> LabelReading | None:
    """Read a scale bar's label.

    Both micro signs (U+00B5, U+03BC), ``u``, decimal point and decimal comma, thousands separators and the
    usual slips of character recognition are understood: ``O`` for 0, ``l`` for a leading 1 before zeros,
    ``pm`` and ``gm`` for µm, ``rn`` for m. A comma before three digits separates thousands (``1,000 nm``)
    unless a lone zero stands before it. Metres and centimetres are refused: on a micrograph they are a
    nm, µm or mm that lost its first letter.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    LabelReading or None
        The length, or None where the text is not, as a whole, a length.
    """
    match = _LABEL.fullmatch(_normalise(text))
    if match is None:
        return None
    unit = _UNITS.get(match[2].replace(" ", "").lower())
    number = _read_number(match[1], unit)
    if unit is None or number is None:
        return None
    value, certainty = number
    if not 0.1 <= to_nm(value, unit) <= 2e7:
        return None
    if match[2] in ("A", "a"):
        # A plain A may be an ampere.
        certainty *= 0.5
    if unit == "mm":
        # Instruments print the working distance in mm beside the scale; a bar in mm is rare.
        certainty *= 0.6
    return LabelReading(value, unit, certainty * _plausibility(value))


def _normalise(text: str) -> str:
    """Bring look-alike characters together and drop what frames the label."""
    text = unicodedata.normalize("NFKC", text).replace("\u00b5", "\u03bc")
    # NFKC leaves these micro-like and ångström-like characters apart.
    text = text.replace("Α", "A").replace("Å", "Å").replace("。", ".").replace("，", ",")
    text = re.sub(r"\s+", " ", text.strip(_FRAME))
    return _CAP.sub("", text).strip(_FRAME)


def _read_number(text: str, unit: str | None) -> tuple[float, float] | None:
    """Turn the digits into a number and say how certain its reading is; None where it may be another."""
    certainty = 1.0
    text = re.sub(r" ?([.,]) ?", r"\1", text)
    if not re.search("[0-9]", text):
        return None
    text = re.sub("[OoQ]", "0", text)
    if re.search("[lI]", text):
        # 'l00' can only be 100; but the l of 'l50' may as well be the cap of a bracket around 50.
        if not re.fullmatch(r"[lI](0*[.,]0*|0+)", text):
            return None
        text = "1" + text[1:]
    if re.match("1 [1-9]", text):
        # '1 500 nm' may be 1500 nm, or 500 nm after the cap of a bracket.
        return None
    text = text.replace(" ", ",") if "." not in text else text.replace(" ", "")
    if re.fullmatch(r"[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?", text):
        # '1,000 nm' has thousands; '1,000 µm' may be a German 1.000 µm, and nothing on the label tells.
        certainty *= 1.0 if unit == "nm" or text.count(",") > 1 else 0.4
        text = text.replace(",", "")
    elif re.fullmatch(r"[1-9][0-9]{0,2}\.[0-9]{3}", text):
        # The mirror image: a German 1.000 nm is a micrometre.
        certainty *= 0.4
    if unit == "um" and re.fullmatch(r"0[1-9]", text):
        # Nobody prints '05 µm': it is a 0.5 µm whose point was lost, or the end of 1.05; other prints must tell.
        text, certainty = f"0.{text[1]}", 0.15
    if text.count(",") + text.count(".") > 1 or re.fullmatch(r"0[0-9].*", text):
        return None
    value = float(text.replace(",", "."))
    return (value, certainty) if value > 0 and math.isfinite(value) else None


def _plausibility(value: float) -> float:
    """How usual a printed length is, from its significant figures: 1, 2, 5 and 10 are, 37 is not.

    All 99 labels of the real micrographs this was tuned on have one significant figure or are 25.
    """
    mantissa = round(value / 10 ** math.floor(math.log10(value) + 1e-9), 6)
    if mantissa == round(mantissa):
        return 1.0
    if mantissa in (1.5, 2.5, 7.5):
        return 0.9
    return 0.3 if round(mantissa, 1) == mantissa else 0.1
