"""Where the jobs of a suite run, from flags: processes, a shard of them, or a cluster."""

from __future__ import annotations

import concurrent.futures
import functools
import re

from experiments.suites.jobs import Engine, usable_cores
from tfgan_it.errors import missing_package

_SECONDS = 30  # In which a scheduler must answer.


def engine(workers: int | None, shard: str | None, cluster: str | None, merge: bool) -> Engine:
    """Returns the engine of these flags.

    Args:
        workers: Number of parallel processes; one for each core if None.
        shard: `i/n`, such as `2/8` for the second eighth of the jobs; None for all.
        cluster: Address of a dask scheduler, such as `tcp://10.0.0.1:8786`; None for this machine.
        merge: Whether to only read the records of shards.

    Raises:
        ImportError: If there is a cluster, and dask is not installed.
        ValueError: If the shard is none, or flags exclude each other.

    Example:

    >>> engine(2, "2/8", None, False).shard
    (2, 8)
    """
    if merge and (shard or cluster):
        raise ValueError(
            "--merge only reads what shards have recorded: leave out --shard, --cluster."
        )
    executor = None
    if cluster:
        _check_dask()
        executor = functools.partial(cluster_executor, cluster)
    part = (1, 1) if shard is None else _shard(shard)
    return Engine(workers or usable_cores(), executor, part, merge)


def cluster_executor(address: str) -> concurrent.futures.Executor:
    """Connects to a dask scheduler; its workers should have one thread each, and one task at once.

    Raises:
        OSError: If no scheduler answers.
    """
    from dask.distributed import Client

    try:
        client = Client(address, timeout=_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise OSError(f"No dask scheduler answers at {address}: {reason}") from error
    return client.get_executor(pure=False)


def _check_dask() -> None:
    try:
        import dask.distributed  # noqa: F401 - checked before anything runs.
    except ImportError:
        raise missing_package("--cluster", "dask", "dask") from None


def _shard(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
    number, count = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= number <= count:
        raise ValueError(f"--shard must be i/n with i from 1 to n, such as 2/8, got {text!r}.")
    return number, count
