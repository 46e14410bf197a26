"""Serves exports by TensorFlow Serving's protocol, with TensorFlow's C++ loader behind it.

python -m experiments.serving --model_name=digits --model_base_path=saved_models/infogan_digits
python -m experiments.serving --model_config_file=saved_models/serving/models.config \\
    --models_root=saved_models

It stands in for `tensorflow_model_server` where the container cannot run: to try a client, a
configuration or an export. Its flags are those of the server that it knows. It does not batch.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import threading
from pathlib import Path
from typing import Any

from experiments.serving import grpc_services
from experiments.serving.model_server import ModelServer, read_config, single_model
from experiments.serving.rest import RestServer
from experiments.serving.session import ServingError
from tfgan_it.errors import one_line


def flags() -> argparse.ArgumentParser:
    """Returns the flags, named as those of `tensorflow_model_server`."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.serving",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--port", type=int, default=8500, help="of gRPC; 0 for any free one")
    parser.add_argument("--rest_api_port", type=int, default=8501, help="of REST; 0 for any")
    parser.add_argument("--model_name", default="default", help="of the only model")
    parser.add_argument("--model_base_path", help="folder with its versions")
    parser.add_argument("--model_config_file", type=Path, help="several models, see models.config")
    parser.add_argument(
        "--file_system_poll_wait_seconds", type=float, default=1.0, help="between looks at folders"
    )
    parser.add_argument("--models_root", help="folder that stands for /models of a container")
    return parser


def main(arguments: list[str] | None = None) -> None:
    """Serves until it is interrupted; prints the two addresses when all models are loaded."""
    parser = flags()
    values = parser.parse_args(arguments)
    if bool(values.model_base_path) == bool(values.model_config_file):
        parser.error("give either --model_base_path or --model_config_file")

    def config() -> Any:
        if values.model_config_file:
            return read_config(values.model_config_file, values.models_root)
        return single_model(values.model_name, values.model_base_path)

    try:
        server = ModelServer(config())
    except (OSError, ServingError) as error:
        parser.error(one_line(error))
    server.watch(values.file_system_poll_wait_seconds, config)
    services, port = grpc_services.start(server, f"127.0.0.1:{values.port}")
    rest = RestServer(server, ("127.0.0.1", values.rest_api_port))
    print(f"gRPC 127.0.0.1:{port}, REST http://127.0.0.1:{rest.server_port}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=rest.shutdown).start())
    with contextlib.suppress(KeyboardInterrupt):
        rest.serve_forever()
    services.stop(grace=2).wait()
    server.stop()


if __name__ == "__main__":
    main()
