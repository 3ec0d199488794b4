"""The files of a run: its configuration, JSON records, metrics and weights."""

from __future__ import annotations

import functools
import json
import random
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fuzz.mutators import in_json, in_tree, mutate_bytes
from tests.fuzz.target import Mutator, Target

_SHA256 = "89eaf3f60ce5684fbd5c195a80ab5e8268e4bf26e1abd5853050c5dab359355f"
_WATCHED = (
    "neuroqgan.runs",
    "neuroqgan.evaluation",
    "neuroqgan.training",
    "neuroqgan.models",
    "neuroqgan.report",
)


def _toml(tree: Any) -> str:
    import tomli_w

    return tomli_w.dumps(tree)


def _config() -> dict[str, Any]:
    from neuroqgan.runs.config import RunConfig

    return tomllib.loads(RunConfig(bins=8, steps=3, shots=2).resolved().to_toml())


@functools.cache
def files() -> dict[str, bytes]:
    """Return the files of a run that was trained, sampled and judged."""
    return {
        "config.toml": _toml(_config()).encode(),
        "provenance.json": _json(_PROVENANCE),
        "evaluation.json": _json(_evaluation() | {"raster": "exact-seed0-40.npz"}),
        "baselines.json": _json({"models": [_BASELINE, _BASELINE | {"model": "poisson"}]}),
        "finetuning.json": _json(_FINETUNING),
        "metrics.jsonl": _METRICS,
        "sampled/exact-seed0-40.json": _json(_SAMPLED),
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2).encode()


@functools.cache
def _evaluation() -> dict[str, Any]:
    import numpy as np

    from neuroqgan.evaluation.judge import judge
    from neuroqgan.raster import SpikeRaster

    rng = np.random.default_rng(0)
    windows = [SpikeRaster(rng.random((60, 8, 3)) < 0.2, 0.02) for _ in range(3)]
    return judge(*windows, n_bootstrap=5, suite="ldns").to_dict()


_PROVENANCE: dict[str, Any] = {
    "format": "neuroqgan-run-1",
    "created": "2026-11-29T12:01:31+00:00",
    "recording": {
        "sha256": _SHA256,
        "bin_width": 0.02,
        "training_windows": 4314,
        "held_out_windows": 4314,
        "neurons": 4,
        "neuron_labels": ["0", "1", "2", "3"],
    },
    "covariates": {
        "choice": "trial-time",
        "names": ["trial-time"],
        "n_bins": 500,
        "sha256": _SHA256,
        "reason": "time in the trial explains 0.96 bits per spike; used",
        "bits_per_spike": 0.95,
    },
    "python": "3.11.7",
    "platform": "Linux",
    "packages": {"neuroqgan": "0.2.0", "numpy": "2.4.6", "qiskit-aer": None},
    "replay_of": {"run": "other", "raster": "exact-seed0-40.npz"},
}
_SAMPLED: dict[str, Any] = {
    "kind": "exact",
    "backend": "exact",
    "seed": 0,
    "n_samples": 40,
    "settings": {"shots_per_row": 1},
    "sha256": _SHA256,
    "covariates_sha256": None,
    "jobs": ["aeef53425396422a9fcb3ea8178457ae"],
    "versions": {"neuroqgan": "0.2.0", "qiskit-aer": None},
    "n_dropped": 0,
}
_BASELINE: dict[str, Any] = {
    "model": "dichotomized-gaussian",
    "n_parameters": 1326,
    "ratios": {"autocovariance": 1.24, "firing_rate": None},
    "c2st": 0.612,
    "c2st_std": 0.01,
    "seconds": 3.2,
    "c2st_judge": "trees",
    "n_stimulus_parameters": 4,
}
_FINETUNING: dict[str, Any] = {
    "device": "fake_fez",
    "seed": 0,
    "recorded": [0.1, 0.2],
    "before": [0.2, 0.3],
    "after": [0.1, 0.21],
    "shifts": [[0.1, 0.1], [0.01, 0.02]],
    "steps": [[[0.1, 0.2], [0.3, 0.4]]],
    "seconds": [1.5, 1.25],
}
_METRICS = b"\n".join(
    json.dumps(
        {
            "step": step,
            "loss": 1192.5 / step,
            "statistics_loss": 1192.5 / step,
            "distance": None if step % 2 else 0.3,
            "gradient_norm": 10.0,
            "learning_rate": 0.03,
            "seconds": 0.1 * step,
        }
    ).encode()
    for step in range(1, 5)
)


