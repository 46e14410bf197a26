"""What the files of a run say; they are read without Keras."""

from __future__ import annotations

import dataclasses
import math
import pathlib
import re
from typing import Any

from tfgan_it.files import read_json, read_json_lines

from ..run_files import FAILURE, check_records, read_run, read_steps, run_path

_CHECKPOINT = re.compile(r"step-(\d+)-")
_PICTURE = re.compile(r"(.+)-(\d{6,})\.png")


@dataclasses.dataclass(frozen=True)
class RecordedRun:
    """The files of a run.

    Attributes:
        path: Its folder.
        content: The content of `options.json`.
        records: Those of `stats.jsonl`, in order.
        summary: The content of `summary.json`, or None.
        failure: Step and text of the error that ended the run, or None.
    """

    path: pathlib.Path
    content: dict[str, Any]
    records: list[dict[str, Any]]
    summary: dict[str, Any] | None
    failure: dict[str, Any] | None

    @classmethod
    def read(cls, path: pathlib.Path) -> RecordedRun:
        """Reads the files of a run, finished or not.

        Raises:
            FileNotFoundError: If there is no run in the folder.
            ValueError: If a file is damaged; one line names it.
        """
        path = run_path(path)
        records = read_json_lines(path / "stats.jsonl")
        check_records(records, path / "stats.jsonl")
        read_steps(path / "summary.json")
        optional = [
            read_json(path / name) if (path / name).exists() else None
            for name in ("summary.json", FAILURE)
        ]
        _check_summary(optional[0] or {}, path / "summary.json")
        return cls(path, read_run(path / "options.json"), records, *optional)

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.path.resolve().name

    @property
    def options(self) -> dict[str, Any]:
        """Options of the run."""
        return self.content["options"]

    @property
    def data(self) -> str:
        """Name of the data set, with how its images were degraded."""
        parts = [self.options.get("dataset"), self.options.get("degrade")]
        return ", degraded by ".join(str(part) for part in parts if part)

    @property
    def step(self) -> int:
        """The last step of a record, a picture, a checkpoint or the summary; 0 without any."""
        steps = [record["step"] for record in self.records]
        steps += [step for pictures in self.pictures().values() for step in pictures]
        files = (self.path / "checkpoints").glob("step-*.keras")
        steps += [int(found[1]) for file in files if (found := _CHECKPOINT.match(file.name))]
        return max([*steps, (self.summary or {}).get("steps", 0)], default=0)

    @property
    def finished(self) -> bool:
        """Whether the run has its last step, or ended itself, behind which a summary stands."""
        return self.failure is None and (self.summary or {}).get("steps", -1) >= self.step

    @property
    def bounds(self) -> dict[str, float]:
        """Upper bounds in nats by the names of quantities, as far as the files say them."""
        divergence = {"js_nats": math.log(2), "js": math.log(2)}
        return {**divergence, **((self.summary or {}).get("bounds_nats") or {})}

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """The records that warn of a failure mode."""
        return [record for record in self.records if "warning" in record]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """Returns the records of a kind, such as `test`, of which the first has a dict."""
        return [record for record in self.records if isinstance(record.get(kind), dict)]

    def pictures(self) -> dict[str, dict[int, pathlib.Path]]:
        """Returns the files of `samples/` by what they show and by step, in order."""
        found: dict[str, dict[int, pathlib.Path]] = {}
        for path in sorted((self.path / "samples").glob("*.png")):
            if match := _PICTURE.fullmatch(path.name):
                found.setdefault(match[1], {})[int(match[2])] = path
        return {name: dict(sorted(steps.items())) for name, steps in found.items()}


def _check_summary(summary: dict[str, Any], path: pathlib.Path) -> None:
    """Checks that what a page reads of `summary.json` is of its kind, or not there.

    Raises:
        ValueError: If it is anything else; names the file.
    """
    for name, kinds in (("bounds_nats", (int, float)), ("protocol", (object,))):
        found = summary.get(name) or {}
        if not isinstance(found, dict) or not all(isinstance(x, kinds) for x in found.values()):
            raise ValueError(f"{path} is damaged: its {name} are {str(found)[:100]!r}.")
