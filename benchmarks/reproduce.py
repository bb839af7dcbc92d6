"""Make a table or figure of one of the three papers again, with the paper's own numbers beside it.

``python benchmarks/reproduce.py ITEM [--data FOLDER] [--quick] [--model [NETWORK=]PLACE ...]
[--set TABLE.KEY=VALUE ...] -o OUT``

``ITEM`` is one of those that ``--list`` lists, such as ``tao/table4``, or a paper, ``tao``, for all of it.
Networks that a table needs are trained by the paper's protocol (``examples/training``); what was trained before
with the same ``-o`` is not trained again, and what was stopped goes on. ``--quick`` takes few small images and
epochs: minutes on a processor, to see that everything works; its scores say nothing about a network.

``--model`` takes a network that is trained already in the place of a training: the folder of a run, a model's
folder, or the name of one that ships; of the paper's own network, or of the one that is named. The page says which
it was and how it was trained; images that it saw in training are refused.

``OUT/full`` (or ``OUT/quick``) gets ``runs/`` with the trainings, and a folder for each table or figure with
``scores.md``, ``scores.json`` and pictures. See docs/papers.md.
"""

import argparse
import sys
import tomllib
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from nanocaliper.errors import NanocaliperError, UsageError
from papers import (
    nsyolo,
    nsyolo_heatmaps,
    nsyolo_limits,
    nsyolo_rivals,
    nsyolo_segmentations,
    residualformer,
    tao,
    tao_sizes,
)
from papers.running import Item
from papers.setup import Setup
from result_tables import write_run

#: How each table or figure is made.
ITEMS: dict[str, Item] = {
    f"{paper}/{name}": item
    for paper, modules in {
        "tao": (tao, tao_sizes),
        "residualformer": (residualformer,),
        "nsyolo": (nsyolo, nsyolo_rivals, nsyolo_segmentations, nsyolo_heatmaps, nsyolo_limits),
    }.items()
    for module in modules
    for name, item in module.ITEMS.items()
}


def choose_items(wanted: str) -> list[str]:
    """Names of one table or figure, or of all of a paper."""
    chosen = [name for name in ITEMS if wanted in (name, name.split("/")[0])]
    if not chosen:
        raise UsageError(f"There is no '{wanted}'; expected a paper or one of {', '.join(ITEMS)}.")
    return chosen


def make(name: str, setup: Setup) -> str:
    """Make one table or figure and write it; returns the page."""
    page = ITEMS[name].make(setup)
    folder = setup.folder / name.replace("/", "_")
    folder.mkdir(parents=True, exist_ok=True)
    for stem, picture in page.pictures.items():
        if isinstance(picture, Figure):
            picture.savefig(folder / f"{stem}.png", dpi=130)
        else:
            picture.save(folder / f"{stem}.png")
    pictures = [f"{stem}.png" for stem in page.pictures]
    return write_run(folder, folder.name, page.settings, page.tables, page.figures, page.note, pictures)


def parse_change(text: str) -> tuple[str, Any]:
    """Read ``table.key=value``; the value as in a TOML file, a text also without quotation marks."""
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--set is '{text}'; expected a table, a key and a value: training.epochs=20.")
    try:
        return name.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return name.strip(), value.strip()


def parse_models(given: list[str]) -> dict[str, str]:
    """Read ``[network=]place``; without a name, the paper's own network."""
    models: dict[str, str] = {}
    for text in given:
        name, equals, place = text.partition("=")
        name, place = (name.strip(), place) if equals else ("", text)
        if name in models or not place:
            raise UsageError(
                f"--model is '{text}'; expected a run or a model, once for each network: --model nsyolo_shapes "
                "--model yolo11=FOLDER."
            )
        models[name] = place
    return models


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("item", nargs="?", help="table or figure, or paper")
    parser.add_argument("--list", action="store_true", help="list what can be made")
    parser.add_argument("--data", type=Path, help="labelled images; EMPS for tao and residualformer")
    parser.add_argument("--quick", action="store_true", help="few small images and epochs")
    parser.add_argument("--images", type=int, help="how many images --quick takes, or are simulated")
    parser.add_argument("--fold", help="which fold is held out, or all")
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="[NETWORK=]PLACE",
        help="network that is trained already: a run, a model's folder, or the name of one that ships",
    )
    parser.add_argument("--weights", type=Path, help="folder of published encoder weights")
    parser.add_argument("--fetch-weights", action="store_true", help="fetch those that are not there")
    parser.add_argument("--set", action="append", default=[], metavar="TABLE.KEY=VALUE", help="other setting")
    parser.add_argument("-o", "--out", type=Path, default=Path("papers"), help="folder for all of it")
    given = parser.parse_args(arguments)
    if given.list or given.item is None:
        print("\n".join(f"{name:24} {item.title}" for name, item in ITEMS.items()))
        return 0
    try:
        setup = Setup(
            given.out,
            given.data,
            given.quick,
            given.fold,
            given.images,
            given.weights,
            given.fetch_weights,
            parse_models(given.model),
            dict(map(parse_change, given.set)),
            lambda text: print(text, file=sys.stderr, flush=True),
        )
        if setup.models and setup.changes:
            raise UsageError(
                "There are both --set and --model: settings of training change nothing in trained weights."
            )
        names = choose_items(given.item)
    except NanocaliperError as error:
        print(error, file=sys.stderr)
        return 2
    refused = 0
    for name in names:
        try:
            print(make(name, setup))
        except NanocaliperError as error:
            # Of a whole paper, the others can be made all the same.
            print(f"{name}: {error}", file=sys.stderr)
            refused += 1
    return 2 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
