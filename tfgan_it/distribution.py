"""`tf.distribute` strategies by name, and communication between replicas."""

from __future__ import annotations

import concurrent.futures
import os
from collections.abc import Callable
from typing import TypeVar

import keras
import tensorflow as tf

from tfgan_it.checks import check_choice
from tfgan_it.cluster import EXAMPLE, Cluster
from tfgan_it.typing import Tensor

_Result = TypeVar("_Result")


def _multi_worker(seconds: float = 300.0) -> tf.distribute.Strategy:
    cluster = Cluster.from_text(os.environ.get("TF_CONFIG") or _no_cluster())
    if len(cluster.workers) < 2:
        return tf.distribute.MirroredStrategy()
    cluster.wait_for_all(seconds)
    return tf.distribute.MultiWorkerMirroredStrategy()


def _no_cluster() -> str:
    raise ValueError(
        f"The strategy multi_worker needs TF_CONFIG in the environment, such as {EXAMPLE}."
    )


def _tpu() -> tf.distribute.Strategy:
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver()
    tf.config.experimental_connect_to_cluster(resolver)
    tf.tpu.experimental.initialize_tpu_system(resolver)
    return tf.distribute.TPUStrategy(resolver)


STRATEGIES: dict[str, Callable[..., tf.distribute.Strategy]] = {
    "default": tf.distribute.get_strategy,
    "mirrored": tf.distribute.MirroredStrategy,
    "multi_worker": _multi_worker,
    "tpu": _tpu,
}


