"""A run of MLflow: on a server, in a database, or in a folder."""

from __future__ import annotations

import json
import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuroqgan.atomic import atomic_write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow.entities import Metric

    from neuroqgan.training.trackers.tracker import Ending, TrackedRun, Tracker

_EXPERIMENT = "neuroqgan"
_KEPT = "mlflow.json"
# A request per step would be slow on a server: what came within a second goes together.
_SECONDS, _MOST_METRICS, _MOST_PARAMS = 1.0, 900, 90
_LONGEST_VALUE = 500
_STATUS: dict[Ending, str] = {"finished": "FINISHED", "stopped": "KILLED", "failed": "FAILED"}


class MlflowRun:
    """Writes a run of MLflow.

    A run that is kept in a folder keeps the id of its run of MLflow there, so that a training that
    goes on continues the same one.

    Parameters
    ----------
    address
        Of the store, as MLflow has it.
    artifacts
        Folder for pictures if the store is a database in a folder; empty for what MLflow chooses.
    """

    def __init__(self, address: str, artifacts: str = "") -> None:
        self._address = address
        self._artifacts = artifacts
        self._client: Any = None
        self._run = ""
        self._waiting: list[Metric] = []
        self._sent_at = 0.0
        self._last: dict[str, int] = {}

    @property
    def where(self) -> str:
        """See `Tracker.where`."""
        if self._address.startswith("http"):
            return self._address
        return f"mlflow ui --backend-store-uri {self._address}"

    def begin(self, run: TrackedRun) -> None:
        """See `Tracker.begin`."""
        import mlflow
        from mlflow.entities import Param

        # Of a new database it tells how its tables are made.
        logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
        kept = None if run.folder is None else run.folder / _KEPT
        found = _read(kept)
        if found:
            self._address = found["tracking_uri"]
        self._client = mlflow.MlflowClient(tracking_uri=self._address)
        if found:
            self._run = found["run_id"]
            self._client.update_run(self._run, status="RUNNING")
            self._last = self._last_steps(run.steps_done)
            return
        tags = {"mlflow.source.name": "neuroqgan", "mlflow.source.type": "LOCAL"}
        made = self._client.create_run(self._experiment(), run_name=run.name, tags=tags)
        self._run = made.info.run_id
        if kept is not None:
            record = {"tracking_uri": self._address, "run_id": self._run}
            with atomic_write(kept, overwrite=True) as file:
                file.write(json.dumps(record).encode())
        params = [Param(name, str(value)[:_LONGEST_VALUE]) for name, value in run.settings.items()]
        for i in range(0, len(params), _MOST_PARAMS):
            self._client.log_batch(self._run, params=params[i : i + _MOST_PARAMS])

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """See `Tracker.log`; what is there already from before an interruption stays."""
        from mlflow.entities import Metric

        now = int(1000 * time.time())
        for name, value in values.items():
            is_training = name.startswith("training/")
            if not (is_training and step <= self._last.get(name, -1)):
                self._waiting.append(Metric(name, value, now, step))
        if time.monotonic() - self._sent_at >= _SECONDS or len(self._waiting) > _MOST_METRICS:
            self._send()

    def picture(self, path: Path, step: int) -> None:
        """See `Tracker.picture`; the newest of a name is kept."""
        del step
        self._client.log_artifact(self._run, str(path), artifact_path="figures")

    def end(self, ending: Ending) -> None:
        """See `Tracker.end`."""
        self._send()
        self._client.set_terminated(self._run, status=_STATUS[ending])

    def _send(self) -> None:
        for i in range(0, len(self._waiting), _MOST_METRICS):
            self._client.log_batch(self._run, metrics=self._waiting[i : i + _MOST_METRICS])
        self._waiting = []
        self._sent_at = time.monotonic()

    def _experiment(self) -> str:
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or _EXPERIMENT
        found = self._client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        return str(self._client.create_experiment(name, self._artifacts or None))

    def _last_steps(self, steps_done: int) -> dict[str, int]:
        """Return the last step of every metric that goes beyond the steps done."""
        last = {}
        for name in self._client.get_run(self._run).data.metrics:
            steps = [metric.step for metric in self._client.get_metric_history(self._run, name)]
            if max(steps) > steps_done:
                last[name] = max(steps)
        return last


def open_mlflow(place: str, folder: Path | None) -> Tracker:
    """Return a tracker that writes a run of MLflow.

    Parameters
    ----------
    place
        An address that MLflow understands, such as ``http://127.0.0.1:5000`` or
        ``sqlite:///runs.db``; a folder, in which a database and pictures are kept; empty for
        ``MLFLOW_TRACKING_URI``, or what MLflow takes without it.
    folder
        The folder in which the run is kept, or None.

    Raises
    ------
    ImportError
        If MLflow is not installed.
    """
    import mlflow

    del folder
    if not place:
        return MlflowRun(str(mlflow.get_tracking_uri()))
    if "://" in place:
        return MlflowRun(place)
    shared = Path(place).expanduser().resolve()
    shared.mkdir(parents=True, exist_ok=True)
    return MlflowRun(f"sqlite:///{shared / 'mlflow.db'}", (shared / "artifacts").as_uri())


def _read(kept: Path | None) -> dict[str, str]:
    """Return what an earlier process kept; empty if there is nothing that can be used."""
    if kept is None or not kept.exists():
        return {}
    try:
        found = json.loads(kept.read_text(encoding="utf-8"))
        return {key: str(found[key]) for key in ("tracking_uri", "run_id")}
    except (ValueError, KeyError, TypeError):
        return {}
