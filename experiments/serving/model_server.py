"""The models of a server: their configuration, and a thread that looks for new versions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from google.protobuf import text_format

from experiments.serving.servable import INVALID_ARGUMENT, NOT_FOUND
from experiments.serving.served_model import ServedModel
from experiments.serving.session import ServingError
from tfgan_it.errors import one_line
from trainers.serving.messages import model_server_config_pb2


class ModelServer:
    """The served models by name.

    Args:
        config: A `ModelServerConfig`.
    """

    def __init__(self, config: Any) -> None:
        self._models: dict[str, ServedModel] = {}
        self._stop = threading.Event()
        self.configure(config)

    def configure(self, config: Any) -> None:
        """Takes a new configuration: models come and go, policies and labels change.

        Raises:
            ServingError: If it is not valid; then nothing has changed.
        """
        configs = {each.name: each for each in config.model_config_list.config}
        if len(configs) != len(config.model_config_list.config) or "" in configs:
            raise ServingError("Each model of a configuration has its own name.", INVALID_ARGUMENT)
        for each in configs.values():
            if each.model_platform != "tensorflow" or not each.base_path:
                message = f"{each.name}: model_platform is 'tensorflow', and base_path a folder."
                raise ServingError(message, INVALID_ARGUMENT)
        gone = [model for name, model in self._models.items() if name not in configs]
        models = {}
        for name, each in configs.items():
            model = self._models.get(name)
            if model is None or model.config.base_path != each.base_path:
                gone += [model] if model else []
                model = ServedModel(each)
            model.config = each
            models[name] = model
        self.poll(models)
        self._models = models
        for model in gone:
            model.close()

    def poll(self, models: dict[str, ServedModel] | None = None) -> None:
        """Looks for versions of all models."""
        for model in (self._models if models is None else models).values():
            model.poll()

    def model(self, name: str) -> ServedModel:
        """Returns a model.

        Raises:
            ServingError: If there is none of that name.
        """
        if name not in self._models:
            raise ServingError(f"Servable not found for request: Latest({name})", NOT_FOUND)
        return self._models[name]

    def watch(self, seconds: float, config: Callable[[], Any] | None = None) -> None:
        """Starts a thread that looks for versions, and for a new configuration.

        Args:
            seconds: Time between two looks.
            config: Returns the `ModelServerConfig` as its file has it.
        """

        def look() -> None:
            before = config and config()
            while not self._stop.wait(seconds):
                try:
                    if config is not None and (new := config()) != before:
                        self.configure(new)
                        before = new
                    self.poll()
                except (OSError, ServingError) as error:
                    print(f"warning: {one_line(error)}", flush=True)

        threading.Thread(target=look, daemon=True).start()

    def stop(self) -> None:
        """Ends the thread and unloads all models."""
        self._stop.set()
        for model in self._models.values():
            model.close()


def read_config(path: Path, models_root: str | None = None) -> Any:
    """Returns the `ModelServerConfig` of a `models.config`.

    Args:
        path: Its path.
        models_root: Folder that stands for `/models`, where a container has the exports.

    Raises:
        OSError: If it cannot be read.
        ServingError: If it is not one; names the line.
    """
    try:
        text = path.read_text()
        config = text_format.Parse(text, model_server_config_pb2.ModelServerConfig())
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise ServingError(f"{path}: {error}", INVALID_ARGUMENT) from error
    for each in config.model_config_list.config:
        if models_root and each.base_path.startswith("/models/"):
            each.base_path = models_root + each.base_path.removeprefix("/models")
    return config


def single_model(name: str, base_path: str) -> Any:
    """Returns the configuration of one model, of which the highest version is served."""
    config = model_server_config_pb2.ModelServerConfig()
    config.model_config_list.config.add(name=name, base_path=base_path, model_platform="tensorflow")
    return config