def strategy(name: str = "default", *, seconds: float = 300.0) -> tf.distribute.Strategy:
    """Returns the strategy of that name; build and compile a model inside its `scope()`.

    Args:
        name: `default` for one device; `mirrored` for all GPUs of this machine; `multi_worker` for
            the GPUs, or else the CPU, of each machine in `TF_CONFIG`, which all run the same
            command and create the strategy before other TensorFlow operations; or `tpu`, which is
            untested. A cluster of one worker trains as `mirrored`.
        seconds: Limit of the time in which `multi_worker` waits for the other workers.

    Raises:
        ValueError: If the name is unknown (the message names the nearest), or TF_CONFIG is needed
            and not set or malformed, or the port of this worker is in use.
        ConnectionError: If another worker of TF_CONFIG does not start in time.
    """
    make = STRATEGIES[check_choice("strategy", name, STRATEGIES)]
    return make(seconds) if name == "multi_worker" else make()


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Returns whether this process, of all that train together, writes the files."""
    resolver = strategy.cluster_resolver
    if resolver is None or resolver.task_type is None:
        return True
    chief = "chief" in resolver.cluster_spec().as_dict()
    return (resolver.task_type, resolver.task_id) == ("chief" if chief else "worker", 0)


def has_many_workers(strategy: tf.distribute.Strategy) -> bool:
    """Returns whether other processes train together with this one."""
    several = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
    return several and _num_workers(strategy) > 1


def _num_workers(strategy: tf.distribute.MultiWorkerMirroredStrategy) -> int:
    return sum(map(len, strategy.cluster_resolver.cluster_spec().as_dict().values()))


def gather_texts(strategy: tf.distribute.Strategy, text: str) -> list[str]:
    """Returns the texts of all workers, in one order; every worker has to call it.

    Args:
        strategy: Any strategy; without several workers the result is `[text]`.
        text: Text of this worker, without null characters.

    Raises:
        ConnectionError: If another worker is gone.
    """
    if not has_many_workers(strategy):
        return [text]
    characters = tf.cast(tf.io.decode_raw(text.encode() + b"\0", tf.uint8), tf.int32)

    def gathered(characters: Tensor) -> Tensor:
        # The addition gives the tensor a device, which an argument lacks.
        return tf.distribute.get_replica_context().all_gather(characters + 0, axis=0)

    try:
        values = strategy.run(tf.function(gathered), args=(characters,))
    except tf.errors.OpError as error:
        raise ConnectionError(
            f"A worker is gone; its own output says why ({type(error).__name__})."
        ) from error
    received = bytes(strategy.experimental_local_results(values)[0].numpy().tolist())
    texts = received.decode().split("\0")[:-1]
    replicas_per_worker = strategy.num_replicas_in_sync // _num_workers(strategy)
    return texts[::replicas_per_worker]


def outside_of_scopes(function: Callable[[], _Result]) -> _Result:
    """Calls a function where no strategy's scope distributes the variables that it makes.

    Example:

    >>> with tf.distribute.OneDeviceStrategy("CPU:0").scope():
    ...     tf.distribute.has_strategy(), outside_of_scopes(tf.distribute.has_strategy)
    (True, False)
    """
    if not tf.distribute.has_strategy():
        return function()
    # A scope belongs to one thread.
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(function).result()


def averages_logs(strategy: tf.distribute.Strategy) -> bool:
    """Returns whether Keras averages the logs of a step over the replicas of several workers."""
    several = strategy.num_replicas_in_sync > 1
    return several and isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)


def replicas() -> int:
    """Returns the number of replicas; 1 outside of a replica context."""
    context = tf.distribute.get_replica_context()
    return context.num_replicas_in_sync if context is not None else 1


def replica_index() -> Tensor:
    """Returns the index of this replica; 0 outside of a replica context."""
    context = tf.distribute.get_replica_context()
    return context.replica_id_in_sync_group if context is not None else 0


def clip_global_gradients(
    gradients: list[Tensor],
    optimizer: keras.optimizers.Optimizer,
    reduce_dtype: str | None = None,
) -> list[Tensor]:
    """Clips the gradient of the global batch as the optimiser asks, and returns an equal share.

    Keras clips each replica's gradient before summing. This function sums first and then clips.
    Each share is within the limits, so that Keras does not clip it again.

    Args:
        gradients: Gradients of this replica; None for variables without a gradient.
        optimizer: Optimiser that may have `clipnorm`, `clipvalue`, `global_clipnorm` and loss
            scaling.
        reduce_dtype: Type in which they are sent and summed; None for their own.
    """
    scale = getattr(optimizer, "dynamic_scale", 1.0)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    limits = optimizer.clipnorm, optimizer.clipvalue, optimizer.global_clipnorm
    context = tf.distribute.get_replica_context()
    present = [gradient for gradient in gradients if gradient is not None]
    if not any(limits) or not present:
        return gradients
    clipnorm, clipvalue, global_clipnorm = (limit and limit * scale for limit in limits)
    sent = [tf.cast(gradient, reduce_dtype or gradient.dtype) for gradient in present]
    summed = context.all_reduce(tf.distribute.ReduceOp.SUM, sent)
    summed = [tf.cast(total, own.dtype) for total, own in zip(summed, present, strict=True)]
    if global_clipnorm is not None:
        summed, _ = tf.clip_by_global_norm(summed, global_clipnorm)
    elif clipnorm is not None:
        summed = [tf.clip_by_norm(gradient, clipnorm) for gradient in summed]
    elif clipvalue is not None:
        summed = [tf.clip_by_value(gradient, -clipvalue, clipvalue) for gradient in summed]
    shares = iter(gradient / context.num_replicas_in_sync for gradient in summed)
    return [gradient if gradient is None else next(shares) for gradient in gradients]


def add_clipped_gradients(gradients: list[Tensor], others: list[Tensor]) -> list[Tensor]:
    """Computes gradients + s others with s = min(1, ||gradients|| / ||others||).

    The norms are over all replicas and over the variables with both gradients. `others` is not
    scaled for variables without the first gradient, such as a critic's weights.

    Args:
        gradients: This replica's share of the gradient of the global batch; None for variables
            without a gradient.
        others: This replica's share of the gradient of another term.

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
    """Concatenates the samples of all replicas; gradients flow back to each replica."""
    if replicas() == 1:
        return rows
    gathered = tf.distribute.get_replica_context().all_gather(rows, axis=0)
    # all_gather loses the static shape of a sample.
    return tf.ensure_shape(gathered, tf.TensorShape([None]).concatenate(rows.shape[1:]))


def positive_mask(rows: Tensor, columns: Tensor) -> Tensor:
    """Returns the mask of pairs in which a sample of this replica is paired with itself.

    Args:
        rows: Number of samples of this replica.
        columns: Number of samples of all replicas, in the order of `all_gather`.

    Returns:
        bool `(rows, columns)`, one True in each row; on one device the diagonal.
    """
    return tf.range(columns)[None, :] == replica_index() * rows + tf.range(rows)[:, None]
