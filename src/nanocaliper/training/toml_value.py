"""Values as TOML has them; the standard library reads it only."""

import json
from typing import Any

__all__ = ["write_value"]


def write_value(value: Any) -> str:
    """Write a value of a TOML file.

    Parameters
    ----------
    value : bool, int, float, str, or a list or tuple of these

    Returns
    -------
    str
    """
    # They look the same in JSON, but for one character of texts.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
