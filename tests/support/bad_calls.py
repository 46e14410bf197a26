"""Calls that a user gets wrong, each with what its error must say."""

import contextlib
import re

import pytest

from tfgan_it.datasets.images import NonFiniteImages

LONGEST = 1000  # Characters of one line that lists the names of everything that is allowed.


def bad(call, *fragments, slow=False):
    """A call, and the texts that its error holds: what was given, and what is allowed."""
    source = "-".join(fragments)
    marks = [pytest.mark.slow] if slow else []
    return pytest.param(call, fragments, id=source.replace("\n", " ")[:60], marks=marks)


@contextlib.contextmanager
def one_line(*fragments):
    """Expects a ValueError or a TypeError of one line with these texts."""
    with pytest.raises((ValueError, TypeError)) as error:
        yield
    assert type(error.value) in (ValueError, TypeError, NonFiniteImages), type(error.value)
    message = str(error.value)
    assert "\n" not in message and 10 < len(message) <= LONGEST, message
    for fragment in fragments:
        assert re.search(re.escape(fragment), message), f"{fragment!r} is not in: {message}"
