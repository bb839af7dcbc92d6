"""XML from files that may be hostile: entities are refused, never expanded."""

import re
from xml.etree import ElementTree

__all__ = ["UnreadableXmlError", "name_of", "parse_xml"]

# OME-XML of a large plate has some ten MB; more than this is not metadata of one image. An element takes some
# hundred bytes of memory and an attribute not much less, so they are limited as well.
_LONGEST = 16 * 1024 * 1024
_MOST_ELEMENTS, _MOST_ATTRIBUTES = 500_000, 1_000_000
_DECLARATIONS = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class UnreadableXmlError(Exception):
    """The XML is damaged, or of a kind that is refused; the message ends a sentence that starts with its name."""


def parse_xml(text: str) -> ElementTree.Element:
    """Parse XML that declares nothing.

    Parameters
    ----------
    text : str
        The whole document.

    Returns
    -------
    Element
        Its root.

    Raises
    ------
    UnreadableXmlError
        If it declares a document type or entities (by which a few bytes can grow to gigabytes, or read other
        files), is longer than 16 million characters, has too many elements or attributes or is not well formed.
    """
    if len(text) > _LONGEST:
        raise UnreadableXmlError(f"is {len(text):,} characters long, more than {_LONGEST:,}")
    if text.count("<") > 2 * _MOST_ELEMENTS or text.count("=") > _MOST_ATTRIBUTES:
        raise UnreadableXmlError(
            f"has more than {_MOST_ELEMENTS:,} elements or {_MOST_ATTRIBUTES:,} attributes"
        )
    if _DECLARATIONS.search(text):
        raise UnreadableXmlError("declares a document type or entities, which may be an attack")
    try:
        return ElementTree.fromstring(text.strip("\ufeff\0 \t\r\n\x01"))
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise UnreadableXmlError(f"is damaged ({reason[:100]})") from error


def name_of(element: ElementTree.Element) -> str:
    """Name of an element without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
