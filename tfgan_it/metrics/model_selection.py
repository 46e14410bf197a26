"""Which of several models is the best disentangled, by what they say of each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tfgan_it.metrics.factor_vae import (
    fixed_factor_batches,
    least_varying,
    variances,
    vote_accuracy,
)
from tfgan_it.metrics.representations import checked_codes, code_representation

_IMAGES = 8_192  # Generated at a time.


@dataclasses.dataclass(frozen=True, eq=False)
class Candidate:
    """A model that may be chosen: a generator, its latents, and an encoder.

    Args:
        sample: `(n, seed)` to n rows of independent latents.
        columns: The columns of each code in such a row, by name; the others are noise.
        generate: Rows of latents to observations.
        encode: Observations, of any candidate, to codes `(n, d)`.
        discrete: Columns of the encoder's codes whose numbers have no order.
    """

    sample: Callable[[int, int], np.ndarray]
    columns: Mapping[str, slice]
    generate: Callable[[np.ndarray], Any]
    encode: Callable[[Any], Any]
    discrete: Sequence[int] = ()

    @classmethod
    def of(cls, model: Any, batch_size: int = 256) -> Candidate:
        """The candidate that a model is.

        Args:
            model: A `GAN` that recognises codes and takes no conditions. The averaged weights
                answer where there are some.
            batch_size: Images at a time.

        Raises:
            ValueError: a model that recognises no codes, or takes conditions.
        """
        if not model.recognizes_codes:
            raise ValueError(f"{model.name} recognises no codes, by which it could be compared.")
        if model.conditions is not None:
            raise ValueError(f"{model.name} takes conditions, with which it cannot be compared.")
        columns, start = {}, 0
        for name, part in model.latent.parts.items():
            paths = part.paths(2) if name in model.latent.codes.parts else {}
            for key, (varied, _) in paths.items():
                place = slice(start + varied.start, start + varied.stop)
                columns[f"{name}_{key}" if key else name] = place
            start += part.dimension
        _, discrete = code_representation(model.infer_codes(model.generate(1, seed=0)))
        return cls(
            model.sample_latents,
            columns,
            lambda latents: model.predict(latents, batch_size=batch_size, verbose=0),
            lambda images: code_representation(model.infer_codes(images, batch_size))[0],
            discrete,
        )


def similarities(
    candidates: Sequence[Candidate],
    *,
    votes: int = 500,
    held_out: int = 500,
    batch: int = 64,
    samples: int = 2_000,
    seed: int = 0,
) -> np.ndarray:
    """How well each candidate's encoder tells which code of each generator is held fixed.

    Entry (i, j) is the FactorVAE score of encoder j where the factors are the codes of generator i:
    in a batch one of them is fixed, the others and the noise vary, and the vote is for the column
    of codes with the least variance relative to all. Two models that have found the same factors
    agree, in whatever order, sign or scale; so do not two that have mixed them differently.

    Args:
        candidates: At least one.
        votes: Number of votes from which the columns learn what they stand for.
        held_out: Votes that are counted.
        batch: Rows of a vote.
        samples: Rows that the variances in all are of.
        seed: The table is a function of it.

    Returns:
        float64 `(m, m)`; the diagonal is each model by its own encoder.

    Raises:
        ValueError: as for `factor_vae_score`.

    Source: Lin, Thekumparampil, Fanti and Oh, 2020, "InfoGAN-CR and ModelCentrality:
    Self-supervised Model Training and Selection for Disentangling GANs". Departures: votes of their
    own are counted, in place of those that were learnt of; batches of 64 in place of 100, and a
    factor drawn for each in place of all in turn.
    """
    table = np.zeros((len(candidates), len(candidates)))
    for i, source in enumerate(candidates):
        columns = list(source.columns.values())
        random = np.random.default_rng([seed % 2**64, i])
        rows = source.sample(max(2, samples), int(random.integers(2**62)))
        observations = source.generate(rows)
        all_codes = [checked_codes(each.encode(observations), each.discrete) for each in candidates]
        overall = [variances(codes[None], which)[0] for codes, which in all_codes]
        counts = [np.zeros((2, codes.shape[1], len(columns)), "int64") for codes, _ in all_codes]
        for part, number in enumerate((votes, held_out)):
            drawn = (source.sample, columns, number, batch, random)
            for fixed, rows in fixed_factor_batches(*drawn, rows_at_once=_IMAGES):
                observations = source.generate(rows.reshape(-1, rows.shape[-1]))
                for j, each in enumerate(candidates):
                    codes = np.asarray(each.encode(observations), "float64")
                    codes = codes.reshape(*rows.shape[:2], -1)
                    least = least_varying(codes, all_codes[j][1], overall[j], overall[j] > 0)
                    np.add.at(counts[j][part], (least, fixed), 1)
        table[i] = [vote_accuracy(*of_encoder) for of_encoder in counts]
    return table


def model_centrality(similarity: Any) -> np.ndarray:
    """How similar each model is to the others, `(m,)`: choose the one that is most.

        centrality_i = mean_{j != i} (S_ij + S_ji) / 2

    The thought behind it: there are many ways to mix factors, and few to keep them apart, so that
    models that are well disentangled agree with each other and the others with nobody. Where most
    models go wrong in the same way, it chooses one of them.

    Args:
        similarity: S, `(m, m)`, m at least 2, as from `similarities`; its diagonal is not used.

    Raises:
        ValueError: what is no such table, or not finite.

    Source: as for `similarities`.

    Example: the first two agree; `argmax` is the choice.

    >>> centrality = model_centrality([[1.0, 0.9, 0.4], [0.7, 1.0, 0.3], [0.4, 0.3, 0.9]])
    >>> centrality.round(2).tolist(), int(centrality.argmax())
    ([0.6, 0.55, 0.35], 0)
    """
    similarity = np.asarray(similarity, "float64")
    if similarity.ndim != 2 or len(set(similarity.shape)) != 1 or len(similarity) < 2:
        raise ValueError(f"similarity must be (m, m), m at least 2, got {similarity.shape}.")
    if not np.isfinite(similarity).all():
        raise ValueError("similarity has values that are NaN or infinite.")
    both = (similarity + similarity.T) / 2
    return (both.sum(axis=1) - np.diagonal(both)) / (len(both) - 1)
