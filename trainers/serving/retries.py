"""Requests that are sent again, until a deadline, while a server is not reached."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0  # Seconds.


class UnavailableError(ConnectionError):
    """A server that is not reached, or says that it cannot answer now: worth another attempt."""


class NotServedError(ValueError):
    """A model or a version of it that a server does not have."""


def no_answer(target: str, seconds: float) -> TimeoutError:
    """Returns the error of a server that is reached and does not answer in time."""
    return TimeoutError(
        f"{target} gave no answer within {seconds:g} s: give it more by --deadline, or fewer "
        "examples in a request by --batch_size."
    )


def until_deadline(call: Callable[[float], Answer], seconds: float) -> Answer:
    """Calls until there is an answer; pauses grow exponentially, by chance of up to a half.

    A request only reads, so that sending it twice changes nothing.

    Args:
        call: Takes the seconds that are left, and returns the answer.
        seconds: Time for all attempts together.

    Raises:
        TimeoutError: If the server stays unavailable; names the last reason.

    Example:

    >>> answers = iter([UnavailableError("not yet"), "here"])
    >>> def call(seconds):
    ...     answer = next(answers)
    ...     if isinstance(answer, Exception):
    ...         raise answer
    ...     return answer
    >>> until_deadline(call, seconds=5)
    'here'
    """
    end = time.monotonic() + seconds
    for attempt in itertools.count(1):
        try:
            return call(max(end - time.monotonic(), 1e-3))
        except UnavailableError as error:
            pause = min(_FIRST_PAUSE * 2 ** (attempt - 1), _LONGEST_PAUSE) * random.uniform(0.5, 1)
            if time.monotonic() + pause >= end:
                raise TimeoutError(
                    f"No answer within {seconds:g} s, in {attempt} attempts: {error}"
                ) from error
            time.sleep(pause)
    raise AssertionError
