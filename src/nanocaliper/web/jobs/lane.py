"""A lane: a queue of jobs and the one process that does them, started when needed and again when it dies."""

import contextlib
import itertools
import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from nanocaliper.errors import RequestError
from nanocaliper.web.jobs.worker import run_worker

__all__ = ["Job", "JobCancelledError", "Lane", "wait_for"]

_DIED = (
    "The process that worked on it ended without a word, most often for want of memory: close other programs, or "
    "cut the image into parts."
)


class JobCancelledError(RequestError):
    """A job was cancelled."""

    def __init__(self) -> None:
        super().__init__("It was cancelled.", 409)


def _ignore(*_: Any) -> None:
    return


@dataclass(eq=False)
class Job:
    """Something to do in another process.

    Parameters
    ----------
    key : tuple
        Names it: a job that waits is not put into the queue once more.
    function : callable
        Of a module's top level; called there with the arguments and ``report``.
    arguments : callable
        Gives the arguments when the job's turn comes, so that they are those of then.
    priority : int
        Lower ones go first.
    on_start, on_stage, on_done, on_failed : callable
        Called in the lane's thread: before; with a stage; with the result; with the error.
    future : Future
        Of the result.
    """

    key: tuple[Any, ...]
    function: Callable[..., Any]
    arguments: Callable[[], tuple[Any, ...]]
    priority: int = 0
    on_start: Callable[[], None] = _ignore
    on_stage: Callable[[str], None] = _ignore
    on_done: Callable[[Any], None] = _ignore
    on_failed: Callable[[RequestError], None] = _ignore
    future: Future[Any] = field(default_factory=Future)
    order: int = 0


class Lane:
    """A queue of jobs with one process.

    Parameters
    ----------
    name : str
        Of the thread and the process.
    threads : int
        For networks.
    niceness : int
        As for `nanocaliper.web.jobs.worker.run_worker`.
    """

    def __init__(self, name: str, *, threads: int = 1, niceness: int = 0) -> None:
        self._name = name
        self._settings = (threads, niceness)
        self._orders = itertools.count()
        self._waiting: list[Job] = []
        self._running: Job | None = None
        self._cancelled: Job | None = None
        self._process: Any = None
        self._pipe: Connection | None = None
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name=f"lane {name}", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> Future[Any]:
        """Put a job into the queue; where one of this key waits already, hurry that one and give its future."""
        with self._changed:
            if self._closed:
                raise RequestError("The program is ending.", 503)
            for other in self._waiting:
                if other.key == job.key:
                    other.priority = min(other.priority, job.priority)
                    return other.future
            job.order = next(self._orders)
            self._waiting.append(job)
            self._changed.notify_all()
        return job.future

    def cancel(self, fits: Callable[[tuple[Any, ...]], bool]) -> list[tuple[Any, ...]]:
        """Cancel the jobs whose key fits, the running one too, and give their keys."""
        with self._changed:
            dropped = [job for job in self._waiting if fits(job.key)]
            self._waiting = [job for job in self._waiting if not fits(job.key)]
            running = self._running
            if running is not None and fits(running.key):
                self._cancelled = running
                self._stop_process()
            else:
                running = None
        for job in dropped:
            self._fail(job, JobCancelledError())
        return [job.key for job in (*dropped, *([running] if running else []))]

    def keys(self) -> list[tuple[Any, ...]]:
        """Give the keys of the jobs that wait, in the order they will be done."""
        with self._changed:
            return [job.key for job in sorted(self._waiting, key=lambda job: (job.priority, job.order))]

    @property
    def process_id(self) -> int | None:
        """Of the process, where one runs."""
        process = self._process
        return None if process is None else process.pid

    def close(self) -> None:
        """Drop what waits and end the process."""
        with self._changed:
            self._closed = True
            dropped, self._waiting = self._waiting, []
            self._cancelled = self._running
            self._stop_process()
            self._changed.notify_all()
        for job in dropped:
            job.future.cancel()
        self._thread.join(timeout=10)
        with self._changed:
            self._end_process()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                job = min(self._waiting, key=lambda one: (one.priority, one.order))
                self._waiting.remove(job)
                self._running = job
            try:
                self._run(job)
            except RequestError as error:
                self._fail(job, error)
            except Exception as error:
                # A row that is gone, a full disk: this job fails, the lane goes on.
                self._fail(
                    job, RequestError(f"It could not be finished ({type(error).__name__}: {error}).", 500)
                )
            finally:
                with self._changed:
                    if self._cancelled is not None:
                        # It was told to end, perhaps just after it was done: the next job needs a new one.
                        self._end_process()
                    self._running = self._cancelled = None

    def _run(self, job: Job) -> None:
        arguments = job.arguments()
        job.on_start()
        pipe, process = self._ensure_process(job)
        try:
            pipe.send((job.function, arguments))
            while True:
                if pipe not in wait([pipe, process.sentinel]):
                    raise EOFError
                kind, *rest = pipe.recv()
                if kind != "stage":
                    break
                job.on_stage(rest[0])
        except (EOFError, OSError):
            with self._changed:
                self._end_process()
                cancelled = self._cancelled is job
            raise JobCancelledError() if cancelled else RequestError(_DIED, 500) from None
        if kind == "failed":
            raise RequestError(rest[0], rest[1])
        job.on_done(rest[0])
        job.future.set_result(rest[0])

    def _fail(self, job: Job, error: RequestError) -> None:
        # When the program ends, what was being done is still to be done at the next start.
        if not self._closed:
            with contextlib.suppress(RequestError):
                job.on_failed(error)
        if not job.future.done():
            job.future.set_exception(error)

    def _ensure_process(self, job: Job) -> tuple[Connection, Any]:
        with self._changed:
            if self._closed or self._cancelled is job:
                raise JobCancelledError
            if self._process is None or not self._process.is_alive() or self._pipe is None:
                self._end_process()
                # 'spawn' on every system: a fork would copy the locks of other threads.
                context = multiprocessing.get_context("spawn")
                self._pipe, theirs = context.Pipe()
                self._process = context.Process(
                    target=run_worker,
                    args=(theirs, *self._settings),
                    name=f"nanocaliper {self._name}",
                    daemon=True,
                )
                self._process.start()
                theirs.close()
            return self._pipe, self._process

    def _stop_process(self) -> None:
        """Let the lane's thread see the process end; it alone tidies up what it waits on."""
        if self._process is not None:
            self._process.terminate()

    def _end_process(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.join(timeout=5)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
            self._process.close()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None


def wait_for(future: Future[Any], patience_s: float) -> Any:
    """Wait for a job that somebody looks at.

    Raises
    ------
    RequestError
        If it failed, or is not done in time.
    """
    try:
        return future.result(timeout=patience_s)
    except TimeoutError:
        raise RequestError("It is still being made; ask again in a moment.", 503) from None
    except CancelledError:
        raise RequestError("The program is ending.", 503) from None
