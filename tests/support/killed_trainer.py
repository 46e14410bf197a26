"""The trainer in processes that get signals at a named point.

As a program, it imports the trainer once, and then forks a process for each line of its standard
input, a dict of the arguments of `KilledTrainer.run`; it answers with the exit status, which is -9
after SIGKILL.
"""

import fnmatch
import importlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading

CHECKOUT = pathlib.Path(__file__).parents[2]
# Files by which a point is named: it is reached while one of them is written (the partial file is
# cut in half) or just after.
FILES = {
    "options": "*/options.json",
    "records": "*/stats.jsonl",
    "checkpoint": "*/checkpoints/step-*.keras",
    "best": "*/best/step-*.keras",
    "best.json": "*/best/best.json",
    "samples": "*/samples-*.png",
    "traversal": "*/traversal-*.png",
    "summary": "*/summary.json",
    "report": "*/report.html",
}
POINTS = [
    "start",
    "in a step",
    "after an update",
    "in a record",
    "in an evaluation",
    "in an export",
    "after an export",
    *(f"{when} {name}" for name in FILES for when in ("while", "after")),
]


class KilledTrainer:
    """Runs `trainers.train`; use it in a `with` statement."""

    def __enter__(self):
        self._server = subprocess.Popen(
            [sys.executable, __file__],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *error):
        self._server.stdin.close()
        self._server.wait()

    def run(self, flags, log, point=None, count=1, signals=("SIGKILL",)):
        """Returns the exit status of a trainer that gets signals when it reaches a point.

        Args:
            flags: Flags of the trainer.
            log: File to which its output is appended.
            point: One of `POINTS`, or None.
            count: Which of the times that it comes there.
            signals: Names of the signals. A trainer that is stopped is continued.
        """
        work = {"flags": list(map(str, flags)), "log": str(log), "point": point}
        work |= {"count": count, "signals": signals}
        print(json.dumps(work), file=self._server.stdin, flush=True)
        return int(self._server.stdout.readline())


def _arm(point, count, signals):
    """Replaces what is called at the point by what sends the signals at call number `count`."""
    when, _, name = point.partition(" ")

    def kill():
        for each in signals:
            os.kill(os.getpid(), signal.Signals[each])

    calls = []

    def reached():
        calls.append(point)
        return len(calls) == count

    def replace(module, name, build):
        owner = importlib.import_module(module) if isinstance(module, str) else module
        setattr(owner, name, build(getattr(owner, name)))

    def kill_after(original):
        def instead(*args, **kwargs):
            result = original(*args, **kwargs)
            if reached():
                kill()
            return result

        return instead

    def kill_soon(original):
        def instead(*args, **kwargs):
            if reached():
                threading.Timer(0.001 * count, kill).start()
            return original(*args, **kwargs)

        return instead

    def kill_in_line(original):
        def instead(path, record):
            if reached():
                with path.open("a") as file:
                    file.write(json.dumps(record)[: 7 * count])
                kill()
            original(path, record)

        return instead

    def kill_at_file(original):
        def instead(partial, path):
            here = fnmatch.fnmatch(path, FILES[name]) and reached()
            if here and when == "while":
                os.truncate(partial, partial.stat().st_size // 2)
                kill()
            original(partial, path)
            if here:
                kill()

        return instead

    import tensorflow as tf

    from tfgan_it import callbacks, datasets

    if name in FILES:
        for module in ("tfgan_it.files", "tfgan_it.callbacks.checkpoints"):
            replace(module, "put", kill_at_file)
        return
    {
        "start": lambda: replace(datasets, "load", kill_after),
        "in a step": lambda: replace(callbacks.Evaluation, "on_train_batch_begin", kill_soon),
        "after an update": lambda: replace(
            callbacks.TerminateOnNonFinite, "on_train_batch_end", kill_after
        ),
        "in a record": lambda: replace(
            "tfgan_it.callbacks.statistics", "append_json_line", kill_in_line
        ),
        "in an evaluation": lambda: replace("tfgan_it.callbacks.evaluation", "measure", kill_after),
        "in an export": lambda: replace(tf.saved_model, "save", kill_after),
        "after an export": lambda: replace("tfgan_it.models.exportable", "export", kill_after),
    }[point]()


def _serve():
    sys.path.insert(0, str(CHECKOUT))
    from trainers import command_line, library, train

    library.import_whole()  # Once, for all processes.
    import trainers.training_run  # noqa: F401

    for line in sys.stdin:
        work = json.loads(line)
        process = os.fork()
        if process == 0:
            log = os.open(work["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            for descriptor in (1, 2):
                os.dup2(log, descriptor)
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # Tests may run under nohup.
            sys.argv = [train.__file__, *work["flags"]]
            if work["point"]:
                _arm(work["point"], work["count"], work["signals"])
            command_line.run(train.PROGRAM)
            os._exit(0)
        _, status = os.waitpid(process, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            os.kill(process, signal.SIGCONT)
            _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()
