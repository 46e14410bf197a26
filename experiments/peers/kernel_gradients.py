"""Three ways to compute the gradient of a convolution's kernel, in turn, over several rounds.

    python -m experiments.peers.kernel_gradients --out=results/benchmark/kernel_gradients.json
    TF_SET_ONEDNN_FPMATH_MODE=BF16 python -m experiments.peers.kernel_gradients --precision=float32

With `same` padding: TensorFlow's own gradient; the convolution by which `layers.Conv2D` computes it
(`layers.convolution.SameConvolution`); and one product of the patches of the images with the
gradient of the outputs. A layer is written as the rows of its square images, channels, filters,
rows of its square kernel and stride. Beside the milliseconds stand the ratios of TensorFlow's time
to that of the others, medians over rounds, and the share of the rate of a product of matrices of
the same precision. Nothing else may run beside it.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from experiments.peers.comparison import in_turn, report, seconds, whole_number
from tfgan_it.layers.convolution import SameConvolution
from tfgan_it.typing import Tensor
from trainers.benchmarks.work import ProductRate
from trainers.processor import processor
from trainers.run_directory import provenance

# Convolutions of the networks of infogan, dcgan and sngan, and some that are larger or narrower.
LAYERS = (
    "14,64,128,4,2",
    "16,64,128,5,2",
    "8,128,256,5,2",
    "8,128,128,5,1",
    "8,32,64,3,1",
    "4,256,512,4,2",
    "4,64,128,3,1",
    "32,64,64,3,1",
)


def layer(text: str) -> tuple[int, ...]:
    """Reads the size of a layer.

    Raises:
        argparse.ArgumentTypeError: If it is not five whole numbers, or the kernel below the stride.
    """
    numbers = tuple(map(whole_number, text.split(",")))
    if len(numbers) != 5 or numbers[3] < numbers[4]:
        raise argparse.ArgumentTypeError(
            f"must be rows,channels,filters,kernel,stride with a kernel of at least the stride, "
            f"got {text!r}"
        )
    return numbers


def ways_of(
    rows: int, channels: int, filters: int, kernel: int, stride: int
) -> dict[str, Callable[[Tensor, Tensor], Tensor]]:
    """Returns each way, a function of the images and of the gradient of the outputs."""
    shape, window = [kernel, kernel, channels, filters], [1, kernel, kernel, 1]
    strides = [1, stride, stride, 1]

    def product_of_patches(x: Tensor, y: Tensor) -> Tensor:
        patches = tf.image.extract_patches(x, window, strides, [1, 1, 1, 1], "SAME")
        columns = tf.reshape(patches, (-1, kernel * kernel * channels))
        return tf.reshape(tf.matmul(columns, tf.reshape(y, (-1, filters)), transpose_a=True), shape)

    def by_tensorflow(x: Tensor, y: Tensor) -> Tensor:
        return tf.raw_ops.Conv2DBackpropFilter(
            input=x, filter_sizes=shape, out_backprop=y, strides=strides, padding="SAME"
        )

    convolution = SameConvolution((rows, rows), (kernel, kernel), (stride, stride))
    ways = {
        "tensorflow": by_tensorflow,
        "convolution": convolution.kernels,
        "patches": product_of_patches,
    }
    return {name: tf.function(way) for name, way in ways.items()}


def tensors(size: Sequence[int], batch: int, precision: str) -> tuple[Tensor, Tensor]:
    """Returns normal images and gradients of outputs of a layer."""
    rows, channels, filters, _, stride = size
    outputs = -(-rows // stride)
    random = np.random.default_rng(0)
    shapes = (batch, rows, rows, channels), (batch, outputs, outputs, filters)
    x, y = (tf.constant(random.standard_normal(shape), precision) for shape in shapes)
    return x, y


def measured(
    size: Sequence[int], options: argparse.Namespace, product: ProductRate
) -> dict[str, Any]:
    """Measures the ways of one layer in turn, after the machine; returns its row."""
    x, y = tensors(size, options.batch_size, options.precision)
    ways = ways_of(*size)
    for way in ways.values():
        way(x, y).numpy()  # Traces.
    timed = {
        name: lambda way=way: min(seconds(lambda: way(x, y).numpy()) for _ in range(options.calls))
        for name, way in ways.items()
    }
    rounds = [
        {"rate": product.measure(0.3), **in_turn(timed, number)} for number in range(options.rounds)
    ]
    median = {name: statistics.median(each[name] for each in rounds) for name in ways}
    operations = 2 * int(tf.size(y)) * size[1] * size[3] ** 2
    return {
        "layer": list(size),
        "milliseconds": {name: round(1e3 * value, 3) for name, value in median.items()},
        "tensorflow_over": {
            name: round(statistics.median(each["tensorflow"] / each[name] for each in rounds), 3)
            for name in list(ways)[1:]
        },
        "share_of_product_rate": {
            name: round(statistics.median(operations / e[name] / e["rate"] for e in rounds), 3)
            for name in ways
        },
        "product_gigaflop_per_second": round(
            statistics.median(each["rate"] for each in rounds) / 1e9, 1
        ),
    }


def compared(options: argparse.Namespace) -> dict[str, Any]:
    """Measures each layer; returns the record."""
    tf.get_logger().setLevel("ERROR")  # Each layer has functions of its own, and is no retracing.
    product = ProductRate(options.precision)
    return {
        "precision": options.precision,
        "fpmath_mode": os.environ.get("TF_SET_ONEDNN_FPMATH_MODE", ""),
        "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", ""),
        "batch_size": options.batch_size,
        "rounds": options.rounds,
        "calls": options.calls,
        "layers": [measured(size, options, product) for size in options.layers],
        "processor": processor(),
        "cores": os.cpu_count(),
        **provenance(),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, prints the result as JSON, and writes it to a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--layers", type=layer, nargs="+", default=[layer(each) for each in LAYERS])
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="bfloat16")
    parser.add_argument("--batch_size", type=whole_number, default=128)
    parser.add_argument("--rounds", type=whole_number, default=7)
    parser.add_argument(
        "--calls", type=whole_number, default=3, help="Of which the fastest counts."
    )
    parser.add_argument("--out")
    report(parser, parser.parse_args(arguments), compared)


if __name__ == "__main__":
    main()
