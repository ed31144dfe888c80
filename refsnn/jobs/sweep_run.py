"""Compute the points of a sweep: here, or by Dask on processes of this machine or of a cluster.

Dask gives the points out, starts a point again elsewhere when its worker dies, and gives up on one
that took several workers with it. This process alone writes, each point when it arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from refsnn.errors import InputError
from refsnn.jobs.sweep import Point, measure
from refsnn.jobs.sweep_folder import Folder
from refsnn.tell import Tell, silent

Measure = Callable[[Point], dict[str, Any]]


class Failure(NamedTuple):
    """A point that has no outcome, and why."""

    point: Point
    why: str


def run_sweep(
    points: Sequence[Point],
    folder: Folder,
    *,
    workers: int = 0,
    scheduler: str | None = None,
    tell: Tell = silent,
    work: Measure = measure,
) -> list[Failure]:
    """Compute what the folder does not have yet; gives the points that failed.

    Parameters
    ----------
    workers : int
        Processes of this machine; 0: this one, without Dask.
    scheduler : str, optional
        Address of a Dask scheduler, ``tcp://host:port``, in place of own workers.
    tell : callable
        Told the title of each point that is done, the stored ones first.
    """
    missing, failed = [], []
    for point in points:
        if folder.find(point) is None:
            missing.append(point)
        else:
            tell(point.title)
    if not missing:
        return []
    for point, outcome in _outcomes(missing, work, workers, scheduler):
        if isinstance(outcome, BaseException):
            failed.append(Failure(point, f"{type(outcome).__name__}: {outcome}"))
        else:
            folder.keep(point, outcome)
        tell(point.title)
    return failed


def _outcomes(
    points: Sequence[Point], work: Measure, workers: int, scheduler: str | None
) -> Iterator[tuple[Point, Any]]:
    if scheduler is None and workers == 0:
        yield from _here(points, work)
        return
    distributed = _dask()
    with _client(distributed, workers, scheduler) as client:
        # pure=False: a scheduler that others use must not give us what they asked for
        futures = {client.submit(work, point, pure=False): point for point in points}
        suspects = []
        for future in distributed.as_completed(futures):
            if isinstance(future.exception(), distributed.KilledWorker):
                suspects.append(futures[future])
            else:
                yield futures[future], _outcome(future)
        # alone: a point that only waited where another kills is not to blame
        for point in suspects:
            yield point, _outcome(client.submit(work, point, pure=False))


def _outcome(future: Any) -> Any:
    """The result, or the exception in its place; bad input is raised: it is the same for all."""
    error = future.exception()
    if isinstance(error, InputError):
        raise error
    return future.result() if error is None else error


def _here(points: Sequence[Point], work: Measure) -> Iterator[tuple[Point, Any]]:
    for point in points:
        try:
            outcome: Any = work(point)
        except InputError:
            raise
        except Exception as error:  # a bug in one point, told with it: the others go on
            outcome = error
        yield point, outcome


def _dask() -> Any:
    try:
        import distributed
    except ImportError:
        fix = 'install "refsnn[cluster]", or compute here with --workers 0'
        raise InputError("Dask is not installed", where="sweep", fix=fix) from None
    return distributed


@contextmanager
def _client(distributed: Any, workers: int, scheduler: str | None) -> Iterator[Any]:
    """Own workers with a thread each, ended with the sweep; or those of a running scheduler."""
    if scheduler is not None:
        with _connected(distributed, scheduler) as client:
            yield client
        return
    options = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": ":0"}
    with (
        distributed.LocalCluster(processes=True, **options) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def _connected(distributed: Any, scheduler: str) -> Any:
    try:
        return distributed.Client(scheduler, timeout="10s")
    except (OSError, ValueError) as error:
        fix = "start one with dask scheduler, and dask worker on every machine"
        raise InputError(f"no Dask scheduler: {error}", where=scheduler, fix=fix) from None
