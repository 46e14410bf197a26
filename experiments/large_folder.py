"""Training from a folder of very many images: from memory, and from a cache on disk.

    python -m experiments.large_folder --out=results/benchmark/large_folder.json

It draws the images, 100,000 of 32x32x3 by default, and then lets three processes, one after the
other, load them and train a small `dcgan`: from memory; through a `cache_dir` that it fills; and
from that cache. Each says how long loading took, how fast it trained, and its peak of memory. The
small network leaves the reading of images to be seen.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from experiments.peers.comparison import report, whole_number
from tfgan_it import datasets, recipes
from trainers.benchmarks.memory import peak_mebibytes
from trainers.processor import processor
from trainers.run_directory import provenance

WAYS = ("memory", "filled_cache", "cache")
CLASSES, BATCH_SIZE = 10, 128


def draw(folder: pathlib.Path, count: int, size: int) -> None:
    """Draws images of random blotches as PNG files, in a folder for each class."""
    random = np.random.default_rng(0)
    for index in range(count):
        coarse = random.integers(0, 256, (size // 4, size // 4, 3), "uint8")
        path = folder / str(index % CLASSES) / f"{index}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC).save(path)


def measured(folder: str, cache_dir: str | None, steps: int) -> dict[str, float]:
    """Loads the images and trains; returns seconds, images per second and mebibytes."""
    at_first, began = peak_mebibytes(), time.perf_counter()
    data: Any = datasets.load(folder, cache_dir=cache_dir)
    loaded, after_loading = time.perf_counter() - began, peak_mebibytes()
    model = recipes.dcgan(data.sample_shape, width=4, latent_dimension=8)
    model.fit(data.train_images, batch_size=BATCH_SIZE, steps_per_epoch=5, verbose=0)
    began = time.perf_counter()
    model.fit(data.train_images, batch_size=BATCH_SIZE, steps_per_epoch=steps, verbose=0)
    rate = steps * BATCH_SIZE / (time.perf_counter() - began)
    return {
        "seconds_to_load": round(loaded, 2),
        "images_per_second": round(rate, 1),
        "mebibytes_before": at_first,
        "peak_mebibytes_of_loading": after_loading,
        "peak_mebibytes": peak_mebibytes(),
    }


def compared(options: argparse.Namespace) -> dict[str, Any]:
    """Measures each way in a process of its own; returns the record.

    Raises:
        RuntimeError: If a process fails; it has said why.
    """
    with tempfile.TemporaryDirectory() as place:
        folder, cache = pathlib.Path(place) / "images", pathlib.Path(place) / "cache"
        folder.mkdir()
        draw(folder, options.images, options.size)
        found = {}
        for way in WAYS:
            cached = [] if way == "memory" else [f"--cache_dir={cache}"]
            flags = [f"--folder={folder}", f"--steps={options.steps}", *cached]
            command = [sys.executable, "-m", "experiments.large_folder", *flags]
            ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
            if ended.returncode:
                raise RuntimeError(f"{way} ended with status {ended.returncode}")
            found[way] = json.loads(ended.stdout)
    return {
        "images": options.images,
        "image_shape": [options.size, options.size, 3],
        "mebibytes_of_pixels": round(3 * options.images * options.size**2 / 2**20, 1),
        "batch_size": BATCH_SIZE,
        "steps": options.steps,
        **found,
        "processor": processor(),
        "cores": os.cpu_count(),
        **provenance(),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, prints the result as JSON, and writes it to a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=whole_number, default=100_000)
    parser.add_argument("--size", type=whole_number, default=32, help="Side, of at least 16.")
    parser.add_argument("--steps", type=whole_number, default=300)
    parser.add_argument("--folder", help="Measure this folder alone, in this process.")
    parser.add_argument("--cache_dir", help="With --folder: the cache, filled where it is empty.")
    parser.add_argument("--out")
    options = parser.parse_args(arguments)
    if options.size < 16 or options.size % 4:
        parser.error(f"--size: must be a multiple of 4 of at least 16, got {options.size}")
    if options.folder:
        print(json.dumps(measured(options.folder, options.cache_dir, options.steps)))
        return
    report(parser, options, compared)


if __name__ == "__main__":
    main()
