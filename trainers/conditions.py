"""Conditions of a run: none, the labels of the samples, or their texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfgan_it import datasets
from tfgan_it.conditions import Label, Text

Data = datasets.DataSet
_SHOWN = 8  # Texts of a grid, where none are asked for.


def check_conditions(data: Data, condition: str | None) -> None:
    """Checks that the data set has what a condition is made of.

    Raises:
        ValueError: If it has no labels or fewer than two classes, or no texts.
    """
    if condition == "label":
        missing = data.train_labels is None or data.test_labels is None
        if missing or (getattr(data, "num_classes", None) or 0) < 2:
            raise ValueError(f"--condition=label: {data!r} has no classes to tell apart.")
    if condition == "text" and (
        getattr(data, "train_texts", None) is None
        or getattr(data, "test_texts", None) is None
        or isinstance(data, datasets.TextDataset)
    ):
        raise ValueError(f"--condition=text: {data!r} has no texts beside its samples.")


def condition_of(data: Data, condition: str | None) -> Any:
    """Returns what a recipe takes as `conditions`: classes, a `Text`, or None.

    A text is one of those of the training samples; its characters and its length are those of the
    test samples too.
    """
    if condition == "label":
        return getattr(data, "num_classes", None)
    if condition == "text":
        known = [*getattr(data, "train_texts"), *getattr(data, "test_texts")]  # noqa: B009
        every = Text(known)
        return Text(known[: len(data.train_images)], every.vocabulary, every.length)
    return None


def conditions_of(model: Any, data: Data) -> tuple[Any, Any]:
    """Returns conditions of training and of test samples; None if the model takes none."""
    if model.conditions is None:
        return None, None
    if isinstance(model.conditions, Text):
        parts = (getattr(data, f"{part}_texts") for part in ("train", "test"))
        train, test = (model.conditions.encode(texts) for texts in parts)
        return train, test
    return data.train_labels, data.test_labels


def checked_classes(model: Any, classes: list[int] | None) -> list[int] | None:
    """Returns the classes to generate, by default all of the model's; None without conditions.

    Raises:
        ValueError: If the model does not take labels or does not have such classes.
    """
    label = model.conditions
    if label is None and classes is None:
        return None
    if not isinstance(label, Label):
        takes = "takes no conditions" if label is None else f"takes {label.describe()}"
        raise ValueError(f"--condition asks for classes, but {model.name} {takes}.")
    if classes is None:
        return list(range(label.classes))
    if wrong := [number for number in classes if number >= label.classes]:
        raise ValueError(
            f"--condition={wrong[0]}: {model.name} has classes 0 to {label.classes - 1}."
        )
    return classes


def asked_conditions(
    model: Any, classes: list[int] | None, texts: Sequence[str] = ()
) -> list[int] | list[str] | None:
    """Returns the classes or the texts to generate; None for a model without conditions.

    By default these are all classes, or some of the known texts.

    Raises:
        ValueError: As for `checked_classes`; or if texts are given to a model that takes none, or
            have characters that it does not know.
    """
    if not isinstance(model.conditions, Text):
        if texts:
            raise ValueError(f"--text asks for texts, but {model.name} takes none.")
        return checked_classes(model, classes)
    if classes is not None:
        raise ValueError(f"--condition asks for classes, but {model.name} takes texts: --text.")
    known = model.conditions.texts
    some = [known[i] for i in np.linspace(0, len(known) - 1, min(_SHOWN, len(known))).astype(int)]
    chosen = list(texts) or some
    model.conditions.encode(chosen)
    return chosen


def evenly_asked(model: Any, n: int) -> Any:
    """Returns raw conditions of n samples, of all classes equally often.

    None for a model without conditions, and for one that takes texts, which it draws.
    """
    if isinstance(model.conditions, Text):
        return None
    classes = checked_classes(model, None)
    return None if classes is None else np.resize(classes, n)
