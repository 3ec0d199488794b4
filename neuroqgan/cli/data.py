"""``neuroqgan data``: recordings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.command import Output, command
from neuroqgan.cli.option_groups import GroupedCommand
from neuroqgan.cli.options import covariate_columns_option, read_options, reading_options
from neuroqgan.cli.streams import echo

if TYPE_CHECKING:
    from neuroqgan.data.provenance import Provenance
    from neuroqgan.data.reading import Reading
    from neuroqgan.raster import SpikeRaster

_PATH = click.Path(path_type=Path)


@click.group()
def data() -> None:
    """List, show, fetch, convert and simulate recordings.

    \b
    Examples:
        neuroqgan data show recording.mat --bin-width 0.02
        neuroqgan data convert spikes.csv recording.npz --bin-width 0.02
        neuroqgan data fetch salamander
    """


@data.command("list")
@command
def list_recordings(output: Output) -> None:
    """List the recordings that can be used by name, and the file formats that can be read.

    \b
    Example:
        neuroqgan data list
    """
    from neuroqgan.data.sources import names, readable

    for name, description in names().items():
        output.say(f"{name:12} {description}")
    output.say(f"Files: {', '.join(readable())}")
    output.result({"recordings": names(), "files": list(readable())})


@data.command(cls=GroupedCommand)
@click.argument("source", metavar="PATH|NAME")
@reading_options
@covariate_columns_option
@command
def show(output: Output, source: str, **flags: Any) -> None:
    """Show the shape and firing rates of a recording, and part of a trial.

    \b
    Examples:
        neuroqgan data show simulated
        neuroqgan data show recording.mat --bin-width 0.02
        neuroqgan data show session.nwb --bin-width 0.02 --align-to stimulus_onset --after 3
    """
    from neuroqgan.checks import shorten
    from neuroqgan.data.alignment import alignment

    # Of a large recording rates and a few bins are shown, for which it need not fit into memory.
    recording = _load(source, output, flags, checks_size=False).raster
    facts, found = _facts(recording), alignment(recording)
    aligned = None if found is None else found.is_clear
    output.result({"source": source} | facts | {"trials_look_aligned": aligned})
    for key in ("trials", "bins", "neurons"):
        output.say(f"{key:18} {facts[key]}")
    output.say(f"{'bin width':18} {recording.bin_width:g} s")
    output.say(f"{'length of a trial':18} {recording.n_bins * recording.bin_width:g} s")
    silent = [recording.neuron_labels[n] for n in recording.silent_neurons]
    output.say(f"{'silent neurons':18} {shorten(silent)}")
    output.say(f"{'covariates':18} {_covariates_in_words(recording)}")
    if found is not None:
        output.say(
            f"{'aligned trials':18} {'yes' if aligned else 'unclear'} (even against odd trials: "
            f"r = {found.correlation:z.2f}, by chance {found.by_chance:z.2f})"
        )
    if not output.quiet:
        from neuroqgan.report.terminal_rasters import print_raster

        _print_rates(output, facts)
        n_bins = min(64, recording.n_bins)
        print_raster(output.tables, recording.beginning(n_bins), n_samples=1)


@data.command()
@click.argument("name", type=click.Choice(["salamander"]))
@click.option("--url", help="Download the same file from this address instead.")
@click.option("--sha256", metavar="HEX", help="SHA-256 checksum that the file must have.")
@click.option("--yes", is_flag=True, help="Accept the checksum of a first download without asking.")
@command
def fetch(output: Output, name: str, url: str | None, sha256: str | None, yes: bool) -> None:
    """Download a public recording and check it.

    \b
    Examples:
        neuroqgan data fetch salamander
        neuroqgan run --data salamander --neurons 0:10

    The first download shows the SHA-256 checksum of the file and asks whether to keep it. The
    checksum is stored and verified from then on.
    """
    from neuroqgan.data.download.fetch import fetch_salamander

    def confirm(digest: str, size: int) -> bool:
        echo(f"SHA-256 {digest}, {size} bytes", err=True)
        return yes or click.confirm(
            "This checksum has not been confirmed before. Keep the file?", err=True
        )

    path = fetch_salamander(url=url, known_hash=sha256, progress=not output.quiet, confirm=confirm)
    output.say(f"{name} is stored in {path}")
    output.result({"recording": name, "path": str(path)})


@data.command(cls=GroupedCommand)
@click.argument("source", metavar="PATH|NAME")
@click.argument("target", type=_PATH)
@reading_options
@covariate_columns_option
@click.option("--overwrite", is_flag=True, help="Replace the target file if it exists.")
@command
def convert(
    output: Output,
    source: str,
    target: Path,
    overwrite: bool,
    **flags: Any,
) -> None:
    """Convert a recording or raster to the format given by the suffix of the target.

    \b
    Examples:
        neuroqgan data convert spikes.csv recording.npz --bin-width 0.02
        neuroqgan data convert recording.npz recording.mat --neurons 0:10
    """
    from neuroqgan.runs.raster_provenance import provenance_of_file

    reading = _load(source, output, flags)
    about = reading.about or provenance_of_file(Path(source))
    _write(output, target, reading.raster, overwrite, about)


@data.command()
@click.argument("target", type=_PATH)
@click.option("--n-neurons", type=int, help="Number of neurons. [8]")
@click.option("--neurons", type=int, hidden=True, help="Former name of --n-neurons.")
@click.option("--trials", "n_trials", type=int, default=140, help="Number of trials. [140]")
@click.option("--bins", "n_bins", type=int, default=500, help="Time bins per trial. [500]")
@click.option(
    "--stimuli",
    "n_stimuli",
    type=int,
    default=1,
    help="Number of different stimuli, which trials take turns with. [1]",
)
@click.option(
    "--bin-width", type=float, default=0.02, help="Width of a time bin in seconds. [0.02]"
)
@click.option(
    "--seed", type=int, default=0, help="Random seed of the population and its spikes. [0]"
)
@click.option("--overwrite", is_flag=True, help="Replace the target file if it exists.")
@command
def simulate(
    output: Output,
    target: Path,
    n_neurons: int | None,
    neurons: int | None,
    n_trials: int,
    n_bins: int,
    n_stimuli: int,
    bin_width: float,
    seed: int,
    overwrite: bool,
) -> None:
    """Simulate a population of neurons with a stimulus, bursts and refractoriness.

    \b
    Examples:
        neuroqgan data simulate population.npz --n-neurons 12 --seed 3
        neuroqgan data simulate new-stimuli.npz --stimuli 20

    The file keeps the stimulus as the covariates of the recording. With an even number of stimuli,
    those of the trials to train on are others than those of the trials that are held out.
    """
    from neuroqgan.data.provenance import Provenance
    from neuroqgan.data.simulate import simulate_population

    if neurons is not None:
        output.note(
            "--neurons is now called --n-neurons here; in other commands --neurons is a list."
        )
    n_neurons = next(n for n in (n_neurons, neurons, 8) if n is not None)
    recording = simulate_population(
        n_neurons, n_trials, n_bins, bin_width, seed, n_stimuli=n_stimuli
    )
    about = Provenance(True, {"model": "neuroqgan.data.simulate", "seed": str(seed)})
    _write(output, target, recording, overwrite, about)


def _write(
    output: Output,
    target: Path,
    recording: SpikeRaster,
    overwrite: bool,
    about: Provenance | None,
) -> None:
    """Write a raster, and say what its format cannot store."""
    from neuroqgan.data.save import lost_in, save_about

    save_about(target, recording, about, overwrite=overwrite)
    if lost := lost_in(target, recording):
        *others, last = lost
        listed = f"{', '.join(others)} and {last}" if others else last
        output.note(
            f"{target} does not store {listed}. To read the file again, use "
            f"--bin-width {recording.bin_width:.15g}."
        )
    output.say(f"Wrote {target}: {recording!r}")
    output.result({"path": str(target)} | _facts(recording))


def _load(
    source: str, output: Output, flags: dict[str, Any], *, checks_size: bool = True
) -> Reading:
    """Read the chosen neurons of a recording, and say what was assumed."""
    from neuroqgan.data.load import open_recording
    from neuroqgan.data.neurons import check_choice, choice_notes, choose_neurons

    neurons, units = flags["neurons"], flags["units"]
    check_choice(neurons, units)
    reading = open_recording(source, read_options(flags))
    recording = choose_neurons(
        reading.raster,
        neurons,
        None if reading.chose_units else units,
        checks_size=checks_size,
    )
    for note in (*reading.notes, *choice_notes(reading.raster, flags["neurons"])):
        output.note(note)
    return replace(reading, raster=recording)


def _facts(recording: SpikeRaster) -> dict[str, Any]:
    rates = recording.rates_hz
    return {
        "trials": recording.n_samples,
        "bins": recording.n_bins,
        "neurons": recording.n_neurons,
        "bin_width": recording.bin_width,
        "labels": list(recording.neuron_labels),
        "rates_hz": [float(f"{rate:.4g}") for rate in rates],
        "silent_neurons": list(recording.silent_neurons),
        "covariates": []
        if recording.covariates is None
        else list(recording.covariates.covariates.names),
    }


def _covariates_in_words(recording: SpikeRaster) -> str:
    from neuroqgan.checks import shorten

    seen = recording.covariates
    if seen is None:
        return "none"
    own = seen.covariates
    shared = "the same in all trials" if own.is_shared else f"of {own.n_trials} trials"
    return f"{shorten(own.names)} ({shared})"


def _print_rates(output: Output, facts: dict[str, Any]) -> None:
    """Print the position, label and rate of every neuron, in as many columns as fit."""
    from rich.columns import Columns
    from rich.text import Text

    output.tables.print("Neurons: position, label, firing rate in Hz", style="bold")
    rows = enumerate(zip(facts["labels"], facts["rates_hz"], strict=True))
    widest = max(map(len, facts["labels"]))
    entries = [Text(f"{n:4}  {label:{widest}}  {rate:7.3g}") for n, (label, rate) in rows]
    output.tables.print(Columns(entries, padding=(0, 3), equal=True, column_first=True))
