"""Keras callbacks: pictures, records, checkpoints, measurements and early stopping."""

from tfgan_it.callbacks.checkpoints import (
    Checkpoints,
    check_best,
    checkpoints,
    load_checkpoint,
    newest_checkpoint,
    save_checkpoint,
)
from tfgan_it.callbacks.evaluation import Evaluation, measure
from tfgan_it.callbacks.information_measurement import InformationMeasurement
from tfgan_it.callbacks.information_monitor import InformationMonitor
from tfgan_it.callbacks.plateau import StopOnPlateau
from tfgan_it.callbacks.sample_grids import CodeTraversal, Pictures, SampleGrid
from tfgan_it.callbacks.sample_quality import SampleQuality
from tfgan_it.callbacks.statistics import Statistics, read_records, write_records
from tfgan_it.callbacks.stopping import NonFiniteLoss, StopOnSignal, TerminateOnNonFinite
from tfgan_it.callbacks.text_quality import TextQuality
from tfgan_it.callbacks.trackers import MLflow, TensorBoard, Tracker, WeightsAndBiases
from tfgan_it.callbacks.training_diagnostics import TrainingDiagnostics
from tfgan_it.model_files import read_metadata

__all__ = [
    "Checkpoints",
    "check_best",
    "CodeTraversal",
    "Evaluation",
    "TrainingDiagnostics",
    "InformationMeasurement",
    "InformationMonitor",
    "MLflow",
    "NonFiniteLoss",
    "Pictures",
    "SampleGrid",
    "SampleQuality",
    "Statistics",
    "TensorBoard",
    "TerminateOnNonFinite",
    "TextQuality",
    "Tracker",
    "StopOnPlateau",
    "StopOnSignal",
    "WeightsAndBiases",
    "checkpoints",
    "load_checkpoint",
    "measure",
    "newest_checkpoint",
    "read_metadata",
    "read_records",
    "save_checkpoint",
    "write_records",
]
