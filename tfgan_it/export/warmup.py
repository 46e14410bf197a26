"""Requests with which a server warms up before it serves an export."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import tensorflow as tf


def write_warmup_requests(folder: Path, requests: Mapping[str, Mapping[str, tf.Tensor]]) -> None:
    """Writes `folder/tf_serving_warmup_requests`, a TFRecord of PredictionLog.

    Does nothing without the package `tensorflow-serving-api`: the warm-up is optional.

    Args:
        folder: The folder `assets.extra` of an export.
        requests: The inputs of each signature, both by name.
    """
    try:
        from tensorflow_serving.apis import predict_pb2, prediction_log_pb2
    except ImportError:
        return
    with tf.io.TFRecordWriter(str(folder / "tf_serving_warmup_requests")) as writer:
        for signature, inputs in requests.items():
            # The model's name is omitted: the server's configuration sets it.
            request = predict_pb2.PredictRequest()
            request.model_spec.signature_name = signature
            for name, tensor in inputs.items():
                request.inputs[name].CopyFrom(tf.make_tensor_proto(tensor))
            log = prediction_log_pb2.PredictLog(request=request)
            record = prediction_log_pb2.PredictionLog(predict_log=log)
            writer.write(record.SerializeToString())
