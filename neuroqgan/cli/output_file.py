"""The file that a result is written to, checked before any work is done."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

# Bytes of a file's name on nearly all file systems.
_LONGEST_NAME = 255
_TABLES = (".csv", ".json")
_BY_SUFFIX = "is written in the format of its suffix."


@dataclass(frozen=True)
class OutputKind:
    """What is written.

    Parameters
    ----------
    stem, suffix
        Of the usual file, for advice.
    check
        Refuses files of another format.
    option
        That names the file.
    """

    stem: str
    suffix: str
    check: Callable[[Path], None]
    option: str = "--output"


def _check_format(path: Path) -> None:
    from neuroqgan.data.sources import formats

    complete = [one for one in formats() if one.is_writable and one.suffixes and not one.loses]
    suffixes = [suffix for one in complete for suffix in one.suffixes]
    fitting = [one for one in complete if one.recognises(path)]
    if not fitting:
        named = f"{path.stem or 'spikes'}.npz"
        raise ConfigError(
            "The raster is written to a file that keeps all of it.",
            expected=f"FILE with one of the suffixes {', '.join(suffixes)}",
            got=repr(str(path)),
            hint=f"--output {named}; neuroqgan data convert writes other formats",
        )
    fitting[0].check_installed(path)


def _check_page(path: Path) -> None:
    if path.suffix != PAGE.suffix:
        raise _other_suffix(path, PAGE, "The page is written as an HTML file.", (PAGE.suffix,))


def _check_picture(path: Path) -> None:
    from neuroqgan.report.style import PICTURE_SUFFIXES

    if path.suffix.lower() not in PICTURE_SUFFIXES:
        raise _other_suffix(path, PICTURE, f"The picture {_BY_SUFFIX}", PICTURE_SUFFIXES)


def _check_table(path: Path) -> None:
    if path.suffix.lower() not in _TABLES:
        raise _other_suffix(path, TABLE, f"The table {_BY_SUFFIX}", _TABLES)


def _check_archive(path: Path) -> None:
    if path.suffix.lower() != ARCHIVE.suffix:
        problem = "The archive is written as a zip file."
        raise _other_suffix(path, ARCHIVE, problem, (ARCHIVE.suffix,))


def _other_suffix(
    path: Path, kind: OutputKind, problem: str, suffixes: Collection[str]
) -> ConfigError:
    one_of = " with one of the suffixes " if len(suffixes) > 1 else ""
    option = f"{kind.option} " if kind.option.startswith("-") else ""
    return ConfigError(
        problem,
        expected=f"FILE{one_of}{', '.join(suffixes)}",
        got=repr(str(path)),
        hint=f"{option}{path.stem or kind.stem}{kind.suffix}",
    )


RASTER = OutputKind("spikes", ".npz", _check_format)
PAGE = OutputKind("report", ".html", _check_page)
PICTURE = OutputKind("map", ".png", _check_picture, "--picture")
TABLE = OutputKind("table", ".csv", _check_table)
ARCHIVE = OutputKind("backup", ".zip", _check_archive, "FILE")


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
        If its format does not fit, it exists already, or its folder does not exist.
    RecordingError
        If what writes the format is not installed.
    """
    if path is None:
        if overwrite:
            raise ConfigError(
                f"--overwrite applies to the file of {kind.option}, but none is given.",
                expected=f"{kind.option} together with --overwrite",
                got="--overwrite alone",
                hint=f"{kind.option} FILE{kind.suffix}, or leave --overwrite out",
            )
        return
    kind.check(path)
    if max(len(os.fsencode(part)) for part in path.parts) > _LONGEST_NAME:
        raise ConfigError(
            "The name of the output is too long.",
            expected=f"up to {_LONGEST_NAME} bytes",
            got=f"{len(os.fsencode(path.name))} bytes",
            hint=f"a shorter {kind.option}",
        )
    if path.is_dir():
        raise ConfigError(
            "The output is a folder.",
            expected="the name of a file",
            got=str(path),
            hint=f"{kind.option} {path / (kind.stem + kind.suffix)}",
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
            hint=f"another {kind.option}",
        )
    if path.exists() and not overwrite:
        raise ConfigError(
            f"{path} exists already.",
            expected="an unused name",
            got=str(path),
            hint=f"another {kind.option}, or --overwrite",
        )
