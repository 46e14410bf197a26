import concurrent.futures
import contextlib
import errno
import io
import os
import sys

import pytest
from tqdm import tqdm

from tfgan_it.callbacks.progress import Progress


class Clock:
    """Seconds that pass only when told to."""

    now = 100.0

    def __call__(self):
        return self.now


class Terminal:
    """Standard output as a terminal: what was written, and what of it is seen."""

    def __init__(self, capsys):
        self._capsys, self._written = capsys, ""

    @property
    def written(self):
        """All characters so far."""
        self._written += self._capsys.readouterr().out
        return self._written

    @property
    def screen(self):
        """The lines, without the blanks at their ends."""
        lines, column = [""], 0
        for character in self.written:
            if character == "\n":
                lines.append("")
                column = 0
            elif character == "\r":
                column = 0
            else:
                lines[-1] = lines[-1][:column].ljust(column) + character + lines[-1][column + 1 :]
                column += 1
        return [line.rstrip() for line in lines]


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("tqdm.std.time", clock)
    return clock


@pytest.fixture
def terminal(monkeypatch, capsys):
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True)
    monkeypatch.setenv("COLUMNS", "80")
    return Terminal(capsys)


def advance(run, clock, *seconds, first=1, rate=None):
    """Steps that end so many seconds after each other."""
    for step, passed in enumerate(seconds, first):
        clock.now += passed
        run.advance(step, rate)


def test_time_left_is_what_the_clock_says_of_the_steps_so_far(clock):
    run = Progress(100)
    run.begin(0)
    # The first step builds the graph; the fourth waited for an evaluation.
    advance(run, clock, 50.0, 1.0, 1.0, 10.0)
    assert run.seconds_left == pytest.approx(96 * 12.0 / 3)


def test_a_resumed_run_counts_the_steps_that_are_left(clock):
    run = Progress(100)
    run.begin(60)
    assert run.seconds_left is None
    advance(run, clock, 50.0, 2.0, 4.0, first=61)
    assert run.seconds_left == pytest.approx(37 * 6.0 / 2)


def test_steps_that_one_call_makes_together_are_counted(clock):
    run = Progress(100)
    run.begin(0)
    for step in (10, 20, 30):
        clock.now += 5.0
        run.advance(step)
    assert run.seconds_left == pytest.approx(70 * 10.0 / 20)


def test_each_fit_has_its_own_pace(clock):
    run = Progress(10)
    run.begin(0)
    advance(run, clock, 50.0, 1.0, 1.0)
    run.end()
    assert run.seconds_left is None
    clock.now += 1000.0
    run.begin(3)
    advance(run, clock, 50.0, 4.0, first=4)
    assert run.seconds_left == pytest.approx(5 * 4.0)


def test_nothing_is_left_after_the_last_step(clock):
    run = Progress(3)
    run.begin(0)
    advance(run, clock, 1.0, 1.0, 1.0, 1.0)
    assert run.seconds_left == 0.0


def test_no_bar_where_there_is_no_terminal(clock, capsys):
    run = Progress(10)
    run.begin(0)
    advance(run, clock, 1.0, 1.0)
    run.print_line("told")
    run.end()
    assert capsys.readouterr() == ("told\n", "")


def test_a_bar_is_there_before_the_first_step(terminal, clock):
    run = Progress(200)
    run.begin(50)
    assert terminal.screen == [" 25%|█████               | 50/200, starting"]


def test_the_bar_tells_speed_and_time_left(terminal, clock):
    run = Progress(200)
    run.begin(0)
    advance(run, clock, 50.0, 2.0, rate=480.4)
    advance(run, clock, 2.0, first=3, rate=480.4)
    # 197 steps of two seconds.
    assert terminal.screen[-1].startswith("  2%|▎")
    assert terminal.screen[-1].endswith("| 3/200, 480 images/s, 06:34 left")
    advance(run, clock, 1.0, first=200)
    assert terminal.screen[-1].startswith("100%|████████████████████| 200/200, ")


def test_five_bars_a_second_are_enough(terminal, clock):
    run = Progress(1000)
    run.begin(0)
    advance(run, clock, *[0.01] * 300)
    assert 10 <= terminal.written.count("%|") <= 2 + 15


def test_a_line_stands_above_the_bar(terminal, clock):
    run = Progress(4)
    run.begin(0)
    run.print_line("a long line, longer than any bar is, so that all of it is seen by all")
    run.print_line("short")
    advance(run, clock, 1.0, 1.0)
    said, short, bar = terminal.screen
    assert said == "a long line, longer than any bar is, so that all of it is seen by all"
    assert short == "short"
    assert bar.startswith(" 50%|██████████          | 2/4")


def test_no_bar_is_left_at_the_end(terminal, clock):
    run = Progress(4)
    run.begin(0)
    advance(run, clock, 1.0, 1.0)
    run.print_line("told")
    run.end()
    run.advance(3)
    run.print_line("after")
    assert terminal.screen == ["told", "after", ""]


def test_silence_is_complete(terminal, clock):
    run = Progress(4)
    run.begin(0, silent=True)
    advance(run, clock, 1.0, 1.0)
    run.print_line("told")
    run.end()
    assert terminal.written == ""


@pytest.mark.parametrize(("number", "raised"), [(errno.EIO, False), (errno.ENOSPC, True)])
def test_a_closed_terminal_does_not_end_the_run(monkeypatch, clock, number, raised):
    class Closed(io.StringIO):
        def isatty(self):
            return True

        def write(self, text):
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(sys, "stdout", Closed())
    run = Progress(4)
    calls = [lambda: run.begin(0), lambda: run.print_line("told")]
    if not raised:
        calls += [lambda: advance(run, clock, 1.0, 1.0), run.end]
    for call in calls:
        with pytest.raises(OSError) if raised else contextlib.nullcontext():
            call()
    assert is_free_elsewhere(tqdm.get_lock())


def is_free_elsewhere(lock):
    """Whether another thread could draw a bar now; `tqdm`'s lock is that of all bars."""

    def take():
        taken = all(each.acquire(timeout=1) for each in lock.locks)
        if taken:
            lock.release()
        return taken

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(take).result()
