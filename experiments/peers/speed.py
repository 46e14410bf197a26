"""Speed of `model.fit` beside the same step in PyTorch, in turn, over several rounds.

    python -m experiments.peers.speed --peer_python=peer/bin/python --recipe=infogan
    python -m experiments.peers.speed --peer_python=peer/bin/python --recipe=dcgan --image_size=32
        --channels=3 --out=results/benchmark/dcgan_32x32x3_pytorch.json

`peer/bin/python` is one of an environment with PyTorch (`experiments/peers/pytorch.py`). A round
measures the rate of a product of matrices, `fit` in float32 and in bfloat16 with the recipe's
moving average, and every form of the other program: channels first, channels last and compiled, in
both precisions. What is compared is the median over rounds of the ratio to the form that is fastest
in the median; processor time stands beside wall time. Nothing else may run beside it.

`--xla` adds `fit` with `jit_compile`, and `--jax_python`, of an environment with JAX and Keras, the
same step by Keras on JAX (`experiments/peers/jax_steps.py`).
"""

from __future__ import annotations

import argparse
import functools
import os
import pathlib
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any

import keras
import numpy as np

from experiments.peers.comparison import in_turn, report, whole_number
from experiments.peers.served_steps import Measured, StepServer, answered
from tfgan_it import recipes
from trainers.benchmarks.work import ProductRate, step_work
from trainers.processor import processor
from trainers.run_directory import provenance

PROGRAM = pathlib.Path(__file__).with_name("pytorch.py")
JAX_PROGRAM = pathlib.Path(__file__).with_name("jax_steps.py")
PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
FORMS = ("channels_first", "channels_last", "compiled")
BY_JAX = ("infogan", "dcgan")
UNCOMPILED = ("wgan_gp",)  # PyTorch's compiler does not differentiate twice, as its penalty does.


def peer(python: str, program: pathlib.Path, arguments: Sequence[str]) -> StepServer:
    """Starts another program, which takes steps when it is told to.

    Args:
        python: Python of its environment.
        program: Its file.
        arguments: Recipe, size and forms.
    """
    # Threads that wait must not spin on the cores of what is measured next.
    quiet = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}
    return StepServer([python, str(program), *arguments], quiet)


def measured_alone(python: str, arguments: Sequence[str]) -> Any:
    """Returns what the other program says of one form, measured in a process of its own.

    Raises:
        RuntimeError: If it fails; it has said why.
    """
    ended = subprocess.run(
        [python, str(PROGRAM), *arguments], stdout=subprocess.PIPE, text=True, check=False
    )
    if ended.returncode:
        raise RuntimeError(f"the other program ended with status {ended.returncode}")
    return answered(ended.stdout)


def fit_of(
    recipe: str, shape: tuple[int, ...], batch: int, precision: str, **execution: Any
) -> Callable[..., Any]:
    """Returns a function that trains the recipe, as published, for a number of steps.

    Args:
        recipe: Its name.
        shape: (height, width, channels).
        batch: Images in a discriminator update.
        precision: One of `PRECISIONS`.
        **execution: Hyperparameters that change how it runs, such as `jit_compile`.
    """
    keras.config.set_dtype_policy(PRECISIONS[precision])
    try:
        model = recipes.get(recipe)(shape, **execution)
    finally:
        keras.config.set_dtype_policy("float32")
    count = max(20, 2560 // batch) * batch * model.discriminator_steps
    images = np.random.default_rng(0).integers(0, 256, (count, *shape), "uint8")

    def train(steps: int, callbacks: Sequence[keras.callbacks.Callback] = ()) -> Any:
        return model.fit(
            images, batch_size=batch, steps_per_epoch=steps, callbacks=[*callbacks], verbose=0
        )

    return train


def timed(train: Callable[..., Any], steps: int) -> Measured:
    """Measures seconds and processor seconds of some steps."""
    began, worked = time.perf_counter(), time.process_time()
    train(steps)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "processor_seconds": time.process_time() - worked}


