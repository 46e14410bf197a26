"""Progress of a run, its remaining time, and a progress bar for terminals."""

from __future__ import annotations

import errno
import shutil
import sys
import time


class Progress:
    """A progress bar over a whole run, and its remaining time.

        [=========>          ] 1200/3000  480 images/s, 3m20s left

    After s of S steps, d of which took the time t, the remaining time is (S - s) t / d. t is wall
    time, which includes evaluations, pictures and checkpoints. The first step of each `fit`, which
    builds the graph, and the steps before a run was resumed do not count in t and d.

    The bar is drawn only if standard output is a terminal, at most five times a second.

    Args:
        steps: Number of steps of the whole run.
    """

    seconds_between_bars = 0.2

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self._step = 0
        self._seconds, self._timed = 0.0, 0
        self._now: float | None = None
        self._silent = self._live = False
        self._bar, self._drawn = "", 0.0

    def begin(self, step: int, silent: bool = False) -> None:
        """Draws the bar at the first step of a `fit`; `silent` disables all output."""
        self._step, self._now, self._silent = step, None, silent
        self._live = not silent and sys.stdout.isatty()
        self._draw(None)

    def advance(self, step: int, images_per_second: float | None = None) -> None:
        """Counts up to this step, and redraws the bar if it is due."""
        now = time.perf_counter()
        if self._now is not None:
            self._seconds += now - self._now
            self._timed += step - self._step
        self._step, self._now = step, now
        if now - self._drawn >= self.seconds_between_bars:
            self._drawn = now
            self._draw(images_per_second)

    @property
    def seconds_left(self) -> float | None:
        """Remaining seconds of the whole run; None before the second step."""
        left = max(self.steps - self._step, 0)
        return left * self._seconds / self._timed if self._timed else None

    def pace(self, images_per_second: float | None) -> str:
        """Returns speed and remaining time as text, if they are available."""
        parts = [f"{images_per_second:.0f} images/s"] if images_per_second else []
        if self.seconds_left is not None:
            parts.append(f"{duration(self.seconds_left)} left")
        return ", ".join(parts)

    def print_line(self, line: str) -> None:
        """Prints a line, above the bar if there is one."""
        if not self._silent:
            _write(f"{self._blank()}{line}\n{self._bar}")

    def end(self) -> None:
        """Erases the bar until the next `begin`."""
        _write(self._blank())
        self._live, self._bar = False, ""

    def _draw(self, images_per_second: float | None) -> None:
        if not self._live:
            return
        filled = min(20 * self._step // self.steps, 20)
        bar = ("=" * filled + ">")[:20].ljust(20)
        parts = [f"[{bar}] {self._step:>{len(str(self.steps))}}/{self.steps}"]
        parts += [self.pace(images_per_second) or "starting"]
        # One column less than available: some terminals wrap after the last one.
        line = "  ".join(parts)[: shutil.get_terminal_size().columns - 1]
        # Overwriting the old bar in one write avoids flicker.
        _write(f"\r{line.ljust(len(self._bar))}")
        self._bar = line

    def _blank(self) -> str:
        """Returns the text that erases the bar and returns the cursor to its start."""
        return f"\r{' ' * len(self._bar)}\r" if self._bar else ""


def _write(text: str) -> None:
    try:
        print(text, end="", flush=True)
    except OSError as error:
        if error.errno != errno.EIO:  # The terminal is closed: the run is still to be saved.
            raise


def duration(seconds: float) -> str:
    """Formats seconds as `45s`, `3m20s` or `1h02m`.

    Example:

    >>> duration(200.4)
    '3m20s'
    """
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes:02d}m"
    return f"{minutes}m{seconds:02d}s" if minutes else f"{seconds}s"