def _place(name: str, path: Path) -> Any:
    """Return the folder of a run in which a file is the input, and all others are whole."""
    from neuroqgan.runs.folder import RunFolder

    folder = path.parent / "tiny"
    for other, content in files().items():
        if other != name and not (folder / other).exists():
            (folder / other).parent.mkdir(parents=True, exist_ok=True)
            (folder / other).write_bytes(content)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    path.replace(folder / name)
    return RunFolder(folder)


def _read_config(path: Path) -> object:
    from neuroqgan.runs.config_file import build_config, read_config

    build_config({"preset": "history", "seed": 3}, path).resolved()
    config = read_config(path)
    # What is read can be written and read again.
    path.write_text(config.to_toml(), encoding="utf-8")
    assert read_config(path) == config
    return config.resolved().training_identity()


def _read_provenance(path: Path) -> object:
    folder = _place("provenance.json", path)
    found = folder.trained_on()
    assert found.n_neurons >= 1
    return found.covariates.summary, found.covariates.spec_to_plan, found.covariates.found


def show_evaluation(evaluation: Any) -> object:
    """Show an evaluation in all ways in which one is shown."""
    from neuroqgan.evaluation.evaluation import Evaluation
    from neuroqgan.evaluation.model_row import ModelRow
    from neuroqgan.evaluation.table import as_html

    text = str(evaluation), repr(evaluation), as_html(evaluation)
    ModelRow.of("mine", evaluation).cells()
    kept = json.loads(json.dumps(evaluation.to_dict(), allow_nan=False))
    assert Evaluation.from_dict(kept).to_dict() == evaluation.to_dict()
    return text


def _read_evaluation(path: Path) -> object:
    from neuroqgan.runs.judgements import read_judgement

    folder = _place("evaluation.json", path)
    read_judgement(folder, folder.rasters_path / "exact-seed0-40.npz")
    return show_evaluation(folder.read_evaluation())


def _read_baselines(path: Path) -> object:
    from neuroqgan.runs.judgements import read_baselines

    rows = read_baselines(_place("baselines.json", path))
    json.dumps([row.to_dict() for row in rows], allow_nan=False)
    return [row.cells() for row in rows]


def _read_finetuning(path: Path) -> object:
    from neuroqgan.runs.finetuned import finetuning_of

    found = finetuning_of(_place("finetuning.json", path))
    assert found is not None
    return found.line() if found.is_finished else "", json.dumps(found.to_dict())


def _read_sampled(path: Path) -> object:
    from neuroqgan.runs.sampled import how_sampled

    folder = _place("sampled/exact-seed0-40.json", path)
    found = how_sampled(folder, folder.rasters_path / "exact-seed0-40.npz")
    return found.repeatable, found.n_samples + found.n_dropped, [job[:8] for job in found.jobs]


def _read_metrics(path: Path) -> object:
    from neuroqgan.training.course import Course
    from neuroqgan.training.loop import read_metrics
    from neuroqgan.training.progress import course_html, loss_picture

    rows = read_metrics(path)
    course = Course(len(rows), rows)
    return loss_picture(rows), course_html(course) if rows else ""


def json_lines(data: bytes, rng: random.Random) -> bytes:
    """Change one line of several, each of which is JSON."""
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    lines[at] = rng.choice((in_json, in_json, mutate_bytes))(lines[at], rng)
    return b"\n".join(lines)


def _seed(name: str) -> Callable[[], list[bytes]]:
    return lambda: [files()[name]]


def _target(
    name: str, file: str, run: Callable[[Path], object], mutate: tuple[Mutator, ...], **more: Any
) -> Target:
    return Target(
        name=name,
        suffix=Path(file).suffix,
        seeds=_seed(file),
        run=run,
        mutate=mutate,
        watched=_WATCHED,
        **more,
    )


_JSON = (in_json,)
TARGETS = (
    _target("run-config", "config.toml", _read_config, (in_tree(tomllib.loads, _toml),)),
    _target("run-provenance", "provenance.json", _read_provenance, _JSON),
    _target("run-evaluation", "evaluation.json", _read_evaluation, _JSON),
    _target("run-baselines", "baselines.json", _read_baselines, _JSON),
    _target("run-finetuning", "finetuning.json", _read_finetuning, _JSON),
    _target("run-sampled", "sampled/exact-seed0-40.json", _read_sampled, _JSON),
    _target("run-metrics", "metrics.jsonl", _read_metrics, (json_lines,)),
)