def summary_of(rounds: Sequence[dict[str, Measured]], steps: int) -> dict[str, Any]:
    """Returns medians by way, and of each precision the ratio to the fastest form of the peer.

    Example:

    >>> ours, theirs = {"seconds": 1.0, "processor_seconds": 2.0}, {"seconds": 1.5}
    >>> theirs["processor_seconds"] = 2.0
    >>> found = summary_of([{"fit_float32": ours, "float32_compiled": theirs}], 10)
    >>> found["fit_over_peer"]["float32"]
    {'best_form': 'compiled', 'ratio': 1.5, 'processor_ratio': 1.0}
    """
    ways = list(rounds[0])
    median = {way: statistics.median(each[way]["seconds"] for each in rounds) for way in ways}
    over: dict[str, Any] = {}
    for precision in PRECISIONS:
        forms = [form for form in FORMS if f"{precision}_{form}" in median]
        if f"fit_{precision}" not in median or not forms:
            continue
        best = min(forms, key=lambda form: median[f"{precision}_{form}"])
        pairs = [(each[f"{precision}_{best}"], each[f"fit_{precision}"]) for each in rounds]
        ratios = {
            name: round(statistics.median(a[key] / b[key] for a, b in pairs), 3)
            for name, key in (("ratio", "seconds"), ("processor_ratio", "processor_seconds"))
        }
        over[precision] = {"best_form": best, **ratios}
    return {
        "milliseconds_per_step": {way: round(1e3 * median[way] / steps, 2) for way in ways},
        "processor_milliseconds_per_step": {
            way: round(
                1e3 * statistics.median(e[way]["processor_seconds"] for e in rounds) / steps, 2
            )
            for way in ways
        },
        "fit_over_peer": over,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, prints the result as JSON, and writes it to a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer_python", required=True)
    parser.add_argument("--recipe", choices=["infogan", "dcgan", "wgan_gp"], default="infogan")
    parser.add_argument("--image_size", type=whole_number, default=28)
    parser.add_argument("--channels", type=whole_number, default=1)
    parser.add_argument("--batch_size", type=whole_number, default=128)
    parser.add_argument("--rounds", type=whole_number, default=7)
    parser.add_argument("--steps", type=whole_number, default=20)
    parser.add_argument("--precisions", type=_some_of(PRECISIONS), default=[*PRECISIONS])
    parser.add_argument(
        "--forms", type=_some_of(FORMS), help="By default all that the recipe can take."
    )
    parser.add_argument("--xla", action="store_true", help="Also fit with jit_compile.")
    parser.add_argument(
        "--jax_python", help=f"Python with JAX and Keras, for {' and '.join(BY_JAX)}."
    )
    parser.add_argument("--out")
    options = parser.parse_args(arguments)
    for flag in ("peer_python", "jax_python"):
        if (python := getattr(options, flag)) and shutil.which(python) is None:
            parser.error(f"--{flag}: {python} is not a program")
    if options.jax_python and options.recipe not in BY_JAX:
        parser.error(f"--jax_python: is for {' and '.join(BY_JAX)}, got --recipe={options.recipe}")
    able = [form for form in FORMS if form != "compiled" or options.recipe not in UNCOMPILED]
    options.forms = options.forms or able
    if not set(options.forms) <= set(able):
        parser.error(
            f"--forms: {options.recipe} cannot be compiled in PyTorch, use {', '.join(able)}"
        )
    report(parser, options, compared)


def compared(options: argparse.Namespace) -> dict[str, Any]:
    """Measures both in turn; returns the record.

    Raises:
        RuntimeError: If the program of the peer fails.
    """
    precisions, forms = options.precisions, options.forms
    shape = (options.image_size, options.image_size, options.channels)
    names = ("recipe", "image_size", "channels", "batch_size")
    same = [f"--{name}={getattr(options, name)}" for name in names]
    theirs = [f"{precision}_{form}" for precision in precisions for form in forms]
    alone = {
        form: measured_alone(options.peer_python, [*same, f"--alone={form}"]) for form in theirs
    }
    other = peer(options.peer_python, PROGRAM, [*same, f"--forms={','.join(theirs)}"])
    served, about = dict.fromkeys(theirs, other), other.about
    if options.jax_python:
        forms = [f"{precision}_jax" for precision in precisions]
        jax = peer(options.jax_python, JAX_PROGRAM, [*same, f"--forms={','.join(forms)}"])
        served, about = served | dict.fromkeys(forms, jax), about | jax.about
    fits = {
        f"fit_{precision}{'_xla' if xla else ''}": fit_of(
            options.recipe, shape, options.batch_size, precision, jit_compile=xla
        )
        for precision in precisions
        for xla in ([False, True] if options.xla else [False])
    }
    for train in fits.values():
        train(3)
    for form, server in served.items():
        server.take(form, 3)
    ways: dict[str, Callable[[], Measured]] = {
        name: functools.partial(timed, train, options.steps) for name, train in fits.items()
    }
    for form, server in served.items():
        ways[form] = functools.partial(server.take, form, options.steps)
    rate, rounds, rates = ProductRate(), [], []
    for number in range(options.rounds):
        rates.append(rate.measure())
        rounds.append(in_turn(ways, number))
    for server in {*served.values()}:
        server.end()
    work = step_work(recipes.get(options.recipe)(shape), options.batch_size)
    shares = [
        work * options.steps / each["fit_float32"]["seconds"] / product
        for each, product in zip(rounds, rates, strict=True)
        if "fit_float32" in each
    ]
    return {
        "recipe": options.recipe,
        "image_shape": shape,
        "batch_size": options.batch_size,
        "rounds": options.rounds,
        "steps_per_round": options.steps,
        **summary_of(rounds, options.steps),
        "share_of_product_rate": round(statistics.median(shares), 4) if shares else None,
        "peer": {**about, "alone": alone},
        "seconds_of_all_rounds": {
            way: [round(each[way]["seconds"], 4) for each in rounds] for way in rounds[0]
        },
        "processor": processor(),
        "cores": os.cpu_count(),
        **provenance(),
    }


def _some_of(allowed: Collection[str]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        names = text.split(",")
        if unknown := [name for name in names if name not in allowed]:
            raise argparse.ArgumentTypeError(f"must be of {', '.join(allowed)}, got {unknown[0]!r}")
        return names

    return read


if __name__ == "__main__":
    main()
