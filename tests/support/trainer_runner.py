"""The trainer as the two workers of one job, in processes of their own.

As a program, `python trainer_runner.py STEP FLAG...` is a trainer that gets SIGTERM while that step
is under way.
"""

import json
import os
import pathlib
import re
import runpy
import signal
import socket
import subprocess
import sys
import time
import types

CHECKOUT = pathlib.Path(__file__).parents[2]
SMALL = ["--recipe=dcgan", "--set=width=4", "--set=latent_dimension=4", "--batch_size=16"]


class Worker:
    """One process; its output goes to files, so that it never waits for a reader."""

    def __init__(self, folder, cluster, index, flags, terminated_in=None, home=None):
        program = [__file__, terminated_in] if terminated_in else ["-m", "trainers.train"]
        task = {"cluster": cluster, "task": {"type": "worker", "index": index}}
        # A folder of its own for temporary files shows what it leaves there.
        environment = {**os.environ, "TF_CONFIG": json.dumps(task), "TMPDIR": str(folder)}
        if home:
            environment["HOME"] = str(home)
        folder.mkdir(parents=True)
        self.folder = folder
        with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, *map(str, program), "--strategy=multi_worker", *flags],
                cwd=CHECKOUT,
                env=environment,
                stdout=out,
                stderr=err,
            )

    @property
    def out(self):
        return (self.folder / "out").read_text()

    def wait_for(self, pattern, seconds=120):
        """Returns what matches in its output, as soon as it does."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.out, re.MULTILINE)):
            assert self.process.poll() is None, (self.folder / "err").read_text()[-2000:]
            assert time.monotonic() < end, f"no {pattern} after {seconds} s"
            time.sleep(0.02)
        return found

    def ended(self, seconds=120):
        """Its status, and what it printed, but for TensorFlow's greeting."""
        status = self.process.wait(timeout=seconds)
        lines = (self.folder / "err").read_text().splitlines(keepends=True)
        err = "".join(x for x in lines if not re.match("(WARNING: All log|[IW]0000 |To enable)", x))
        return types.SimpleNamespace(status=status, out=self.out, err=err)

    def kill(self):
        self.process.kill()
        self.process.wait()


def start_workers(folder, *flags, terminated_in=(None, None), own=((), ()), homes=(None, None)):
    """Two that find each other; the first is the chief.

    `terminated_in` holds for each the step in which it gets SIGTERM, or None; `own` its own
    flags, and `homes` its home folder, or None.
    """
    cluster = free_cluster()
    return [
        Worker(folder / f"worker{i}", cluster, i, [*flags, *own[i]], terminated_in[i], homes[i])
        for i in range(2)
    ]


def free_cluster():
    """A cluster of two workers on free ports of this machine."""
    sockets = [socket.socket() for _ in range(2)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    cluster = {"worker": [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]}
    for each in sockets:
        each.close()
    return cluster


if __name__ == "__main__":
    step = int(sys.argv.pop(1))
    sys.path.insert(0, str(CHECKOUT))

    from tfgan_it import callbacks

    class Terminated(callbacks.SampleGrid):
        def on_train_batch_begin(self, batch, logs=None):
            if self.model.trained_steps == step - 1:
                os.kill(os.getpid(), signal.SIGTERM)

    callbacks.SampleGrid = Terminated
    runpy.run_module("trainers.train", run_name="__main__", alter_sys=True)
