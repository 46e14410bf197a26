"""Pictures, words and sounds of a trained system of several modalities."""

from __future__ import annotations

import pathlib
from typing import Any

import keras
import numpy as np

from tfgan_it import datasets, visualization

DRAWN = 5  # Samples from each given one.


def draw(model: keras.Model, data: Any, folder: pathlib.Path) -> None:
    """Draws samples, real and generated; traversals of each modality; translations."""
    first = {m: x[:30] for m, x in model.split(data.test_images).items()}
    tiles = {
        f"{name} {modality}": picture(model, x, 10)
        for name, samples in (("real", first), ("generated", model.split(model.generate(30, 0))))
        for modality, x in samples.items()
    }
    visualization.save_picture(visualization.stacked(tiles), folder / "samples.png")
    tiles = {}
    for path, latents in model.latent.traversal(model.sample_latents(6, 0)).items():
        rows, points, columns = latents.shape
        varied = model.split(model.predict(latents.reshape(rows * points, columns), verbose=0))
        tiles |= {f"{path} {m}": picture(model, x, points) for m, x in varied.items()}
    visualization.save_picture(visualization.stacked(tiles), folder / "traversal.png")
    chosen = np.unique(data.test_labels, return_index=True)[1]  # The first of each class.
    split, tiles = {m: x[chosen] for m, x in model.split(data.test_images).items()}, {}
    for source in split:
        tiles[f"given {source}"] = picture(model, split[source], len(chosen))
        made = [model.generate_from({source: split[source]}, seed=seed) for seed in range(DRAWN)]
        for target in (m for m in split if m != source):
            shown = np.concatenate([each[target] for each in made])
            tiles[f"{target} generated from the {source}"] = picture(model, shown, len(chosen))
    visualization.save_picture(visualization.stacked(tiles), folder / "translations.png")


def picture(model: keras.Model, samples: np.ndarray, columns: int) -> np.ndarray:
    """Draws one modality: texts as words, others as a grid."""
    vocabulary = model.text_vocabulary
    if samples.ndim == 3 and vocabulary is not None:
        return visualization.words(vocabulary.decode(samples), columns)
    return visualization.grid(samples, columns=columns)


def write_sounds(model: keras.Model, data: Any, folder: pathlib.Path) -> None:
    """Writes WAV files of a generated sound of each category and a real one of each class.

    `sounds.png` has their original spectrograms and those of the written files.
    """
    spectrogram = datasets.LogMel()
    if model.modality_shapes.get("sound", (0,))[0] != spectrogram.bands:
        return
    latents = model.latent.traversal(model.sample_latents(1, 0))["category"][0]
    first = np.unique(data.test_labels, return_index=True)[1]
    real = datasets.scale_images(model.split(data.test_images)["sound"][first])
    generated = model.split(model.predict(latents, verbose=0))["sound"]
    tiles = {}
    for name, sounds in (("real", np.asarray(real)), ("generated", generated)):
        again = []
        for index, sound in enumerate(sounds):
            path = folder / f"{name}-{index}.wav"
            datasets.save_wav(spectrogram.waveform(sound), path, spectrogram.rate)
            again.append(spectrogram.picture(datasets.read_wav(path)[0]))
        tiles[f"{name} sounds"] = visualization.grid(sounds, columns=len(sounds))
        tiles[f"{name} sounds, from their WAV files"] = visualization.grid(
            np.stack(again), columns=len(sounds)
        )
    visualization.save_picture(visualization.stacked(tiles), folder / "sounds.png")
