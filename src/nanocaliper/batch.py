"""Measuring many images: one result folder each, failures kept apart, nothing measured twice.

Every image is measured, written and forgotten, so memory does not grow with their number. The tables of all
images are written from the result folders and always hold the first images of the run, in its order.
"""

import inspect
import multiprocessing
import os
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any, Literal

from nanocaliper import __version__
from nanocaliper.errors import NanocaliperError, OutputError, UsageError
from nanocaliper.inference.catalogue import find_model
from nanocaliper.inference.threads import limit_threads
from nanocaliper.report.folder_names import NamedImage, name_images
from nanocaliper.report.measured import Measured
from nanocaliper.report.result_folder import find_complete, write_failure, write_results
from nanocaliper.report.table_files import TableFiles
from nanocaliper.report.tables import summarise_failure, summarise_result

__all__ = ["BatchResult", "Outcome", "measure_many"]

Status = Literal["measured", "kept", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What became of one image.

    Parameters
    ----------
    status : {'measured', 'kept', 'failed'}
        ``'kept'`` where an earlier run left the same result.
    image : NamedImage
    row : mapping of str to str
        Its row of ``summary.csv``.
    """

    status: Status
    image: NamedImage
    row: Mapping[str, str]


@dataclass(frozen=True)
class BatchResult:
    """What became of all images.

    Parameters
    ----------
    out : Path
        The output folder.
    measured, kept, failed : int
        How many images, by status.
    without_scale : int
        How many of the measured and kept ones have no calibration.
    in_conflict : int
        How many of those have two scales that disagree.
    """

    out: Path
    measured: int
    kept: int
    failed: int
    without_scale: int
    in_conflict: int


@dataclass(frozen=True)
class _Job:
    image: NamedImage
    out: Path
    measure_one: Callable[[Path], Measured]
    settings: Mapping[str, Any]
    model_sha256: str | None

    @property
    def folder(self) -> Path:
        return self.out / self.image.folder


def measure_many(
    paths: Sequence[Path],
    out: Path,
    measure_one: Callable[..., Measured],
    *,
    workers: int = 1,
    progress: Callable[[int, int, Outcome], None] | None = None,
) -> BatchResult:
    """Measure images and write their results and the tables of all.

    An image whose result folder holds a complete result of the same bytes, settings, version and network is
    not measured again. An image that fails gets an ``error.txt`` and a row that says why; the others go on.

    Parameters
    ----------
    paths : sequence of Path
        The images.
    out : Path
        The output folder; it is made. What other runs left there stays, but for the tables.
    measure_one : callable
        Measures one path: `nanocaliper.pipeline.measure`, or a `functools.partial` of it with settings, which
        are its keyword-only parameters. With several workers it must be picklable.
    workers : int
        Processes that measure at the same time; 1 measures in this one.
    progress : callable, optional
        Called with the number of images done, of all images, and the `Outcome`, after each image.

    Returns
    -------
    BatchResult

    Raises
    ------
    UsageError
        If `workers` is less than 1.
    ModelError
        If the network is unknown or its card damaged.
    OutputError
        If `out` or the tables cannot be written; before anything is measured where that shows then.
    """
    if workers < 1:
        raise UsageError(f"The number of workers is {workers}; expected 1 or more.")
    settings = _read_settings(measure_one)
    model = settings.get("model", "threshold")
    model_sha256 = None if model == "threshold" else find_model(model).sha256
    images = name_images(paths)
    jobs = [_Job(image, out, measure_one, settings, model_sha256) for image in images]
    counts = dict.fromkeys(("measured", "kept", "failed"), 0)
    without_scale = in_conflict = 0
    with TableFiles(out) as tables, closing(_run_jobs(jobs, workers)) as outcomes:
        for number, outcome in outcomes:
            counts[outcome.status] += 1
            without_scale += outcome.status != "failed" and not outcome.row["nm_per_px"]
            in_conflict += outcome.row["scale_conflict"] == "open"
            tables.add(number, outcome.image, outcome.row)
            if progress is not None:
                progress(sum(counts.values()), len(jobs), outcome)
    return BatchResult(out, counts["measured"], counts["kept"], counts["failed"], without_scale, in_conflict)


def _read_settings(measure_one: Callable[..., Measured]) -> dict[str, Any]:
    """Read the settings a call without further arguments would use."""
    parameters = inspect.signature(measure_one).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}


def _measure_job(job: _Job) -> Outcome:
    """Measure one image, or keep what is there; never raises but for what ends the program."""
    clock = time.perf_counter()
    try:
        kept = find_complete(
            job.folder,
            job.image.path.name,
            lambda: _digest(job.image.path),
            job.settings,
            __version__,
            job.model_sha256,
        )
        if kept is not None:
            return _succeed("kept", job, kept)
        measured = job.measure_one(job.image.path)
        return _succeed("measured", job, write_results(measured, job.folder, job.image.image))
    except NanocaliperError as error:
        sentence, details = str(error), None
    except MemoryError:
        sentence = (
            f"There was not enough memory for '{job.image.path}': close other programs, measure with fewer "
            "--workers, or cut the image into parts."
        )
        details = traceback.format_exc()
    except Exception as error:
        sentence = (
            f"Unexpected error, a fault of the program ({type(error).__name__}: {error}): please report it "
            f"with '{job.folder / 'error.txt'}'."
        )
        details = traceback.format_exc()
    return _record_failure(job, sentence, details, time.perf_counter() - clock)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _succeed(status: Status, job: _Job, result: Mapping[str, Any]) -> Outcome:
    return Outcome(status, job.image, summarise_result(job.image.image, job.image.folder, result))


def _record_failure(job: _Job, sentence: str, details: str | None, seconds: float) -> Outcome:
    try:
        write_failure(job.folder, sentence + "\n" + (f"\n{details}" if details else ""))
    except OutputError as error:
        # The table can still say both.
        sentence = f"{sentence} {error}" if str(error) != sentence else sentence
    row = summarise_failure(job.image.image, job.image.folder, sentence, seconds)
    return Outcome("failed", job.image, row)


def _run_jobs(jobs: Sequence[_Job], workers: int) -> Generator[tuple[int, Outcome], None, None]:
    """Give the number and outcome of each job as it finishes, in any order."""
    if workers == 1 or len(jobs) < 2:
        yield from ((number, _measure_job(job)) for number, job in enumerate(jobs))
        return
    waiting = deque(range(len(jobs)))
    while waiting:
        suspects = yield from _run_pool(jobs, waiting, workers)
        # One of these killed its process, and the pool died with it: alone, each answers for itself.
        for number in suspects:
            if (yield from _run_pool(jobs, deque([number]), 1)):
                yield number, _record_failure(jobs[number], _DIED, None, 0.0)


_DIED = (
    "The process that measured it ended without a word, most often for want of memory: close other programs, "
    "or cut the image into parts."
)


def _run_pool(
    jobs: Sequence[_Job], waiting: deque[int], workers: int
) -> Generator[tuple[int, Outcome], None, list[int]]:
    """Run the waiting jobs in processes until all are done or a process dies; return what ran when it did."""
    # 'spawn' on every system: a fork would copy the locks of ONNX Runtime's threads.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(workers,))
    running: dict[Future[Outcome], int] = {}
    suspects: list[int] = []
    try:
        while (waiting or running) and not suspects:
            while waiting and len(running) < workers:
                number = waiting.popleft()
                try:
                    running[pool.submit(_measure_job, jobs[number])] = number
                except BrokenProcessPool:
                    suspects.append(number)
                    break
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                number = running.pop(done)
                try:
                    outcome = done.result()
                except BrokenProcessPool:
                    suspects.append(number)
                else:
                    yield number, outcome
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return sorted([*suspects, *running.values()])


def _start_worker(workers: int) -> None:
    limit_threads(max(1, (os.cpu_count() or 1) // workers))
    # Ctrl-C reaches every process of the terminal; only the first one answers, the others finish their image.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
