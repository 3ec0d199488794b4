"""Pictures of devices and plans: ``--picture`` of ``backends show`` and ``run --dry-run``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.backends.placement.chip import Chip
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.cli.command import Output

picture_option = click.option(
    "--picture",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Draw the device and, with --run, the cell circuits on it, as map.png, .svg or .pdf.",
)


def check_outputs(
    output_file: Path | None, picture: Path | None, overwrite: bool, *, dry_run: bool
) -> None:
    """Refuse files of ``run`` that could not be written in the end, before any work is done.

    Parameters
    ----------
    output_file
        Of the raster, or None.
    picture
        Of the plan, or None.
    overwrite
        Whether files there may be replaced.
    dry_run
        Whether only the plan is shown.

    Raises
    ------
    ConfigError
        If one cannot be written, or nothing but a plan could be drawn.
    """
    from neuroqgan.cli.output_file import PICTURE, check_output

    if picture is None:
        check_output(output_file, overwrite)
        return
    if not dry_run:
        raise ConfigError(
            "Only a plan is drawn with --picture.",
            expected="--dry-run together with --picture",
            got="--picture alone",
            hint="add --dry-run; of a raster that is measured, neuroqgan report draws the device",
        )
    check_output(picture, overwrite, PICTURE)
    if output_file is not None:
        check_output(output_file, overwrite)


def device_chip(backend: Backend) -> Chip:
    """Return a device without cell circuits.

    Parameters
    ----------
    backend
        With qubits of its own.

    Raises
    ------
    PlanError
        If it has none.
    """
    from neuroqgan.backends.device import device_facts
    from neuroqgan.backends.placement.chip import Chip
    from neuroqgan.backends.protocol import device_target

    return Chip.from_facts(backend.name, device_facts(device_target(backend)))


def write_picture(
    chip: Chip, labels: Sequence[str] | None, path: Path, output: Output, *, overwrite: bool
) -> None:
    """Draw a chip and say where the picture is.

    Parameters
    ----------
    chip
        The device, with or without cell circuits.
    labels
        Of the neurons; None or empty for their indices.
    path
        The picture; see `neuroqgan.cli.output_file.PICTURE`.
    output
        Where words go.
    overwrite
        Whether a file there may be replaced.

    Raises
    ------
    InputError
        If the file exists by now.
    StorageError
        If it cannot be written.
    """
    from neuroqgan.report.chip_figure import plot_chip
    from neuroqgan.report.style import save_picture

    save_picture(plot_chip(chip, labels or None), path, overwrite=overwrite)
    output.say(f"{'Picture':<12}{path}")
