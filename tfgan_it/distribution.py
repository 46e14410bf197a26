"""Strategies of `tf.distribute`, from one name, and what replicas share."""

from __future__ import annotations

import os

import keras
import tensorflow as tf

from tfgan_it.checks import check_choice
from tfgan_it.typing import Tensor


def _multi_worker() -> tf.distribute.Strategy:
    if not os.environ.get("TF_CONFIG"):
        raise ValueError(
            "The strategy multi_worker needs TF_CONFIG in the environment, such as "
            '{"cluster": {"worker": ["host-a:2222", "host-b:2222"]}, '
            '"task": {"type": "worker", "index": 0}}.'
        )
    return tf.distribute.MultiWorkerMirroredStrategy()


def _tpu() -> tf.distribute.Strategy:
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver()
    tf.config.experimental_connect_to_cluster(resolver)
    tf.tpu.experimental.initialize_tpu_system(resolver)
    return tf.distribute.TPUStrategy(resolver)


STRATEGIES = {
    "default": tf.distribute.get_strategy,
    "mirrored": tf.distribute.MirroredStrategy,
    "multi_worker": _multi_worker,
    "tpu": _tpu,
}


def strategy(name: str = "default") -> tf.distribute.Strategy:
    """The strategy of that name; build and compile a model inside its `scope()`.

    Args:
        name: `default` is one device; `mirrored` every GPU of this machine; `multi_worker` the
            GPUs, or else the processor, of each machine that `TF_CONFIG` names, started there with
            the same command: ask for it before any other work of TensorFlow. `tpu` takes the same
            path and has never been run.

    Raises:
        ValueError: names the strategy, what is allowed, and the nearest name; no TF_CONFIG where
            it is needed.
    """
    return STRATEGIES[check_choice("strategy", name, STRATEGIES)]()


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process is the one, of all that train together, that writes files."""
    resolver = strategy.cluster_resolver
    if resolver is None or resolver.task_type is None:
        return True
    chief = "chief" in resolver.cluster_spec().as_dict()
    return (resolver.task_type, resolver.task_id) == ("chief" if chief else "worker", 0)


def has_many_workers(strategy: tf.distribute.Strategy) -> bool:
    """Whether other processes train together with this one."""
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)


def replicas() -> int:
    """How many replicas compute what is called here; 1 outside of them."""
    context = tf.distribute.get_replica_context()
    return context.num_replicas_in_sync if context is not None else 1


def replica_index() -> Tensor:
    """The number of the replica that computes what is called here, from 0."""
    context = tf.distribute.get_replica_context()
    return context.replica_id_in_sync_group if context is not None else 0


def clip_global_gradients(
    gradients: list[Tensor], optimizer: keras.optimizers.Optimizer
) -> list[Tensor]:
    """This replica's share of the gradient of the global batch, clipped as the optimiser asks.

    Keras clips each replica's gradient before it adds them up. Here they are added up, clipped, and
    shared out evenly: each share is within every limit, so that Keras leaves it as it is.

    Args:
        gradients: Gradients of this replica; None where there is none.
        optimizer: With or without `clipnorm`, `clipvalue`, `global_clipnorm`, and loss scaling.
    """
    scale = getattr(optimizer, "dynamic_scale", 1.0)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    limits = optimizer.clipnorm, optimizer.clipvalue, optimizer.global_clipnorm
    context = tf.distribute.get_replica_context()
    present = [gradient for gradient in gradients if gradient is not None]
    if not any(limits) or not present:
        return gradients
    clipnorm, clipvalue, global_clipnorm = (limit and limit * scale for limit in limits)
    summed = context.all_reduce(tf.distribute.ReduceOp.SUM, present)
    if global_clipnorm is not None:
        summed, _ = tf.clip_by_global_norm(summed, global_clipnorm)
    elif clipnorm is not None:
        summed = [tf.clip_by_norm(gradient, clipnorm) for gradient in summed]
    elif clipvalue is not None:
        summed = [tf.clip_by_value(gradient, -clipvalue, clipvalue) for gradient in summed]
    shares = iter(gradient / context.num_replicas_in_sync for gradient in summed)
    return [gradient if gradient is None else next(shares) for gradient in gradients]


def add_clipped_gradients(gradients: list[Tensor], others: list[Tensor]) -> list[Tensor]:
    """gradients + s others, with s = min(1, ||gradients|| / ||others||), norms over all replicas.

    The norms are over what both move; what the others alone move, such as a critic's weights, they
    move unscaled.

    Args:
        gradients: This replica's share of the gradient of the global batch; None where there is
            none.
        others: The same of another term.

    Source: Belghazi et al., 2018, "Mutual Information Neural Estimation", section 8.1.1.
    """
    pairs = list(zip(gradients, others, strict=True))
    shared = [i for i, (a, b) in enumerate(pairs) if a is not None and b is not None]
    present = [gradients[i] for i in shared], [others[i] for i in shared]
    if replicas() > 1:
        context = tf.distribute.get_replica_context()
        present = [context.all_reduce(tf.distribute.ReduceOp.SUM, side) for side in present]
    limit, norm = (tf.linalg.global_norm(side) for side in present)
    scale = tf.minimum(1.0, tf.math.divide_no_nan(limit, norm))
    summed = []
    for i, (gradient, other) in enumerate(pairs):
        if i in shared:
            summed.append(gradient + scale * other)
        else:
            summed.append(other if gradient is None else gradient)
    return summed


def all_gather(rows: Tensor) -> Tensor:
    """The rows of all replicas, one batch after the other; its gradient reaches each of them."""
    if replicas() == 1:
        return rows
    everywhere = tf.distribute.get_replica_context().all_gather(rows, axis=0)
    # What is known of the shape of a row gets lost on the way.
    return tf.ensure_shape(everywhere, tf.TensorShape([None]).concatenate(rows.shape[1:]))


def positive_mask(rows: Tensor, columns: Tensor) -> Tensor:
    """Where a sample of this replica meets itself among those of all replicas.

    Args:
        rows: Samples of this replica.
        columns: Samples of all replicas, as `all_gather` puts them together.

    Returns:
        bool `(rows, columns)`, one True in each row; on one device the diagonal.
    """
    return tf.range(columns)[None, :] == replica_index() * rows + tf.range(rows)[:, None]
