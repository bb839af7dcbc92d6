"""``nanocaliper export``: a trained network as a model folder that ``measure`` takes."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["export"]


def export(
    source: Annotated[
        Path, typer.Argument(metavar="RUN", help="Folder of a training run, or one of its checkpoints.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="Where the model goes.")],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the model.", show_default="that of FOLDER")
    ] = None,
) -> None:
    """Make a model of a trained network: card.toml and weights.onnx.

    The exported network is compared with the trained one at several image sizes; it is written only where both
    agree. Look over its card before you use it: 'nanocaliper models FOLDER' shows it.

    \b
    Examples:
      nanocaliper export runs/first -o my_model
      nanocaliper export runs/first/epochs/0049.ckpt -o models/epoch_50 --name epoch_50

    Exit status: 0 exported, 2 wrong use.
    """
    from nanocaliper.errors import UsageError

    missing = [module for module in ("torch", "onnx") if find_spec(module) is None]
    if missing:
        raise UsageError(
            f"Exporting needs {' and '.join(missing)}, which the plain install leaves out; install it with: "
            "pip install 'nanocaliper[train]'"
        )
    from nanocaliper.training.export_model import export_model

    parity = export_model(source, out, name)
    typer.echo(f"Written: {out} (differs from the trained network by {parity:.2g} at most)")
    typer.echo(f"Use it with: nanocaliper measure IMAGE --model {out}")
