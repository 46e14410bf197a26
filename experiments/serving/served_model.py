"""All versions of one model: which are wanted, loaded, labelled and in use."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from experiments.serving.servable import INVALID_ARGUMENT, NOT_FOUND, Servable
from experiments.serving.session import ServingError
from tfgan_it.errors import one_line

LOADING, AVAILABLE, UNLOADING, END = "LOADING", "AVAILABLE", "UNLOADING", "END"


class Version:
    """A version that was seen: its state, its error, and how many requests are using it."""

    def __init__(self, stamp: Any) -> None:
        self.state, self.error, self.code = LOADING, "", 0
        self.stamp = stamp
        self.servable: Servable | None = None
        self.users = 0


class ServedModel:
    """The versions in a folder, of which a policy says what is served.

    `poll` loads what is wanted before it unloads what is not, and unloads only when another version
    is available and the last request has ended, as TensorFlow Serving does by default.

    Args:
        config: A `ModelConfig`: name, folder, `model_version_policy` and `version_labels`.
        load: Makes a `Servable` of a folder.
    """

    def __init__(self, config: Any, load: Callable[[Path], Servable] = Servable) -> None:
        self.config = config
        self._load = load
        self._labels: dict[str, int] = {}
        self._versions: dict[int, Version] = {}
        self._changed = threading.Condition()
        self._polling = threading.Lock()

    def poll(self) -> None:
        """Looks for versions; returns when those that are wanted are served.

        Labels of a new configuration count as soon as its versions are loaded.
        """
        with self._polling:
            config = self.config  # Another thread may put a new one in its place.
            folder = Path(config.base_path)
            wanted = wanted_versions(config.model_version_policy, _numbered(folder))
            for number in sorted(wanted):
                self._maybe_load(number, folder / str(number))
            with self._changed:
                self._labels = dict(config.version_labels)
                served = {n for n, each in self._versions.items() if each.state == AVAILABLE}
            if served & wanted:
                for number in served - wanted:
                    self._unload(number)

    def close(self) -> None:
        """Unloads all versions."""
        with self._polling:
            for number, version in self._versions.items():
                if version.state == AVAILABLE:
                    self._unload(number)

    @contextlib.contextmanager
    def use(self, version: int | None = None, label: str = "") -> Iterator[tuple[int, Servable]]:
        """Yields a version's number and the version, which stays loaded until the block ends.

        Args:
            version: Its number; None for the highest that is available, or that of the label.
            label: One of `version_labels`.

        Raises:
            ServingError: If it is not available.
        """
        with self._changed:
            number = self._number(version, label)
            held = self._versions[number]
            held.users += 1
        try:
            assert held.servable is not None
            yield number, held.servable
        finally:
            with self._changed:
                held.users -= 1
                self._changed.notify_all()

    def states(self) -> dict[int, tuple[str, int, str]]:
        """Returns state, code and message of each version that was seen, by number."""
        with self._changed:
            return {n: (v.state, v.code, v.error) for n, v in self._versions.items()}

    def _number(self, version: int | None, label: str) -> int:
        if label:
            if label not in self._labels:
                message = f"Unrecognized servable version label: {label}"
                raise ServingError(message, INVALID_ARGUMENT)
            version = self._labels[label]
        available = [n for n, each in self._versions.items() if each.state == AVAILABLE]
        if version is None and available:
            return max(available)
        if version not in available:
            name = self.config.name
            asked = f"Latest({name})" if version is None else f"Specific({name}, {version})"
            raise ServingError(f"Servable not found for request: {asked}", NOT_FOUND)
        return version

    def _maybe_load(self, number: int, folder: Path) -> None:
        """Loads a version that is not loaded, unless it failed and has not changed since."""
        stamp = _stamp(folder)
        before = self._versions.get(number)
        if before and (before.state == AVAILABLE or (before.error and before.stamp == stamp)):
            return
        version = Version(stamp)
        with self._changed:
            self._versions[number] = version
        try:
            version.servable = self._load(folder)
        except Exception as error:  # Whatever a damaged export raises, the server stays.
            version.error, version.code = one_line(error), getattr(error, "code", 2)
        with self._changed:
            version.state = END if version.error else AVAILABLE

    def _unload(self, number: int) -> None:
        version = self._versions[number]
        with self._changed:
            version.state = UNLOADING  # No new request finds it.
            self._changed.wait_for(lambda: version.users == 0)
        if version.servable is not None:
            version.servable.close()
        with self._changed:
            version.servable, version.state = None, END


def wanted_versions(policy: Any, found: Iterable[int]) -> set[int]:
    """Returns the versions that a `ServableVersionPolicy` asks for, by default the highest.

    Args:
        policy: It has `latest { num_versions: N }`, `all {}` or `specific { versions: N }`.
        found: The versions in the folder.
    """
    match policy.WhichOneof("policy_choice"):
        case "all":
            return set(found)
        case "specific":
            return set(found) & set(policy.specific.versions)
        case _:
            return set(sorted(found)[-(policy.latest.num_versions or 1) :])


def _numbered(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    return [int(child.name) for child in folder.iterdir() if child.name.isdecimal()]


def _stamp(folder: Path) -> Any:
    with contextlib.suppress(OSError):
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        return [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return None
