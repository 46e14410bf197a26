"""Requests with which a server warms up before it serves an export."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import tensorflow as tf

_MOST_OUTPUTS = 4  # Of which all subsets are asked for: of five there are 31, of ten 1,023.


def write_warmup_requests(
    folder: Path,
    requests: Mapping[str, Mapping[str, tf.Tensor]],
    outputs: Mapping[str, Sequence[str]],
) -> None:
    """Writes `folder/tf_serving_warmup_requests`, a TFRecord of PredictionLog.

    A session prepares for each set of outputs when it is asked for first. So there is a request for
    all outputs of a signature and for every part of them; of more than four outputs, for all and
    for each of them.

    Does nothing without the package `tensorflow-serving-api`: the warm-up is optional.

    Args:
        folder: The folder `assets.extra` of an export.
        requests: The inputs of each signature, both by name.
        outputs: The names of the outputs of each signature.
    """
    try:
        from tensorflow_serving.apis import predict_pb2, prediction_log_pb2
    except ImportError:
        return
    with tf.io.TFRecordWriter(str(folder / "tf_serving_warmup_requests")) as writer:
        for signature, inputs in requests.items():
            for output_filter in _parts(sorted(outputs[signature])):
                # The model's name is omitted: the server's configuration sets it.
                request = predict_pb2.PredictRequest(output_filter=output_filter)
                request.model_spec.signature_name = signature
                for name, tensor in inputs.items():
                    request.inputs[name].CopyFrom(tf.make_tensor_proto(tensor))
                log = prediction_log_pb2.PredictLog(request=request)
                record = prediction_log_pb2.PredictionLog(predict_log=log)
                writer.write(record.SerializeToString())


def _parts(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yields the filters of a signature's outputs, first the empty one, which asks for all."""
    yield ()
    sizes = range(1, len(names)) if len(names) <= _MOST_OUTPUTS else (1,)
    for size in sizes:
        yield from itertools.combinations(names, size)
