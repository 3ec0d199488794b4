#!/usr/bin/env python3
"""How close generated rasters are on devices: ideal and noisy, by device and way of measuring.

For every device and way, samples of a trained run are drawn with the full noise of the device's
snapshot, with the readout calibrated in the same job, and judged by the panel against held-out
windows. Ideal samples of the same run, drawn exactly, are judged beside them. A readout correction
changes statistics, not rasters: corrected ratios are those of the three statistics that it knows,
and there is no corrected C2ST.

Every result is a line of a JSON Lines file, written as soon as it is known; what is in the file
already is not measured again. At the end, or with `--table` alone, a table of the file is printed.

    python benchmarks/device_closeness.py --run latent=mine --run one-bin=other --samples 400
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from neuroqgan.errors import NeuroqganError

OUTPUT = Path(__file__).parent / "measured" / "device_closeness.jsonl"
DEVICES = "fake_fez,fake_miami,fake_berlin"

SHOWN = {
    "spike_probability": "rates",
    "pair_covariance": "pairs",
    "k_probability": "k-probability",
    "autocovariance": "autocovariance",
}
READOUT = {"mitigate": "readout"}
# Of a run: the ways to measure it, with the settings of each.
WAYS: dict[str, dict[str, dict[str, Any]]] = {
    "latent": {"all bins in one job": READOUT},
    "memory": {"one circuit": READOUT},
    "history": {"one job per bin": READOUT},
    "one-bin": {
        "one job per bin": READOUT | {"bins_per_job": 1},
        "one job, qubit reuse": READOUT | {"multi_bin_circuit": "qubit-reuse"},
        "one job, lattice": READOUT | {"multi_bin_circuit": "lattice"},
    },
}
WAYS["one-bin-apart"] = WAYS["one-bin"]
WAYS["two-bins"] = {
    "one job per bin": READOUT | {"bins_per_job": 1},
    "one job, qubit reuse": READOUT | {"multi_bin_circuit": "qubit-reuse"},
    "one job, feed-forward": READOUT | {"multi_bin_circuit": "feed-forward"},
}


def measure(name: str, run: str, device: str, way: str, settings: dict, arguments) -> dict:
    """Sample and judge one raster; the result is ready for JSON."""
    from neuroqgan.backends.registry import resolve
    from neuroqgan.evaluation.judge import judge
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.decoding import decode_raster
    from neuroqgan.runs.campaign.planned_step import CampaignSettings, plan_step
    from neuroqgan.runs.campaign.step_walk import begin, go_on
    from neuroqgan.runs.campaign.steps import Place, Step
    from neuroqgan.runs.config_file import build_config
    from neuroqgan.runs.kept_run import load_run
    from neuroqgan.runs.readout import readout_report
    from neuroqgan.runs.selection import select_for_run
    from neuroqgan.runs.stages import as_windows
    from neuroqgan.runs.store import RunStore

    context = JobContext()
    is_ideal = way == "ideal"
    n_samples = arguments.ideal_samples if is_ideal else arguments.samples
    campaign = CampaignSettings(device, n_samples, arguments.seed)
    selection = select_for_run(RunStore(), build_config({"name": run}))
    place = Place.IDEAL if is_ideal else Place.DEVICE
    step = Step(f"{name}, {way}", name, place, {} if is_ideal else settings)
    planned = plan_step(campaign, step, selection, resolve("exact" if is_ideal else device))
    generator = load_run(run).generator
    started = time.monotonic()
    walk = begin(context, planned, generator)
    go_on([walk], wait=True)
    if walk.error is not None:
        raise walk.error
    sampled = time.monotonic() - started
    spikes = decode_raster(context, walk.walk.jobs)
    raster = spikes.raster
    if walk.walk.covariates is not None:
        raster = raster.with_covariates(walk.walk.covariates)
    windows = as_windows(selection.recording, raster)
    found = judge(windows, selection.recording.split, seed=arguments.seed, model=generator)
    worst = found.worst
    row = {
        "generator": name,
        "device": device,
        "way": way,
        "samples": n_samples,
        "seed": arguments.seed,
        "c2st": None if worst is None or worst.test is None else round(worst.accuracy, 4),
        "c2st_floor": None
        if worst is None or worst.floor is None
        else round(worst.floor.accuracy, 4),
        "ratios": {key: round(one.ratio, 3) for key, one in found.statistics.items()},
        "jobs": len(walk.jobs),
        "sampling_seconds": round(sampled, 1),
    }
    if planned.estimate is not None:
        row["qpu_seconds"] = round(planned.estimate.seconds, 1)
        row["bit_error"] = round(planned.estimate.total.bit_error, 4)
    report = readout_report(spikes, selection.recording.split.held_out)
    if report is not None:
        row["corrected_ratios"] = {
            key: round(values["corrected"] / found.statistics[key].floor, 3)
            for key, values in report.distances().items()
        }
    return row


def table(path: Path) -> str:
    """Return the results of a file as a table in Markdown; ratios raw, and corrected behind."""
    head = ("generator", "device", "way", "QPU s", "bit errors", "C2ST", *SHOWN.values())
    lines = [_line(head), _line(("---",) * len(head))]
    for row in rows_of(path):
        what = (row["generator"], row["device"], row["way"])
        if "left_out" in row:
            reason = row["left_out"].partition(".")[0]
            lines.append(_line((*what, reason, *("" for _ in head[4:]))))
            continue
        errors = f"{row['bit_error']:.1%}" if "bit_error" in row else "-"
        c2st = "-" if row["c2st"] is None else f"{row['c2st']:.3f}"
        ratios = (_ratio(row, key) for key in SHOWN)
        lines.append(_line((*what, f"{row.get('qpu_seconds', '-')}", errors, c2st, *ratios)))
    return "\n".join(lines)


def _line(cells) -> str:
    return f"| {' | '.join(cells)} |"


def _ratio(row: dict, key: str) -> str:
    """Return the ratio of a statistic, and behind an arrow the one after readout correction."""
    text = _short(row["ratios"][key])
    corrected = row.get("corrected_ratios", {}).get(key)
    return text if corrected is None else f"{text} → {_short(corrected)}"


def _short(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def rows_of(path: Path) -> list[dict]:
    """Read all results of a file; none if there is no file."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text().splitlines() if line]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", action="append", default=[], metavar="GENERATOR=RUN")
    parser.add_argument("--devices", default=DEVICES, metavar="LIST")
    parser.add_argument("--samples", type=int, default=400)
    parser.add_argument("--ideal-samples", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--table", action="store_true", help="print the table and measure nothing")
    arguments = parser.parse_args()
    runs = dict(pair.split("=", 1) for pair in arguments.run)
    wanted = [
        (name, run, device, way, settings)
        for name, run in runs.items()
        for device, ways in [
            ("-", {"ideal": {}}),
            *((device, WAYS[name]) for device in arguments.devices.split(",")),
        ]
        for way, settings in ways.items()
    ]
    for name, run, device, way, settings in [] if arguments.table else wanted:
        key = {"generator": name, "device": device, "way": way, "seed": arguments.seed}
        n_samples = arguments.ideal_samples if way == "ideal" else arguments.samples
        if any(
            (key | {"samples": n_samples}).items() <= row.items()
            for row in rows_of(arguments.output)
        ):
            continue
        started = time.monotonic()
        try:
            row = measure(name, run, device, way, settings, arguments)
        except NeuroqganError as error:
            row = key | {"samples": n_samples, "left_out": f"{error.problem} {error.got}"}
        row["seconds"] = round(time.monotonic() - started, 1)
        with arguments.output.open("a") as file:
            file.write(json.dumps(row) + "\n")
        print(json.dumps(row), flush=True)
    print(table(arguments.output))


if __name__ == "__main__":
    main()
