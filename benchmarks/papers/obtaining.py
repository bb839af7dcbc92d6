"""The networks of a table or figure: those that were given, or trainings that tables and figures share."""

from collections.abc import Mapping, Sequence
from typing import Any

from nanocaliper.errors import UsageError
from nanocaliper.report.evaluation_folder import write_evaluation
from nanocaliper.training.protocols import plan_runs, train_runs
from nanocaliper.training.run_folder import check_resumable
from papers.given import FindData, find_given
from papers.running import Run, Variant, make_variant
from papers.setup import Setup

__all__ = ["obtain"]


def obtain(
    setup: Setup,
    paper: str,
    protocol: str,
    find_data: FindData,
    variants: Sequence[Variant],
    fold: str | None = None,
) -> dict[str, list[Run]]:
    """Take the networks that were given; where none were, train what is not trained yet.

    Parameters
    ----------
    setup : Setup
    paper : str
        Name of the folder of its runs, which all its tables share.
    protocol : str
        As of `papers.running.make_variant`.
    find_data : callable
        Gives settings of ``[data]``; not called where they are not needed.
    variants : sequence of Variant
    fold : str, optional
        Only this fold of the data, or ``'all'``; the user's choice wins.

    Returns
    -------
    dict of str to list of Run
        By name of the variant, a run a fold; where networks were given, of these alone.

    Raises
    ------
    UsageError
        If networks were given, but none that is needed.
    """
    if setup.models:
        given = find_given(setup, paper, protocol, find_data, variants)
        if not given:
            known = ", ".join(f"{one.name}{' (or no name)' if one.own else ''}" for one in variants)
            raise UsageError(
                f"None of the networks that --model gives is needed here; expected some of {known}."
            )
        return given
    chosen = setup.fold or fold
    data = find_data()
    planned = {
        variant.name: plan_runs(
            make_variant(setup, protocol, data, variant), None if chosen in (None, "all") else chosen
        )
        for variant in variants
    }
    above = setup.folder / "runs" / paper
    runs = {
        variant.name: [
            Run(variant, one, above / variant.name / one.name, above / variant.name / one.name / "evaluation")
            for one in planned[variant.name]
        ]
        for variant in variants
    }
    for variant in variants:
        for run in runs[variant.name]:
            if not _is_finished(run):
                setup.tell(f"{paper}, {variant.label} {run.planned.name}".rstrip())
                train_runs([run.planned], above / variant.name, _report, resume=True, tell=setup.tell)
    return runs


def _report(images: Any, out: Any, title: str, roc: Any) -> Mapping[str, float | None]:
    return write_evaluation(images, out, title, {}, roc)


def _is_finished(run: Run) -> bool:
    """Whether a run is there with its scores, of the same settings and images."""
    planned = run.planned
    check_resumable(run.folder, planned.experiment, planned.parts, planned.images.folder, resume=True)
    return (run.folder / "evaluation" / "scores.json").is_file()
