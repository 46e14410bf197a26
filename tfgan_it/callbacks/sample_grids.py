"""Callbacks that draw pictures while a model trains."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from tfgan_it import visualization
from tfgan_it.callbacks.every_steps import OncePerStep
from tfgan_it.callbacks.stopping import NonFiniteLoss, check_weights
from tfgan_it.checks import check_bool, check_seed
from tfgan_it.datasets.images import NonFiniteImages
from tfgan_it.datasets.spectrograms import save_wav
from tfgan_it.files import local_path


class Pictures(OncePerStep):
    """Draws pictures after each epoch, or every `every` steps, and at the end of training.

    If nothing can be drawn, it only prints the reason when training begins.

    Put it before the callback that saves checkpoints: a run that is killed in between and resumed
    then draws its last pictures again.

    Args:
        folder: Folder of the PNG files, whose names contain the step.
        every: Number of generator updates between two pictures. If None, draws after each epoch.
        seed: Seed of the latents, the same at every step, so that pictures can be compared.
        print_fn: Function that receives the reason why nothing is drawn.
        early: Whether to draw after 1, 10, 100, ... steps too, as long as these are below `every`:
            the first picture then comes with the first step.
        record: Function `record(name, step, picture)` that receives each picture too, such as
            `Statistics.append_picture` for TensorBoard.
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        every: int | None = None,
        seed: int = 0,
        print_fn: Callable[[str], None] = print,
        *,
        early: bool = False,
        record: Callable[[str, int, np.ndarray], None] | None = None,
    ) -> None:
        super().__init__(every, optional=True)
        self.folder, self.seed = local_path(folder, "folder"), check_seed(self, seed)
        self.print_fn, self.record = print_fn, record
        self.early = check_bool(self, "early", early)
        self._idle = False

    def draw(self) -> dict[str, np.ndarray]:
        """Returns pictures, uint8 `(height, width, channels)`, by the prefix of their file name."""
        raise NotImplementedError

    def sounds(self) -> dict[str, np.ndarray]:
        """Returns waveforms `(samples,)` to be written beside the pictures, by the same prefix."""
        return {}

    def obstacle(self) -> str | None:
        """Returns why nothing can be drawn, or None."""
        return None

    def on_train_begin(self, logs=None):
        """Prints the reason if nothing can be drawn."""
        super().on_train_begin(logs)
        reason = self.obstacle()
        self._idle = reason is not None
        if reason:
            self.print_fn(f"{type(self).__name__} draws nothing: {reason}")

    def on_train_batch_end(self, batch, logs=None):
        """Draws every `every` steps, and early."""
        early = self._is_early()
        if self.is_due() or early:
            self.act_once(logs)

    def _is_early(self) -> bool:
        """Returns whether a power of ten below `every` was reached since the last step."""
        if not self.early or self.every is None:
            return False
        powers = (10**k for k in range(len(str(self.every))))
        last, step = self._last_step, self.model.trained_steps
        return any(last < power <= step for power in powers if power < self.every)

    def act(self, step: int, logs: dict[str, Any] | None) -> None:
        """Draws."""
        if self._idle:
            return
        check_weights(self.model)
        try:
            drawn = self.draw()
        except NonFiniteImages as error:  # Of weights that are finite still.
            raise NonFiniteLoss(f"step {step}: {error}; try a lower learning rate") from None
        for name, picture in drawn.items():
            visualization.save_picture(picture, self.folder / f"{name}-{step:06d}.png")
            if self.record is not None:
                self.record(name, step, picture)
        for name, waveform in self.sounds().items():
            save_wav(waveform, self.folder / f"{name}-{step:06d}.wav", self.model.rate)


class SampleGrid(Pictures):
    """Draws a grid of samples, `samples-STEP.png`; a row for each class of a conditional model.

    The samples of a model of sounds are written as `samples-STEP.wav` too, row by row.

    Args:
        folder: Folder of the files.
        every: As for `Pictures`.
        seed: Seed of the latents.
        n: Number of samples in the grid.
        conditions: Raw conditions of the samples, for a model whose conditions have no prior; see
            `visualization.sample_grid`.
        samples: Real samples, for a model that translates them. The first n of each domain are
            drawn, with their translations below.
        print_fn: As for `Pictures`.
        **kwargs: As for `Pictures`: `early`, `record`.
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        every: int | None = None,
        seed: int = 0,
        n: int = 64,
        *,
        conditions: Any = None,
        samples: Any = None,
        print_fn: Callable[[str], None] = print,
        **kwargs: Any,
    ) -> None:
        super().__init__(folder, every, seed, print_fn, **kwargs)
        self.n, self.conditions, self.samples = n, conditions, samples

    def obstacle(self) -> str | None:
        """Returns why no grid can be drawn, or None."""
        if self.model.latent is None and self.samples is not None:
            return None
        return visualization.obstacle_to_drawing(self.model, self.conditions)

    def draw(self) -> dict[str, np.ndarray]:
        """Draws the grid."""
        if self.model.latent is None:
            first = {name: part[: self.n] for name, part in self.samples.items()}
            return {"samples": visualization.translations(self.model, first)}
        picture = visualization.sample_grid(self.model, self.n, self.seed, self.conditions)
        return {"samples": picture}

    def sounds(self) -> dict[str, np.ndarray]:
        """Returns the samples of a model of sounds, one after the other."""
        if self.model.rate is None:
            return {}
        waveform = visualization.sample_sounds(self.model, self.n, self.seed, self.conditions)
        return {"samples": waveform}


class CodeTraversal(Pictures):
    """Draws the effect of each code, one code below the other: `traversal-STEP.png`.

    Args:
        folder: Folder of the files.
        every: As for `Pictures`.
        seed: Seed of the latents.
        rows: Number of latents, one for each row of a code.
        conditions: Raw conditions of the rows; see `visualization.code_traversal`.
        print_fn: As for `Pictures`.
        **kwargs: As for `Pictures`: `early`, `record`.
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        every: int | None = None,
        seed: int = 0,
        rows: int = 5,
        *,
        conditions: Any = None,
        print_fn: Callable[[str], None] = print,
        **kwargs: Any,
    ) -> None:
        super().__init__(folder, every, seed, print_fn, **kwargs)
        self.rows, self.conditions = rows, conditions

    def obstacle(self) -> str | None:
        """Returns why no traversal can be drawn, or None."""
        return visualization.obstacle_to_drawing(self.model, self.conditions)

    def draw(self) -> dict[str, np.ndarray]:
        """Draws the traversals."""
        paths = visualization.code_traversal(
            self.model, self.rows, seed=self.seed, conditions=self.conditions
        )
        return {"traversal": visualization.stacked(paths)}
