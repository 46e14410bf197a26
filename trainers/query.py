"""Asks a served model: seeds and codes, or images, go to a signature; images and arrays come back.

python -m trainers.query localhost:8500 --model=infogan_digits --seeds=1,2,5-9
python -m trainers.query http://localhost:8501 --model=infogan_digits --signature=generate \\
    --seeds=0-9 --codes=category=3 --codes=style=[0.5,-0.5]
python -m trainers.query localhost:8500 --model=infogan_digits --signature=infer_codes \\
    --images=answers
python -m trainers.query localhost:8500 --model=infogan_digits --describe
python -m trainers.query localhost:8500 --model=infogan_digits --seeds=0-63 --requests=1000 \\
    --concurrency=8

HOST:PORT is gRPC, a URL is REST. Neither needs the model: names and shapes come from the server.
"""

from __future__ import annotations

import json
import math
from typing import Any

from absl import flags

from tfgan_it.files import check_folder, local_path

from . import command_line
from .literals import numbers
from .literals import values as values_by_name

FLAGS = flags.FlagValues()
_MODEL = command_line.group(FLAGS, "model")
flags.DEFINE_string("model", None, "Name of the served model.", required=True, **_MODEL)
flags.DEFINE_integer("version", None, "Version; by default the highest.", 1, 2**63 - 1, **_MODEL)
flags.DEFINE_string("label", None, "Label of a version, such as stable, in its place.", **_MODEL)
flags.DEFINE_string("signature", "sample", "Signature to ask.", **_MODEL)
flags.DEFINE_bool("describe", False, "Print versions and signatures, and ask nothing.", **_MODEL)
_EXAMPLES = command_line.group(FLAGS, "examples")
flags.DEFINE_string("seeds", None, "A seed for each example, such as 1,2,5-9.", **_EXAMPLES)
flags.DEFINE_multi_string(
    "codes",
    [],
    "A code or condition of all examples, such as category=3 or style=[0.5,0]; repeatable.",
    **_EXAMPLES,
)
flags.DEFINE_list("images", [], "Files of images, or folders of them.", **_EXAMPLES)
flags.DEFINE_string("inputs", None, "An .npz file with inputs by name, for others.", **_EXAMPLES)
flags.DEFINE_integer(
    "batch_size", None, "Most examples in a request; by default all.", lower_bound=1, **_EXAMPLES
)
_OUTPUT = command_line.group(FLAGS, "output")
flags.DEFINE_list("outputs", [], "Names of the outputs; by default all.", **_OUTPUT)
flags.DEFINE_string("out", "answers", "Folder of the images and of outputs.npz.", **_OUTPUT)
flags.DEFINE_list(
    "value_range", ["-1", "1"], "Black and white of images that are floats.", **_OUTPUT
)
_REQUESTS = command_line.group(FLAGS, "requests")
flags.DEFINE_float(
    "deadline", 10.0, "Seconds for a request with all attempts.", lower_bound=1e-3, **_REQUESTS
)
flags.DEFINE_integer(
    "requests", 1, "Repeat the first request and print latencies.", lower_bound=1, **_REQUESTS
)
flags.DEFINE_integer(
    "concurrency", 1, "Requests on their way at a time.", lower_bound=1, **_REQUESTS
)


def main(values: flags.FlagValues, arguments: list[str]) -> None:
    """Asks, writes what came back, and prints where it is."""
    codes = values_by_name(values.codes, "codes")
    seeds = numbers(values.seeds, "seeds") if values.seeds else []
    value_range = _value_range(values.value_range)
    out = local_path(values.out, "out")
    check_folder(out)
    if values.version is not None and values.label is not None:
        raise ValueError("Give either --version or --label.")
    if values.concurrency > values.requests:
        raise ValueError(
            f"--concurrency={values.concurrency} needs at least as many --requests, got "
            f"{values.requests}."
        )
    from .serving.clients import connect, signature_named, signatures_of
    from .serving.signatures import ModelSpec

    client = connect(arguments[0], values.deadline)
    spec = ModelSpec(values.model, values.version, values.label)
    signatures = signatures_of(client, spec)
    if values.describe:
        print(description(client.versions(values.model), signatures))
        return
    signature = signature_named(values.signature, signatures, values.outputs)

    import numpy as np  # No earlier: help and mistakes answer at once.

    from .serving.answers import write_answers
    from .serving.examples import request_inputs
    from .serving.latencies import measure

    inputs = request_inputs(
        values.signature,
        signature,
        seeds=seeds,
        codes=codes,
        images=values.images,
        arrays=values.inputs,
        value_range=value_range,
    )
    count = len(next(iter(inputs.values())))
    size = values.batch_size or max(count, 1)
    batches = [
        {name: array[start : start + size] for name, array in inputs.items()}
        for start in range(0, max(count, 1), size)
    ]
    answers = [client.predict(spec, values.signature, x, values.outputs) for x in batches]
    outputs = {key: np.concatenate([each[key] for each in answers]) for key in answers[0]}
    for key, array in sorted(outputs.items()):
        print(f"{key:<24}{signature.outputs[key].dtype} {array.shape}")
    written = write_answers(outputs, _names(seeds, count), out, value_range)
    print(f"{len(written)} files in {out}")
    if values.requests > 1:
        latencies = measure(
            lambda: client.predict(spec, values.signature, batches[0], values.outputs),
            values.requests,
            values.concurrency,
        )
        latencies = {key: round(number, 3) for key, number in latencies.items()}
        setting = {"batch": len(next(iter(batches[0].values()))), "requests": values.requests}
        print(json.dumps({**setting, "concurrency": values.concurrency, **latencies}))
    client.close()


def description(versions: dict[int, tuple[str, str]], signatures: dict[str, Any]) -> str:
    """Returns versions with their states, and the tensors of each signature, for a reader."""
    lines = [
        f"version {number} {state}{f': {error}' if error else ''}"
        for number, (state, error) in sorted(versions.items())
    ]
    for name, signature in sorted(signatures.items()):
        lines.append(name)
        for arrow, tensors in (("<-", signature.inputs), ("->", signature.outputs)):
            lines += [f"  {arrow} {key:<24}{spec}" for key, spec in tensors.items()]
    return "\n".join(lines)


def _names(seeds: list[int], count: int) -> list[str]:
    """Returns a name for each example: its seed, or its number."""
    numbers = seeds or range(count)
    width = len(str(max(numbers, default=0)))
    return [f"{number:0{width}d}" for number in numbers]


def _value_range(texts: list[str]) -> tuple[float, float]:
    try:
        low, high = map(float, texts)
        if not -math.inf < low < high < math.inf:
            raise ValueError
    except ValueError:
        text = ",".join(texts)
        raise ValueError(
            f"--value_range={text}: give two numbers, the lower first, such as -1,1."
        ) from None
    return low, high


PROGRAM = command_line.Program("query", __doc__, FLAGS, main, positional=("SERVER",))

if __name__ == "__main__":
    command_line.run(PROGRAM)
