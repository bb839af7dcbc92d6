"""``nanocaliper models``: which networks there are, and what is known of each."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

__all__ = ["models"]


def models(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="Show the card of this network.", show_default=False),
    ] = None,
) -> None:
    """List the networks, or show the card of one.

    \b
    Examples:
      nanocaliper models
      nanocaliper models particle_unet
      nanocaliper models path/to/my_model
    """
    from nanocaliper.inference.catalogue import DEFAULT_MODEL, find_model, shipped_models

    if name is None:
        from nanocaliper.cli.show import align

        rows = [["model", "task", "what it is"]]
        rows += [
            [card_name + (" (default)" if card_name == DEFAULT_MODEL else ""), card.task, card.summary]
            for card_name, card in shipped_models().items()
        ]
        rows.append(["threshold", "particles", _THRESHOLD])
        typer.echo(align(rows))
        typer.echo("Use one with 'nanocaliper measure --model NAME'; its card: 'nanocaliper models NAME'.")
        return
    if name == "threshold":
        typer.echo(f"threshold: {_THRESHOLD}")
        return
    card = find_model(name)
    typer.echo(f"{card.name}: {card.summary}")
    facts = {
        "task": card.task,
        "licence": card.licence,
        "folder": str(card.folder),
        "sha256": card.sha256,
        "input": card.input,
        "output": card.output,
        "decoder": card.decoder,
        "training": card.training,
        "scores": card.scores,
    }
    for line in _list_facts(facts):
        typer.echo(line)


_THRESHOLD = "No network: a grey-value threshold and a split at necks; quick, for well separated particles."


def _list_facts(facts: Mapping[str, Any], indent: str = "  ") -> list[str]:
    lines = []
    for key, value in facts.items():
        if isinstance(value, Mapping):
            lines += [f"{indent}{key}:", *_list_facts(value, indent + "  ")]
        else:
            listed = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            lines.append(f"{indent}{key}: {listed}")
    return lines
