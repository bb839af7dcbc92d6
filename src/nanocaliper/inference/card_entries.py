"""Entries of a card, each checked where it is read: what is missing or impossible is said in one sentence."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nanocaliper.errors import ModelError
from nanocaliper.inference.model_card import ModelCard

__all__ = ["CardEntries"]


@dataclass(frozen=True)
class CardEntries:
    """Reader of a card; entries are named by their path, for example ``'decoder.judge.bias'``.

    Parameters
    ----------
    card : ModelCard
    """

    card: ModelCard

    def has(self, path: str) -> bool:
        """Tell whether there is such an entry."""
        return self._find(path) is not None

    def number(self, path: str, low: float = -math.inf, high: float = math.inf) -> float:
        """Read a number from `low` to `high`.

        Raises
        ------
        ModelError
            If it is missing or anything else.
        """
        value = self._take(path)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (is_number and math.isfinite(value) and low <= value <= high):
            limits = f" from {low:g} to {high:g}" if math.isfinite(high) else f" of at least {low:g}"
            raise self._wrong(path, value, f"a number{limits if math.isfinite(low) else ''}")
        return float(value)

    def whole(self, path: str, low: int = 1, high: int = 2**31) -> int:
        """Read a whole number from `low` to `high`; errors as `number`."""
        value = self._take(path)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self._wrong(path, value, f"a whole number from {low} to {high}")
        return value

    def choice(self, path: str, known: Sequence[str]) -> str:
        """Read one of some words; errors as `number`."""
        value = self._take(path)
        if value not in known:
            raise self._wrong(path, value, " or ".join(map(repr, known)))
        return str(value)

    def names(self, path: str) -> tuple[str, ...]:
        """Read a list of different words; errors as `number`."""
        value = self._take(path)
        are_words = isinstance(value, list) and value and all(isinstance(one, str) and one for one in value)
        if not are_words or len(set(value)) < len(value):
            raise self._wrong(path, value, "a list of different names")
        return tuple(value)

    def _find(self, path: str) -> Any:
        value: Any = self.card
        for depth, key in enumerate(path.split(".")):
            if depth == 0:
                value = getattr(self.card, key)
            else:
                value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def _take(self, path: str) -> Any:
        value = self._find(path)
        if value is None:
            raise ModelError(f"The card of model '{self.card.name}' lacks {path}; see docs/models.md.")
        return value

    def _wrong(self, path: str, value: Any, expected: str) -> ModelError:
        return ModelError(
            f"The card of model '{self.card.name}' has {path} = {value!r}; expected {expected}."
        )
