"""Callbacks that draw while a model trains."""

from __future__ import annotations

import os
import pathlib

import keras
import numpy as np

from tfgan_it import visualization
from tfgan_it.callbacks.stopping import check_weights


class Pictures(keras.callbacks.Callback):
    """Draws at the end of an epoch, or every so many steps, and at the end of training.

    Args:
        folder: Where the PNG files go, named by step.
        every: Generator updates between two pictures; each epoch where None.
        seed: Of the latents: the same at every step, so that pictures can be compared.
    """

    def __init__(self, folder: str | os.PathLike, every: int | None = None, seed: int = 0) -> None:
        super().__init__()
        self.folder, self.every, self.seed = pathlib.Path(folder), every, seed
        self.drawn_at = -1

    def draw(self) -> dict[str, np.ndarray]:
        """Pictures by the prefix of their file's name."""
        raise NotImplementedError

    def on_train_batch_end(self, batch, logs=None):
        """Draws where `every` says so."""
        if self.every and self.model.trained_steps % self.every == 0:
            self._save()

    def on_epoch_end(self, epoch, logs=None):
        """Draws where `every` is None."""
        if not self.every:
            self._save()

    def on_train_end(self, logs=None):
        """Draws the end, unless it is drawn already or training was stopped."""
        if not self.model.stop_training:
            self._save()

    def _save(self) -> None:
        step = self.model.trained_steps
        if step == self.drawn_at:
            return
        check_weights(self.model)
        self.drawn_at = step
        for name, picture in self.draw().items():
            visualization.save_picture(picture, self.folder / f"{name}-{step:06d}.png")


class SampleGrid(Pictures):
    """Draws a grid of samples: `samples-STEP.png`.

    Args:
        folder: Where the files go.
        every: Generator updates between two pictures; each epoch where None.
        seed: Of the latents.
        n: Images in the grid.
    """

    def __init__(
        self, folder: str | os.PathLike, every: int | None = None, seed: int = 0, n: int = 64
    ) -> None:
        super().__init__(folder, every, seed)
        self.n = n

    def draw(self) -> dict[str, np.ndarray]:
        """The grid."""
        return {"samples": visualization.sample_grid(self.model, self.n, self.seed)}


class CodeTraversal(Pictures):
    """Draws what each code changes, one code below the other: `traversal-STEP.png`.

    Args:
        folder: Where the files go.
        every: Generator updates between two pictures; each epoch where None.
        seed: Of the latents.
        rows: Latents that are varied, for each code.
    """

    def __init__(
        self, folder: str | os.PathLike, every: int | None = None, seed: int = 0, rows: int = 5
    ) -> None:
        super().__init__(folder, every, seed)
        self.rows = rows

    def draw(self) -> dict[str, np.ndarray]:
        """The traversals."""
        paths = visualization.code_traversal(self.model, self.rows, seed=self.seed)
        return {"traversal": visualization.stacked(paths)}
