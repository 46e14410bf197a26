"""How far a run is, how long it will take, and a bar that says so on a terminal."""

from __future__ import annotations

import shutil
import sys
import time


class Progress:
    """A bar over a whole run, drawn over and over in place, and the time that is left.

        [=========>          ] 1200/3000  480 images/s, 3m20s left

    With S steps in all, s made, and t the time that d of them took, (S - s) t / d is left. t is
    the time on the clock: what evaluations, pictures and checkpoints cost is in it. The first step
    of each `fit`, which builds the graph, is neither in t nor in d; nor is what was made before a
    run was resumed.

    The bar is drawn where standard output is a terminal, at most five times a second; elsewhere
    nothing but the lines that are said.

    Args:
        steps: Steps of the whole run.
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
        """Draws the bar of a `fit` that begins at this step; `silent` prints nothing, ever."""
        self._step, self._now, self._silent = step, None, silent
        self._live = not silent and sys.stdout.isatty()
        self._draw(None)

    def advance(self, step: int, images_per_second: float | None = None) -> None:
        """Counts up to this step, and draws the bar if it is time."""
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
        """Seconds until the whole run ends; None until two steps are made."""
        left = max(self.steps - self._step, 0)
        return left * self._seconds / self._timed if self._timed else None

    def pace(self, images_per_second: float | None) -> str:
        """Speed and time left, as far as they are known."""
        parts = [f"{images_per_second:.0f} images/s"] if images_per_second else []
        if self.seconds_left is not None:
            parts.append(f"{duration(self.seconds_left)} left")
        return ", ".join(parts)

    def print_line(self, line: str) -> None:
        """Prints a line, above the bar where there is one."""
        if not self._silent:
            print(f"{self._blank()}{line}\n{self._bar}", end="", flush=True)

    def end(self) -> None:
        """Takes the bar away until the next `begin`."""
        print(self._blank(), end="", flush=True)
        self._live, self._bar = False, ""

    def _draw(self, images_per_second: float | None) -> None:
        if not self._live:
            return
        filled = min(20 * self._step // self.steps, 20)
        bar = ("=" * filled + ">")[:20].ljust(20)
        parts = [f"[{bar}] {self._step:>{len(str(self.steps))}}/{self.steps}"]
        parts += [self.pace(images_per_second) or "starting"]
        # One column less than there are: at the last one some terminals begin another line.
        line = "  ".join(parts)[: shutil.get_terminal_size().columns - 1]
        # In one piece, and over the old one: nothing flickers.
        print(f"\r{line.ljust(len(self._bar))}", end="", flush=True)
        self._bar = line

    def _blank(self) -> str:
        """What takes the bar away, and leaves the cursor where it began."""
        return f"\r{' ' * len(self._bar)}\r" if self._bar else ""


def duration(seconds: float) -> str:
    """`45s`, `3m20s`, `1h02m`.

    Example:

    >>> duration(200.4)
    '3m20s'
    """
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes:02d}m"
    return f"{minutes}m{seconds:02d}s" if minutes else f"{seconds}s"
