"""Progress of a run, its remaining time, and a progress bar for terminals."""

from __future__ import annotations

import errno
import io
import math
import sys

from tqdm import tqdm


class _Bar(tqdm):
    monitor_interval = 0  # No thread beside TensorFlow's.

    def refresh(self, nolock: bool = False, lock_args: tuple | None = None) -> bool:
        """Draws the bar; a write that fails leaves the lock that all bars share."""
        with self.get_lock():
            return bool(super().refresh(nolock=True))


class Progress:
    """A progress bar over a whole run, and its remaining time.

         40%|########            | 1200/3000, 480 images/s, 03:20 left

    The remaining time is that of the steps left, at the mean pace since the first step. It is wall
    time, which includes evaluations, pictures and checkpoints. The first step of each `fit`, which
    builds the graph, and the steps before a run was resumed do not count.

    The bar is drawn only if standard output is a terminal, at most five times a second.

    Args:
        steps: Number of steps of the whole run.
    """

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self._bar: tqdm | None = None
        self._silent = self._paced = False

    def begin(self, step: int, silent: bool = False) -> None:
        """Draws the bar at the first step of a `fit`; `silent` disables all output."""
        self._silent, self._paced = silent, False
        self._start(step, "starting")

    def advance(self, step: int, images_per_second: float | None = None) -> None:
        """Counts up to this step, and redraws the bar if it is due."""
        if self._bar is None:
            return
        if not self._paced:
            self._paced = True
            self._start(step, self.pace(images_per_second))
            return
        self._bar.n = step
        self._bar.set_postfix_str(self.pace(images_per_second), refresh=False)
        self._bar.update(0)  # Draws it if it is due.

    @property
    def seconds_left(self) -> float | None:
        """Remaining seconds of the whole run; None before the second step of a `fit`."""
        if self._bar is None or not self._paced:
            return None
        counted = self._bar.format_dict
        steps = counted["n"] - counted["initial"]
        return max(self.steps - counted["n"], 0) * counted["elapsed"] / steps if steps else None

    def pace(self, images_per_second: float | None) -> str:
        """Returns speed and remaining time as text, if they are available."""
        parts = [f"{images_per_second:.0f} images/s"] if images_per_second else []
        if (seconds := self.seconds_left) is not None:
            parts.append(f"{tqdm.format_interval(seconds)} left")
        return ", ".join(parts)

    def print_line(self, line: str) -> None:
        """Prints a line, above the bar if there is one."""
        if self._silent:
            return
        try:
            _Bar.write(line, file=sys.stdout)
            sys.stdout.flush()
        except OSError as error:
            if error.errno != errno.EIO:  # The terminal is closed: the run is still to be saved.
                raise

    def end(self) -> None:
        """Erases the bar until the next `begin`."""
        if self._bar is not None:
            self._bar.close()
        self._bar = None

    def _start(self, step: int, postfix: str) -> None:
        """Draws a bar whose pace counts from this step."""
        self.end()
        live = not self._silent and sys.stdout.isatty()
        self._bar = _Bar(
            total=self.steps,
            initial=step,
            file=sys.stdout if live else io.StringIO(),
            leave=False,
            mininterval=0.2 if live else math.inf,
            miniters=1,
            smoothing=0,
            position=0,
            dynamic_ncols=True,
            bar_format="{percentage:3.0f}%|{bar:20}| {n_fmt}/{total_fmt}{postfix}",
            postfix=postfix or None,
        )
