"""What a benchmark writes: tables as pages show them, and the figures behind them, for ``accuracy_page.py``."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nanocaliper import __version__


@dataclass(frozen=True)
class Table:
    """Headings and rows of text; the first column names, the others are figures."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """The table in Markdown."""
        rule = ["---", *["---:"] * (len(self.columns) - 1)]
        lines = [" | ".join(cells) for cells in (self.columns, *self.rows)]
        lines.insert(1, "|".join(rule))
        return "\n".join(f"|{line}|" if line == lines[1] else f"| {line} |" for line in lines)


def percent(share: float | None, digits: int = 1, *, signed: bool = False) -> str:
    """A share in per cent, with a true minus sign."""
    if share is None or share != share:
        return "–"
    return f"{100 * share:{'+' if signed else ''}.{digits}f} %".replace("-", "−")


def write_run(
    folder: Path,
    benchmark: str,
    settings: Mapping[str, Any],
    tables: Mapping[str, Table],
    figures: Mapping[str, Any],
    note: str = "",
    pictures: Sequence[str] = (),
) -> str:
    """Write ``scores.json`` and ``scores.md``; returns the page.

    `settings` say what was scored, never where it lay: the file is kept with the documentation. A `note` says how
    to read the tables; `pictures` lie beside the page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "benchmark": benchmark,
        "version": __version__,
        "settings": dict(settings),
        **({"note": note} if note else {}),
        "tables": {name: asdict(table) for name, table in tables.items()},
        "figures": dict(figures),
    }
    (folder / "scores.json").write_text(
        json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
    )
    stated = ", ".join(f"{name} {value}" for name, value in settings.items() if value is not None)
    page = f"# {benchmark} (nanocaliper {__version__}, {platform.machine()})\n\n{stated}\n"
    for name, table in tables.items():
        page += f"\n## {name}\n\n{table.markdown()}\n"
    page += "".join(f"\n![{name}]({name})\n" for name in pictures)
    page += f"\n{note}\n" if note else ""
    (folder / "scores.md").write_text(page, encoding="utf-8")
    return page
