"""One function over many items: in this process, on the machine's cores, or on a Dask or Spark cluster.

joblib spreads the work; "dask" and "spark" are its registered backends and come with the extras
`ecomplan[dask]` and `ecomplan[spark]`. Results come back in the order of the items and do not depend on
jobs or backend: every item is computed alone, in float64, with one thread for linear algebra.
"""

from __future__ import annotations

import atexit
import logging
import math
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TypeVar, get_args

from ecomplan.errors import ParameterError

Item = TypeVar("Item")
Result = TypeVar("Result")
Backend = Literal["loky", "threading", "dask", "spark"]
BACKENDS: tuple[str, ...] = get_args(Backend)

CHUNKS_A_JOB = 8  # enough that a slow chunk at the end does not keep the others waiting
LARGEST_CHUNK = 200  # items: progress is told at least so often
WAVES = 4  # on clusters, where joblib hands results back only together: how often progress is told


def spread(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    jobs: int = 1,
    backend: Backend = "loky",
    progress: Callable[[int, int], None] | None = None,
) -> list[Result]:
    """`[function(item) for item in items]`, the items in chunks over `jobs` workers of `backend`.

    `progress(done, total)` is told the items done, as chunks come back. `function` must be importable (or
    picklable) by the workers, and pure. "dask" uses the current client, "spark" the active session; without
    one, each starts its own on this machine and keeps it for the next call. Raises ParameterError for an
    unknown backend, fewer than one job, or an extra that is not installed.
    """
    if backend not in BACKENDS:
        raise ParameterError(f"backend: {backend!r} is unknown; it must be one of {', '.join(BACKENDS)}")
    if jobs < 1:
        raise ParameterError(f"jobs: {jobs} is not a number of workers; it must be 1 or more")
    total = len(items)
    if not total:
        return []
    local = backend in ("loky", "threading")
    size = min(LARGEST_CHUNK, max(1, math.ceil(total / (jobs * CHUNKS_A_JOB))))
    chunks = [items[i : i + size] for i in range(0, total, size)]
    found: list[Result] = []

    def keep(results: Sequence[Result]) -> None:
        found.extend(results)
        if progress is not None:
            progress(len(found), total)

    if local and (jobs == 1 or total == 1):
        for chunk in chunks:
            keep(_chunk(function, chunk))
        return found

    from joblib import Parallel, delayed, parallel_config

    threads: dict[str, Any] = {"inner_max_num_threads": 1} if backend == "loky" else {}
    if backend == "dask":
        _join_dask(jobs)
    elif backend == "spark":
        _join_spark(jobs)
    with _quiet(), parallel_config(backend=backend, n_jobs=jobs, **threads):
        if local:
            for results in Parallel(return_as="generator")(delayed(_chunk)(function, chunk) for chunk in chunks):
                keep(results)
        else:
            wave = max(jobs, math.ceil(len(chunks) / WAVES))
            for i in range(0, len(chunks), wave):  # joblibspark cannot keep one Parallel open over the waves
                for results in Parallel()(delayed(_chunk)(function, chunk) for chunk in chunks[i : i + wave]):
                    keep(results)
    return found


def _chunk(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    return [function(item) for item in items]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without joblibspark's and pyspark's remarks on stage-level scheduling and tags, neither of them used."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Spark (local mode|version|session)", category=UserWarning)
        yield


def _join_dask(jobs: int) -> None:
    """The caller's Dask client, or one of our own on this machine, kept until the process ends."""
    try:
        from distributed import Client, LocalCluster, default_client
    except ImportError as error:
        raise ParameterError(_missing("dask")) from error
    try:
        default_client()
    except ValueError:
        cluster = LocalCluster(
            n_workers=jobs, threads_per_worker=1, dashboard_address=None, silence_logs=logging.ERROR,
        )
        client = Client(cluster, set_as_default=True)
        atexit.register(cluster.close)
        atexit.register(client.close)


def _join_spark(jobs: int) -> None:
    """The caller's Spark session, or one of our own on this machine, kept until the process ends."""
    try:
        from joblibspark import register_spark
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise ParameterError(_missing("spark")) from error
    if SparkSession.getActiveSession() is None:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.appName("ecomplan").config("spark.ui.enabled", "false")
        builder = builder.config("spark.ui.showConsoleProgress", "false").config("spark.log.level", "ERROR")
        if "SPARK_REMOTE" not in os.environ and "MASTER" not in os.environ:
            builder = builder.master(f"local[{jobs}]").config("spark.driver.host", "127.0.0.1")
        try:
            session = builder.getOrCreate()
        except Exception as error:  # whatever Java, its bridge or pyspark said: the user's set-up is meant
            said = [line.strip(": ") for line in str(error).splitlines() if line.strip()]
            cause = next((line for line in said if "Exception:" in line), said[0] if said else type(error).__name__)
            raise ParameterError(
                f"backend 'spark' could not start ({cause}). Spark 4 needs Java 17 or 21: java on PATH or JAVA_HOME"
            ) from error
        atexit.register(session.stop)
    register_spark()


def _missing(extra: str) -> str:
    return (
        f"backend {extra!r} needs the extra ecomplan[{extra}]: "
        "uv pip install --require-hashes -r requirements-spark.lock, or pip install 'ecomplan[" + extra + "]'"
    )
