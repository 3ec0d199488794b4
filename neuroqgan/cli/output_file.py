"""The file that a result is written to, checked before any work is done."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

# Bytes of a file's name on nearly all file systems.
_LONGEST_NAME = 255


@dataclass(frozen=True)
class OutputKind:
    """What is written.

    Parameters
    ----------
    what
        In words, as the beginning of a sentence.
    suffix
        Of the file.
    stem
        Name of the file, for advice.
    also
        Further advice.
    """

    what: str
    suffix: str
    stem: str
    also: str = ""


RASTER = OutputKind(
    "The raster is written as an .npz file.",
    ".npz",
    "spikes",
    "; neuroqgan data convert writes other formats",
)
PAGE = OutputKind("The page is written as an .html file.", ".html", "report")


def check_output(path: Path | None, overwrite: bool, kind: OutputKind = RASTER) -> None:
    """Refuse an output that could not be written in the end, before any work is done.

    Parameters
    ----------
    path
        Where the result is to go, or None.
    overwrite
        Whether a file there may be replaced.
    kind
        What is written.

    Raises
    ------
    ConfigError
        If it has another suffix, exists already, or its folder does not exist.
    """
    if path is None:
        if overwrite:
            raise ConfigError(
                "--overwrite applies to the file of --output, but none is given.",
                expected="--output together with --overwrite",
                got="--overwrite alone",
                hint=f"--output FILE{kind.suffix}, or leave --overwrite out",
            )
        return
    if path.suffix != kind.suffix:
        raise ConfigError(
            kind.what,
            expected=f"FILE{kind.suffix}",
            got=repr(str(path)),
            hint=f"--output {path.stem or kind.stem}{kind.suffix}{kind.also}",
        )
    if max(len(os.fsencode(part)) for part in path.parts) > _LONGEST_NAME:
        raise ConfigError(
            "The name of the output is too long.",
            expected=f"up to {_LONGEST_NAME} bytes",
            got=f"{len(os.fsencode(path.name))} bytes",
            hint="a shorter --output",
        )
    if path.is_dir():
        raise ConfigError(
            "The output is a folder.",
            expected=f"FILE{kind.suffix}",
            got=str(path),
            hint=f"--output {path / (kind.stem + kind.suffix)}",
        )
    if not path.parent.is_dir():
        raise ConfigError(
            "The folder of the output does not exist.",
            expected="an existing folder",
            got=str(path.parent),
            hint=f"mkdir -p {path.parent}",
        )
    if not os.access(path.parent, os.W_OK):
        raise ConfigError(
            f"{path} cannot be written.",
            expected="a folder that you can write to",
            got=str(path.parent),
            hint="another --output",
        )
    if path.exists() and not overwrite:
        raise ConfigError(
            f"{path} exists already.",
            expected="an unused name",
            got=str(path),
            hint="another --output, or --overwrite",
        )
