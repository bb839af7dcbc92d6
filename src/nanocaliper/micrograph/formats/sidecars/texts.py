"""The lines of instruments' text files, in whatever encoding they were written."""

import re

__all__ = ["decode_text", "read_count_pair", "read_keys", "read_number", "read_quantity"]

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_ .]{0,80}$")
_SECTION = re.compile(r"\[([^\[\]]{1,60})\]\s*")
# A minus sign is read, so that a negative size is refused in words and not taken for a positive one.
_NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,4})?"
_QUANTITY = re.compile(rf"({_NUMBER})\s*(.*)", re.DOTALL)
_PAIR = re.compile(r"([0-9]{1,9})\s*(?:[xX*×, ])\s*([0-9]{1,9})")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f]+")


def decode_text(raw: bytes) -> str:
    """Decode UTF-16 (with or without a mark), UTF-8 or else Latin-1, which always succeeds.

    Parameters
    ----------
    raw : bytes
        The file.

    Returns
    -------
    str
    """
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    head = raw[:512]
    # Without a mark: in UTF-16 every other byte of a text in Latin letters is zero.
    if len(head) >= 8:
        if head[1::2].count(0) > 0.7 * len(head[1::2]) and not head[0::2].count(0):
            return raw.decode("utf-16-le", "replace")
        if head[0::2].count(0) > 0.7 * len(head[0::2]) and not head[1::2].count(0):
            return raw.decode("utf-16-be", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def read_keys(text: str) -> dict[str, dict[str, str]]:
    """Read ``[section]`` and ``key=value`` lines; what is neither is passed over.

    Parameters
    ----------
    text : str
        The text; bytes of another kind may stand before and between the lines.

    Returns
    -------
    dict
        Values by section and key; ``''`` is the section before the first heading. The first of two equal keys
        counts.
    """
    sections: dict[str, dict[str, str]] = {}
    current = sections.setdefault("", {})
    for line in _CONTROLS.split(text):
        stripped = line.strip()
        if heading := _SECTION.fullmatch(stripped):
            current = sections.setdefault(heading[1].strip(), {})
        else:
            before, sign, value = stripped.partition("=")
            # Bytes of another kind may stand right before a key; keys are short, and a line may be endless.
            if sign and (match := _KEY.search(before.rstrip()[-100:])):
                current.setdefault(match[0].strip(), value.strip())
    return sections


def read_quantity(text: object) -> tuple[float, str] | None:
    """Read a number and the text after it, such as ``5000 Volt`` or ``1.0um``.

    Parameters
    ----------
    text : object
        Anything; only a text that starts with a number is one.

    Returns
    -------
    tuple of float and str, or None
        The number (infinite where it is too large for a float) and what follows it, without spaces around it.
    """
    match = _QUANTITY.fullmatch(text.strip()) if isinstance(text, str) and len(text) < 400 else None
    return (float(match[1]), match[2].strip()) if match else None


def read_number(text: object) -> float | None:
    """Read a text that is a number and nothing else; None for anything else."""
    quantity = read_quantity(text)
    return quantity[0] if quantity is not None and not quantity[1] else None


def read_count_pair(text: object) -> tuple[int, int] | None:
    """Read two whole numbers, such as ``1280x960``, ``1280 960`` or ``2048 * 1536``; None for anything else."""
    match = _PAIR.fullmatch(" ".join(text.split())) if isinstance(text, str) and len(text) < 400 else None
    return (int(match[1]), int(match[2])) if match else None
