"""Unsupervised selection of the best disentangled model, by agreement between models."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tfgan_it.arguments import check_arguments
from tfgan_it.metrics.factor_vae import (
    fixed_factor_batches,
    least_varying,
    variances,
    vote_accuracy,
)
from tfgan_it.metrics.representations import checked_codes, code_representation

_IMAGES = 8_192  # Images in a call of `generate`.


@dataclasses.dataclass(frozen=True, eq=False)
class Candidate:
    """A candidate of the selection: a generator, its latents, and an encoder.

    Args:
        sample: Function from `(n, seed)` to n rows of independent latents.
        columns: Columns of each code in a latent, by name; the others are noise.
        generate: Function from latents to observations.
        encode: Function from observations, of any candidate, to codes `(n, d)`.
        discrete: Columns of the encoder's codes without order.
    """

    sample: Callable[[int, int], np.ndarray]
    columns: Mapping[str, slice]
    generate: Callable[[np.ndarray], Any]
    encode: Callable[[Any], Any]
    discrete: Sequence[int] = ()

    @classmethod
    def of(cls, model: Any, batch_size: int = 256) -> Candidate:
        """Creates the candidate of a model.

        Args:
            model: A `GAN` that recognises codes and takes no conditions. Its averaged weights are
                used, if it has them.
            batch_size: Number of images in a batch.

        Raises:
            ValueError: If the model recognises no codes, or takes conditions.
        """
        if not model.recognizes_codes:
            raise ValueError(f"{model.name} recognises no codes: the comparison needs them.")
        if model.conditions is not None:
            raise ValueError(
                f"{model.name} takes conditions: the comparison needs a model without."
            )
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
            lambda images: code_representation(model.infer_codes(images, batch_size=batch_size))[0],
            discrete,
        )


@check_arguments()
def similarities(
    candidates: Sequence[Candidate],
    *,
    votes: int = 500,
    held_out: int = 500,
    batch: int = 64,
    samples: int = 2_000,
    seed: int = 0,
) -> np.ndarray:
    """Computes the FactorVAE score of each candidate's encoder on each candidate's generator.

    Entry (i, j) is the score of encoder j with the codes of generator i as factors. In a batch one
    code is fixed, the other codes and the noise vary, and the vote is the column of the encoder
    with the smallest relative variance. Two models with the same factors agree, in any order, sign
    or scale; two models with differently mixed factors do not.

    Args:
        candidates: Candidates, at least one.
        votes: Number of training votes.
        held_out: Number of held-out votes.
        batch: Number of rows of a vote.
        samples: Number of rows for the global variances.
        seed: Seed of all samples.

    Returns:
        float64 `(m, m)`, with the score of each model by its own encoder on the diagonal.

    Raises:
        ValueError: As for `factor_vae_score`.

    Source: Lin, Thekumparampil, Fanti and Oh, 2020, "InfoGAN-CR and ModelCentrality:
    Self-supervised Model Training and Selection for Disentangling GANs". Departures: held-out
    votes, instead of the training votes; batches of 64 instead of 100, with a random factor for
    each instead of all in turn.
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
            arguments = (source.sample, columns, number, batch, random)
            for fixed, rows in fixed_factor_batches(*arguments, rows_at_once=_IMAGES):
                observations = source.generate(rows.reshape(-1, rows.shape[-1]))
                for j, each in enumerate(candidates):
                    codes = np.asarray(each.encode(observations), "float64")
                    codes = codes.reshape(*rows.shape[:2], -1)
                    least = least_varying(codes, all_codes[j][1], overall[j], overall[j] > 0)
                    np.add.at(counts[j][part], (least, fixed), 1)
        table[i] = [vote_accuracy(*of_encoder) for of_encoder in counts]
    return table


def model_centrality(similarity: Any) -> np.ndarray:
    """Computes the mean similarity of each model to the others, `(m,)`; the largest is best.

        centrality_i = mean_{j != i} (S_ij + S_ji) / 2

    There are many ways to mix factors, but few to disentangle them. Well disentangled models
    therefore agree with each other, while others agree with none. If most models fail in the same
    way, the method selects one of them.

    Args:
        similarity: Similarities S, `(m, m)`, m at least 2; the diagonal is not used.

    Raises:
        ValueError: If the similarities have another shape or are not finite.

    Source: as for `similarities`.

    Example: the first two agree; `argmax` selects the first.

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
