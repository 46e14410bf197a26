"""How long a server takes, with several requests on their way at a time."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np


def measure(
    call: Callable[[], Any],
    requests: int,
    concurrency: int,
    going: Callable[[], bool] = lambda: False,
) -> dict[str, float]:
    """Calls from several threads, each of which sends one request after the other.

    Args:
        call: Sends a request and waits for its answer.
        requests: Number of calls.
        concurrency: Number of threads.
        going: While it is true, calls go on beyond their number.

    Returns:
        `p50_ms`, `p90_ms`, `p99_ms`, `max_ms` and `mean_ms` of a call, and calls a second.

    Raises:
        Exception: The first that a call raises; the others end first.

    Example:

    >>> sorted(measure(lambda: None, requests=4, concurrency=2))
    ['max_ms', 'mean_ms', 'p50_ms', 'p90_ms', 'p99_ms', 'requests_per_second']
    """
    seconds: list[float] = []
    errors: list[BaseException] = []
    numbers = itertools.count()

    def work() -> None:
        while (next(numbers) < requests or going()) and not errors:
            start = time.perf_counter()
            try:
                call()
            except BaseException as error:
                errors.append(error)
            seconds.append(time.perf_counter() - start)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(concurrency)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - start
    if errors:
        raise errors[0]
    p50, p90, p99, most = (1e3 * float(x) for x in np.percentile(seconds, [50, 90, 99, 100]))
    return {
        "p50_ms": p50,
        "p90_ms": p90,
        "p99_ms": p99,
        "max_ms": most,
        "mean_ms": 1e3 * float(np.mean(seconds)),
        "requests_per_second": len(seconds) / elapsed,
    }
