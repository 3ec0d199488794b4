"""The command line: odd values of every option, and commands that show what others wrote."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

from tests.fuzz.mutators import mutate_bytes
from tests.fuzz.target import Target

_WATCHED = ("neuroqgan.cli",)

_LINES = (
    "config show --preset history --bins 8 --neurons 0:4 --name mine --samples 100 --seed 3",
    "config show --backend ibm_fez --max-seconds 10 --mitigate readout --shots 20 --units 3,8",
    "config show --data four.npz --bin-width 0.02 --start 0.5 --stop 9 --covariates light.csv",
    "config show --learning-rate 0.1 --steps 20 --batch 16 --gradient adjoint --config run.toml",
    "data show four.npz --bin-width 20ms --time-unit ms --neurons 0:2 --json",
    "data show four.npz --axes bins,neurons --array spikes --start 0.1 --stop 0.2",
    "data convert four.npz out.csv --overwrite",
    "data simulate new.npz --n-neurons 3 --trials 4 --seed 1 --bin-width 0.02 --overwrite",
    "data fetch salamander --sha256 9b74c9897bac",
    "runs list --json",
    "runs show mine --json",
    "runs remove mine --yes",
    "jobs list --state done --run mine --limit 20 --json",
    "jobs show 3f2a --json",
    "jobs status latest",
    "jobs retrieve 3f2a latest",
    "jobs cancel 3f2a",
    "jobs recover 3f2a --submit",
    "jobs export 3f2a spikes.npz --overwrite",
    "jobs forget 3f2a --yes",
    "jobs bundle 3f2a --output spikes.zip",
    "jobs verify spikes.zip --sha256 9b74c9897bac --raster out.npz",
    "backends show fake_nairobi --json",
    "backends show acme:thing",
    "account list --json",
    "account status --account lab",
    "account remove --account lab --yes",
    "circuits show --preset history --neurons 0:3",
    "circuits export mine folder",
    "report mine --output page.html",
    "evaluate four.npz --against four.npz --seed 1",
    "explain mine --samples 200",
    "campaign fake_nairobi --name mine --dry-run",
    "completion bash",
)
_VALUES = (
    "", " ", "-", "--", "-1", "0", "1", "nan", "inf", "-inf", "1e400", "1e-400", "9" * 400,
    "2" * 30, "0x10", "1_000", "\u0661\u0662", "\ud800", "\udcff", "x" * 300, "x" * 5000, "../up",
    "/etc/passwd", "..", ".", "~", "a/b", "CON", "a\nb", "\x1b[2J", "[/x]", "{x}", "%s", "$HOME",
    "1:2:3", ":", "0:-1", "::0", "0:1000000000000", "10000-13-45", "9999-12-31",
    "1969-01-01T00:00:00", "99999999999d", "-5d", "P1D", "file:///etc/passwd",
    "http://127.0.0.1:1/x", "=", "a=b", ",", "1,,2", "\u202e", "none", "all",
)  # fmt: skip


def call(*words: str) -> str:
    """Call a command in this process, and return what it showed."""
    from click.testing import CliRunner

    from neuroqgan.cli import main
    from neuroqgan.escaping.printable import printable

    result = CliRunner().invoke(main, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    text = result.stdout + result.stderr
    assert "Internal error" not in text, text
    assert "Traceback" not in text, text
    assert printable(text) == text, text
    assert result.exit_code in (0, 1, 2, 3), text
    return text


def _seeds() -> list[bytes]:
    return [json.dumps(line.split()).encode() for line in _LINES]


def _mutate(data: bytes, rng: random.Random) -> bytes:
    try:
        words: list[Any] = json.loads(data)
        for _ in range(rng.choice((1, 1, 2))):
            at = rng.randrange(1, len(words))
            kind = rng.randrange(6)
            if kind == 0:
                other = random.Random(rng.random()).choice(_LINES).split()
                words += other[2:][:4]
            elif kind == 1:
                del words[at]
            elif kind == 2:
                changed = mutate_bytes(str(words[at]).encode("utf-8", "surrogatepass"), rng)
                words[at] = changed.decode("utf-8", "surrogateescape")
            else:
                words[at] = rng.choice(_VALUES)
        return json.dumps(words).encode()
    except (ValueError, TypeError, IndexError, AttributeError):
        return mutate_bytes(data, rng)


def _run(path: Path) -> object:
    try:
        words = [_word(word) for word in json.loads(path.read_bytes())]
    except (ValueError, RecursionError, TypeError):
        return None
    # What takes long by design, or asks the network.
    if len(words) < 2 or " ".join(words[:2]) not in {" ".join(line.split()[:2]) for line in _LINES}:
        return None
    # A file in another folder is written if somebody asks for it.
    if any(word.startswith(os.sep) and word not in _VALUES for word in words):
        return None
    _prepare(path.parent)
    return call(*words)


def _word(value: Any) -> str:
    """Return a word as a shell can hand it over: bytes without a zero, as Python decodes them."""
    return os.fsdecode(str(value).replace("\0", "").encode("utf-8", "surrogatepass"))


def _prepare(folder: Path) -> None:
    """Make a home and a recording, and stand in their folder."""
    home = folder / "home"
    if not home.exists():
        from neuroqgan.data.save import save
        from neuroqgan.data.simulate import simulate_population

        home.mkdir()
        save(folder / "four.npz", simulate_population(2, 4, 40, seed=1))
    for name in [name for name in os.environ if name.startswith(("QISKIT_IBM", "NEUROQGAN"))]:
        del os.environ[name]
    os.environ |= {"HOME": str(home), "NEUROQGAN_HOME": str(home / "neuroqgan")}
    os.chdir(folder)


TARGETS = (
    Target(
        name="command-line",
        suffix=".json",
        seeds=_seeds,
        run=_run,
        mutate=(_mutate,),
        watched=_WATCHED,
        executes=True,
    ),
)
