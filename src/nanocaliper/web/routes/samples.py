"""Samples: which images belong together, and notes on them."""

from typing import Any

from nanocaliper.web import answers
from nanocaliper.web.api import Routes
from nanocaliper.web.inputs import SampleChange, SampleNew
from nanocaliper.web.workbench import Workbench

routes = Routes("samples")
_ONE = "/projects/<project>/samples/<id:sample>"


@routes.add("GET", "/projects/<project>/samples", answer=list[answers.Sample])
def list_samples(bench: Workbench, project: str) -> list[dict[str, Any]]:
    """List the samples of a project."""
    return bench.root.open(project).samples.records()


@routes.add(
    "POST", "/projects/<project>/samples", body=SampleNew, answer=answers.Sample, status=201,
    example={"name": "Batch 7", "notes": {"material": "gold", "operator": "A. Meyer"}},
)  # fmt: skip
def create_sample(bench: Workbench, project: str, body: SampleNew) -> dict[str, Any]:
    """Make a sample."""
    return bench.root.open(project).samples.add(body.name, body.notes.model_dump(exclude_none=True))


@routes.add(
    "PATCH", _ONE, body=SampleChange, answer=answers.Sample, example={"notes": {"comment": "washed twice"}}
)
def change_sample(bench: Workbench, project: str, sample: int, body: SampleChange) -> dict[str, Any]:
    """Rename a sample, or change some of its notes."""
    notes = None if body.notes is None else body.notes.model_dump(exclude_none=True)
    return bench.root.open(project).samples.change(sample, body.name, notes)


@routes.add("DELETE", _ONE, answer=answers.Sample)
def delete_sample(bench: Workbench, project: str, sample: int) -> dict[str, Any]:
    """Delete a sample; its images stay and belong to none."""
    return bench.root.open(project).samples.mark_deleted(sample, True)


@routes.add("POST", _ONE + "/restore", answer=answers.Sample)
def restore_sample(bench: Workbench, project: str, sample: int) -> dict[str, Any]:
    """Bring back a deleted sample with its images."""
    return bench.root.open(project).samples.mark_deleted(sample, False)
