"""Terms by name."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from tfgan_it.identifiers import resolve
from tfgan_it.losses import AdversarialLoss
from tfgan_it.terms import Term, check_terms
from tfgan_it.typing import Identifier


def get(identifier: Identifier, what: str = "term") -> Term:
    """Returns a term of a player's loss.

    Args:
        identifier: A term, returned as it is; its class or name, with defaults; or its
            configuration. Capitals and underscores of a name do not count. Classes of users have a
            name if they are registered with Keras.
        what: What it is, for messages.

    Raises:
        ValueError: If it is anything else (the message gives the nearest name), or if the class
            needs arguments.

    Example:

    >>> get("r1")
    R1()
    >>> type(get("gradient_penalty")).__name__
    'GradientPenalty'
    """
    objects = keras.saving.get_custom_objects().items()
    classes = {name.rpartition(">")[2]: kind for name, kind in objects if inspect.isclass(kind)}
    kinds = {
        name: kind
        for name, kind in classes.items()
        if issubclass(kind, Term) and not issubclass(kind, AdversarialLoss)
    }
    return resolve(what, identifier, Term, kinds)


def get_terms(argument: str, terms: Identifier) -> list[Any]:
    """Returns the terms that a user lists; what cannot be a term is left for `check_terms`.

    Args:
        argument: Argument that lists them, for messages.
        terms: A sequence of identifiers as for `get`, or one alone; None for no terms.

    Raises:
        ValueError: If a name is unknown; the message gives the nearest.

    Example:

    >>> get_terms("terms", "r1")
    [R1()]
    """
    if terms is None:
        return []
    listed = terms if isinstance(terms, Sequence) and not isinstance(terms, str) else [terms]
    return [
        get(term, f"term in {argument}")
        if isinstance(term, str | Mapping) or inspect.isclass(term)
        else term
        for term in listed
    ]


def get_term_lists(
    *, discriminator_regularizers: Identifier, generator_regularizers: Identifier, terms: Identifier
) -> tuple[list[Term], list[Term], list[Term]]:
    """Returns the three lists of terms of `compile`, checked.

    Args:
        discriminator_regularizers: As for `get_terms`.
        generator_regularizers: As for `get_terms`.
        terms: As for `get_terms`.

    Raises:
        ValueError: If these are not terms, or a term belongs in another list.
    """
    lists = []
    for argument, values in (
        ("discriminator_regularizers", discriminator_regularizers),
        ("generator_regularizers", generator_regularizers),
        ("terms", terms),
    ):
        found = get_terms(argument, values)
        player = argument.partition("_")[0] if argument != "terms" else None
        check_terms(argument, found, player)
        lists.append(found)
    return lists[0], lists[1], lists[2]
