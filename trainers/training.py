"""Training of a run: `model.fit` with all callbacks, and the measurement of information."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from typing import Any

import keras
import tensorflow as tf

from tfgan_it import callbacks, datasets, distribution, metrics
from tfgan_it.callbacks import trackers
from tfgan_it.metrics.measured_codes import bounds_nats

from .conditions import Data, conditions_of
from .quality_monitor import quality_monitors
from .run_directory import RunDirectory
from .run_options import is_quality
from .summary import information_plane


class DivergedRun(ValueError):
    """A loss or a weight of the run is not finite; the text names the last good checkpoint."""


def train(
    model: keras.Model,
    data: Data,
    options: dict[str, Any],
    run: RunDirectory,
    *,
    fingerprint: Mapping[str, str],
    resume: str,
) -> tuple[float | None, signal.Signals | None]:
    """Runs `model.fit` from the model's step to the last, with all callbacks.

    A model at its last step is not trained; what the run has not yet recorded of that step is.

    Args:
        model: Compiled model.
        data: Data set of the run.
        options: Options of the run, as in its `options.json`.
        run: Folder of the run.
        fingerprint: Fingerprint of the data set, for the checkpoints.
        resume: Flag that resumes the run, for the message when a worker is unavailable.

    Returns:
        Images per second, and the signal that ended the run early; each may be None.

    Raises:
        ConnectionError: If another worker is unavailable.
        DivergedRun: If a loss or a weight is not finite.
    """
    labels, test_labels = conditions_of(model, data)
    bounds = bounds_nats(model)
    images_per_step = options["batch_size"] * model.discriminator_steps
    statistics = callbacks.Statistics(
        run.path,
        every=options["log_every"],
        steps=options["steps"],
        images_per_step=images_per_step,
        trackers=[
            trackers.get(name, run.path, options=options)
            for name in options["log_to"]
            if distribution.is_chief(model.distribute_strategy)
        ],
        options=options,
    )
    diagnostics = callbacks.TrainingDiagnostics(
        options["log_every"],
        data.train_images,
        record=statistics.append,
        print_fn=statistics.print_line,
        steps=options["steps"],
        previous_records=callbacks.read_records(run.path),
        state=run.checkpoint_metadata().get("diagnostics"),
        conditions=labels,
    )
    stop = callbacks.StopOnSignal()
    monitors = []
    if options["monitor_every"]:
        monitors = [
            information_monitor(model, data, options, statistics.append, statistics.print_line)
        ]
        monitors[0].done_at = run.last_recorded_step("information", model.trained_steps)
    checkpoints = callbacks.Checkpoints(
        run.checkpoints,
        options["save_every"],
        options["keep"],
        options["keep_best"],
        metadata=lambda: {
            "data": dict(fingerprint),
            "diagnostics": diagnostics.state,
            "plateau": plateau and plateau.state,
        },
        measures=options["metrics"] or (),
    )

    def record(measured: dict[str, Any]) -> None:
        of_quality = "sample_quality" in measured
        if of_quality == is_quality(options["keep_best"], options):
            # Before the record, which says that it was done.
            values = measured["sample_quality"]["generated"] if of_quality else measured["test"]
            checkpoints.maybe_keep_best(values)
        statistics.append(measured)
        if not of_quality and (plane := information_plane(run.measurements(), bounds)) is not None:
            statistics.append_picture("information_plane", measured["step"], plane)

    quality, plateau = quality_monitors(
        model, data, options, run, record=record, print_fn=statistics.print_line
    )
    evaluation = callbacks.Evaluation(
        data.test_images,
        data.test_labels,
        every=options["sample_every"],
        record=record,
        conditions=test_labels,
    )
    evaluation.done_at = run.last_recorded_step("test", model.trained_steps)
    texts = []
    if isinstance(data, datasets.TextDataset) and model.vocabulary is not None:
        texts = [
            callbacks.TextQuality(
                options["sample_every"], data.train_texts, data.test_texts, record=statistics.append
            )
        ]
        texts[0].done_at = run.last_recorded_step("texts", model.trained_steps)
    drawing: dict[str, Any] = {
        "every": options["sample_every"],
        "print_fn": statistics.print_line,
        "early": True,
        "record": statistics.append_picture,
    }
    shown: dict[str, Any] = {"samples": data.test_images, "n": 20} if model.latent is None else {}
    watching = [
        callbacks.TerminateOnNonFinite(),
        statistics,
        diagnostics,
        *monitors,
        evaluation,
        *filter(None, (quality, plateau)),
        *texts,
        callbacks.SampleGrid(run.samples, **drawing, **shown),
        *([callbacks.CodeTraversal(run.samples, **drawing)] if model.latent is not None else []),
        checkpoints,  # Behind all that records and draws: what it saves is recorded.
        stop,
    ]
    steps = options["steps"] - model.trained_steps
    ended = plateau is not None and plateau.reached
    try:
        if steps > 0 and not ended:
            model.fit(
                data.train_images,
                labels,
                batch_size=options["batch_size"],
                steps_per_epoch=steps,
                verbose=0,
                callbacks=watching,
            )
            ended = plateau is not None and plateau.reached and not stop.received
        if steps <= 0 or ended:
            # The run was killed, or stopped by a signal, behind its last step; or it has just
            # reached a plateau: what is not yet recorded of its last step is.
            model.stop_training = False
            finish = keras.callbacks.CallbackList(watching, model=model)
            finish.on_train_begin()
            finish.on_train_end()
    except callbacks.NonFiniteLoss as error:
        last = callbacks.newest_checkpoint(run.checkpoints)
        status = f"the last good checkpoint is {last}" if last else "no checkpoint was written yet"
        if not distribution.is_chief(model.distribute_strategy):
            status = "the first worker names the last good checkpoint"
        raise DivergedRun(f"{error}; {status}.") from None
    except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError):
        if not distribution.has_many_workers(model.distribute_strategy):
            raise
        raise ConnectionError(
            f"A worker is unavailable after step {model.trained_steps}: restart all workers with "
            f"{resume}."
        ) from None
    finally:
        stop.release()
        statistics.release()
        statistics.close()
    return statistics.images_per_second, stop.received


def information_monitor(
    model: keras.Model,
    data: Data,
    options: dict[str, Any],
    record: Callable[[dict[str, Any]], None],
    print_fn: Callable[[str], None] | None = None,
) -> callbacks.InformationMonitor:
    """Builds the callback that measures information on the test split.

    If training images have labels, a classifier is trained on them, for the measurement only.

    Args:
        model: Compiled model.
        data: Data set of the run.
        options: Options of the run.
        record: As for `callbacks.InformationMonitor`.
        print_fn: As for `callbacks.InformationMonitor`.
    """
    classifier = None
    protocol: dict[str, Any] = {"split": "test"}
    if distribution.is_chief(model.distribute_strategy):
        classifier, of_classifier = label_classifier(data)
        protocol |= of_classifier
    return callbacks.InformationMonitor(
        options["monitor_every"],
        data.test_images,
        record=record,
        print_fn=print_fn,
        classifier=classifier,
        protocol=protocol,
        conditions=conditions_of(model, data)[1],
    )


def label_classifier(data: Data) -> tuple[metrics.LabelClassifier | None, dict[str, float]]:
    """Trains a classifier on training images with labels, for the measurement only.

    Returns:
        The classifier, None without labels; and its accuracy on the test split, for a protocol.
    """
    if data.train_labels is None:
        return None, {}
    network = metrics.normalized_network if isinstance(data, datasets.SoundDataset) else None
    classifier = metrics.LabelClassifier(network).fit(data.train_images, data.train_labels)
    if data.test_labels is None:
        return classifier, {}
    accuracy = classifier.accuracy(data.test_images, data.test_labels)
    return classifier, {"classifier_accuracy": accuracy}
