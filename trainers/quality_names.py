"""Names of the features and of the measures of sample quality, as flags take them."""

from __future__ import annotations

from collections.abc import Sequence

from tfgan_it.errors import unknown_name
from tfgan_it.files import local_path

from .source_names import names_in_source

KINDS = ("supervised", "self_supervised", "random")
# What the flag --features of the programs takes.
HELP = (
    "Features of samples: supervised, self_supervised or random, a small network trained on the "
    "data set; pixels; a .keras file, as trainers.features writes; inception_2015=FILE, with which "
    "the Frechet distance is the FID; keras_inception_v3, or keras_inception_v3=FILE with weights "
    "from a file."
)
_COMPARISON = "metrics/sample_quality/comparison.py"
KERAS_INCEPTION, INCEPTION_2015 = "keras_inception_v3", "inception_2015"


def check_features(choice: str) -> None:
    """Checks the name of features, or that their file exists.

    Raises:
        ValueError: If the name is unknown; names the nearest.
        FileNotFoundError: If there is no such file.
    """
    name, equals, weights = choice.partition("=")
    file = choice if choice.endswith(".keras") else weights
    named = name in (KERAS_INCEPTION, INCEPTION_2015) if equals else name == KERAS_INCEPTION
    if file != choice and not named and choice not in (*KINDS, "pixels"):
        names = [*KINDS, "pixels", KERAS_INCEPTION, f"{INCEPTION_2015}=FILE", "FILE.keras"]
        raise unknown_name("features", choice, names)
    if file and not local_path(file).is_file():
        raise FileNotFoundError(f"No features in {file}: there is no such file.")


def measure_names() -> tuple[str, ...]:
    """Returns the names of the measures of sample quality, those of memorisation last."""
    return names_in_source(_COMPARISON, "MEASURES", "_OF_TRAINING")


def check_measure_names(names: Sequence[str] | None) -> None:
    """Checks the names of measures of sample quality; None is all.

    Raises:
        ValueError: If one is unknown; names the nearest.
    """
    for name in names or ():
        if name not in measure_names():
            raise unknown_name("measure", name, measure_names())
