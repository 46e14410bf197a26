"""Compares `model.fit` with a hand-written loop over the same networks, and the machine's limit.

  python -m trainers.benchmark                                InfoGAN, 28x28, batch 128
  python -m trainers.benchmark --recipe=dcgan --image_size=64 --channels=3
  python -m trainers.benchmark --curves --out=results/benchmark/curves.json

Each round measures in turn: the rate of a large matrix product, `fit` from shuffled uint8 images in
memory, `fit` on one constant batch, the hand-written two-pass loop on one constant batch (one
tf.function; latents, a generator pass for each update, Keras's Adam), and `fit` in mixed_bfloat16.
The program prints medians over the rounds, and medians of ratios within them, as JSON. It also runs
`fit` and the loop in separate processes, for the peak of memory and the time to the first step, and
profiles `fit` by kind of operation.
"""

from __future__ import annotations

import json

from absl import flags

from tfgan_it.errors import unknown_name
from tfgan_it.files import local_path, write_json

from . import command_line
from .hyperparameters import get_recipe, hyperparameters
from .library import import_whole

LOOPS = ("infogan", "dcgan", "wgan_gp", "r3gan")
FLAGS = flags.FlagValues()
_MODEL = command_line.group(FLAGS, "model")
flags.DEFINE_string("recipe", "infogan", f"One of {', '.join(LOOPS)}.", **_MODEL)
flags.DEFINE_multi_string(
    "set", [], "A hyperparameter of the recipe, as name=value; repeatable.", **_MODEL
)
_DATA = command_line.group(FLAGS, "data")
flags.DEFINE_integer("image_size", 28, "Height and width of the images.", lower_bound=8, **_DATA)
flags.DEFINE_integer("channels", 1, "Channels of the images.", lower_bound=1, **_DATA)
_RUN = command_line.group(FLAGS, "run")
flags.DEFINE_integer("batch_size", 128, "Images in a discriminator update.", lower_bound=1, **_RUN)
flags.DEFINE_integer("rounds", 7, "Number of interleaved rounds.", lower_bound=1, **_RUN)
flags.DEFINE_integer("steps", 20, "Number of steps in a round.", lower_bound=1, **_RUN)
flags.DEFINE_bool(
    "curves", False, "Measure and draw over batch sizes and over image sizes.", **_RUN
)
flags.DEFINE_enum(
    "alone",
    None,
    ["fit", "loop"],
    "Measure memory and first step of this one, in this process.",
    **_RUN,
)
_OUTPUT = command_line.group(FLAGS, "output")
flags.DEFINE_string("out", None, "JSON file to write, besides standard output.", **_OUTPUT)


def main(values: flags.FlagValues, arguments: list[str]) -> None:
    """Measures, and prints the result as JSON."""
    if values.recipe not in LOOPS:
        raise unknown_name("hand-written loop", values.recipe, LOOPS)
    hyperparameters(get_recipe(values.recipe), values.set)
    import_whole()
    from .benchmarks import comparison

    if values.curves and values.out:  # Before the measurement: Matplotlib may be missing.
        from .benchmarks.curves import draw

    setting = comparison.Setting(
        recipe=values.recipe,
        image_size=values.image_size,
        channels=values.channels,
        batch_size=values.batch_size,
        rounds=values.rounds,
        steps=values.steps,
        assignments=values.set,
    )
    result = comparison.measure(setting, alone=values.alone, over_sizes=values.curves)
    print(json.dumps(result, indent=2))
    if values.out:
        path = local_path(values.out, "out")
        write_json(path, result)
        if values.curves:
            draw(result, path.with_suffix(".png"))


PROGRAM = command_line.Program("benchmark", __doc__, FLAGS, main)

if __name__ == "__main__":
    command_line.run(PROGRAM)
