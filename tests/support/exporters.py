"""Exports in processes of their own, at the same moment or killed at a named point.

As a program, it imports the library once, and then forks a process for each point of a line of its
standard input; it answers with what became of each of them.
"""

import functools
import json
import multiprocessing
import os
import pathlib
import signal
import subprocess
import sys

CHECKOUT = pathlib.Path(__file__).parents[2]
# Where a process is killed, in the order in which an export comes there.
POINTS = [
    "before a file",
    "in the graph",
    "after the graph",
    "before the description",
    "in the warm-up",
    "before the version",
    "after the version",
]


class Exporters:
    """Exports the model of this file; use it in a `with` statement."""

    def __enter__(self):
        self._program = subprocess.Popen(
            [sys.executable, __file__],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *error):
        self._program.stdin.close()
        self._program.wait()
        self._program.stdout.close()

    def run(self, path, *points):
        """Starts a process for each point, None for one that is not killed.

        All of them write their version in the same moment.

        Returns:
            The exit status of each, -9 of one that was killed.
        """
        print(json.dumps([str(path), points]), file=self._program.stdin, flush=True)
        return json.loads(self._program.stdout.readline())


def _export(path, point, barrier):
    from tfgan_it import recipes
    from tfgan_it.export import model_export

    def kill():
        os.kill(os.getpid(), signal.SIGKILL)

    def instead(owner, name, before=lambda *_: None, after=lambda *_: None):
        original = getattr(owner, name)

        @functools.wraps(original)
        def call(*args, **kwargs):
            before(*args)
            result = original(*args, **kwargs)
            after(*args)
            return result

        setattr(owner, name, call)

    def cut(module, folder, *_):
        graph = pathlib.Path(folder, "saved_model.pb")
        os.truncate(graph, graph.stat().st_size // 2)
        kill()

    def half(folder, *_):
        (folder / "tf_serving_warmup_requests").write_bytes(b"half")
        kill()

    arm = {
        None: lambda: None,
        "before a file": lambda: instead(model_export.saved_model, "write", lambda *_: kill()),
        "in the graph": lambda: instead(model_export.saved_model.tf.saved_model, "save", after=cut),
        "after the graph": lambda: instead(
            model_export.saved_model, "read", before=lambda *_: kill()
        ),
        "before the description": lambda: instead(model_export, "write_json", lambda *_: kill()),
        "in the warm-up": lambda: instead(model_export, "write_warmup_requests", half),
        "before the version": lambda: instead(model_export, "_put_version", lambda *_: kill()),
        "after the version": lambda: instead(model_export, "_put_version", after=lambda *_: kill()),
    }
    if point is None:
        instead(model_export, "_put_version", lambda *_: barrier.wait())
    arm[point]()
    model_export.export(recipes.gan((8, 8, 1), latent_dimension=4, width=2), path)


def main():
    sys.path.insert(0, str(CHECKOUT))
    import tfgan_it.recipes  # noqa: F401  # Once, for all processes.

    context = multiprocessing.get_context("fork")
    for line in sys.stdin:
        path, points = json.loads(line)
        barrier = context.Barrier(max(points.count(None), 1))
        processes = [
            context.Process(target=_export, args=(path, point, barrier)) for point in points
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        print(json.dumps([process.exitcode for process in processes]), flush=True)


if __name__ == "__main__":
    main()
