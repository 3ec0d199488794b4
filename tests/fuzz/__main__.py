"""Fuzzing from the command line: python -m tests.fuzz [TARGET ...]; see CONTRIBUTING.md."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

from tests.fuzz.registry import targets
from tests.fuzz.target import Target


def main() -> int:
    """Fuzz, and return 1 if there was a fault."""
    args = _arguments()
    known = targets()
    if args.list:
        sys.stdout.write("".join(f"{name}\n" for name in known))
        return 0
    names = [path.name.partition("--")[0] for path in args.replay] or args.targets or list(known)
    if unknown := [name for name in names if name not in known]:
        sys.stderr.write(f"no target {', '.join(unknown)}; there are {', '.join(known)}\n")
        return 2
    chosen = [known[name] for name in names]
    # Linear algebra has no part in this, and threads do not survive a fork.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    from tests.fuzz.imported import import_watched

    import_watched({package for target in chosen for package in target.watched})
    if args.replay:
        return sum(_replay(target, path) for target, path in zip(chosen, args.replay, strict=True))
    return _fuzz(chosen, args)


def _fuzz(chosen: list[Target], args: argparse.Namespace) -> int:
    from tests.fuzz.findings import keep, minimised
    from tests.fuzz.watched import fuzz

    end = time.monotonic() + 60 * args.minutes
    rows, n_faults = [], 0
    for number, target in enumerate(chosen):
        if missing := target.missing():
            sys.stdout.write(f"{target.name:24} left out: {', '.join(missing)} is not installed\n")
            continue
        share = (end - time.monotonic()) / (len(chosen) - number)
        outcome = fuzz(target, n_inputs=args.inputs, seed=args.seed, seconds=max(2.0, share))
        rows.append(
            {
                "target": target.name,
                "inputs": outcome.inputs,
                "accepted": outcome.accepted,
                "seconds": round(outcome.seconds, 1),
                "faults": sorted(outcome.faults),
            }
        )
        sys.stdout.write(
            f"{target.name:24} {outcome.inputs:9,} inputs, {outcome.accepted:9,} accepted, "
            f"{outcome.seconds:7.1f} s, {len(outcome.faults)} faults\n"
        )
        for key, (fault, data) in sorted(outcome.faults.items()):
            small = minimised(target, data, key, args.minimise)
            path = keep(args.out, target, fault, small)
            last = fault.text.strip().splitlines()[-1:]
            sys.stdout.write(f"    {key}: {''.join(last)[:200]}\n      {path}\n")
        sys.stdout.flush()
        n_faults += len(outcome.faults)
        if not outcome.inputs:
            # Nothing read looks as green as nothing found.
            sys.stderr.write(f"{target.name}: no input was read\n")
            n_faults += 1
        if args.report:
            args.report.write_text(json.dumps(rows, indent=1))
    return int(n_faults > 0)


def _replay(target: Target, path: Path) -> int:
    from tests.fuzz.findings import judged

    fault, said = judged(target, path.read_bytes())
    sys.stdout.write(f"{path}: {f'{fault.key}{chr(10)}{fault.text}' if fault else said}\n")
    return int(fault is not None)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all of them if none is named")
    parser.add_argument("--list", action="store_true", help="list the targets")
    parser.add_argument("--inputs", type=int, default=100_000, help="per target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--minutes",
        type=float,
        default=60.0,
        help="of all targets together, each of which takes two seconds if it needs them",
    )
    parser.add_argument(
        "--minimise", type=float, default=20.0, help="seconds to make a faulting input smaller"
    )
    parser.add_argument(
        "--out", type=Path, default=Path(".fuzz"), help="folder for faulting inputs"
    )
    parser.add_argument("--report", type=Path, help="file for the figures, as JSON")
    parser.add_argument(
        "--replay", type=Path, nargs="+", default=[], help="inputs to read once more"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
