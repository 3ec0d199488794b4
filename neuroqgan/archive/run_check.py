"""Whether runs and campaigns can be read: settings, provenance, weights, rasters, evaluations."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from neuroqgan.archive.faults import Fault, Repair
from neuroqgan.archive.places import is_hidden, walk
from neuroqgan.archive.quarantine import quarantine_file
from neuroqgan.archive.store_view import shorten
from neuroqgan.data.damage import DAMAGE
from neuroqgan.data.load import load
from neuroqgan.errors import CheckpointError, LockedError, NeuroqganError, StorageError
from neuroqgan.runs.folder import RunFolder, RunState
from neuroqgan.runs.recording import spikes_sha256
from neuroqgan.runs.sampled import how_sampled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from neuroqgan.archive.store_view import StoreView


def check_folders(view: StoreView) -> Iterator[Fault]:
    """Read all files of all runs, campaigns and sweeps."""
    entries = view.places.entries()
    for done, path in enumerate(entries):
        view.on_progress("runs", done, len(entries))
        try:
            yield from _Entry(view, path).faults()
        except OSError as error:
            said = f"it cannot be read: {error.strerror or error}"
            yield Fault("folder", path.name, said, f"check who may read {path}")


@dataclass(frozen=True)
class _Entry:
    """The folder of a run, campaign or sweep."""

    view: StoreView
    path: Path

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong with its files."""
        files = [path for path in walk(self.path) if not is_hidden(path.name)]
        in_run = self.path.parent == self.view.places.runs.root and self.path.is_dir()
        kept = (
            {self.path / name for name in ("config.toml", "provenance.json")} if in_run else set()
        )
        if in_run:
            yield from self._run(RunFolder(self.path), files)
        for file in files:
            read = _READERS.get(file.suffix)
            if file.is_symlink():
                yield self._fault("link", file, "a link, which no export follows", is_wrong=False)
            elif read is not None and file not in kept and (said := _damage(read, file)):
                yield self._fault("damaged file", file, said, repair=self._aside(file))

    def _run(self, folder: RunFolder, files: list[Path]) -> Iterator[Fault]:
        if not folder.config_path.exists():
            has_weights = {folder.generator_path, folder.checkpoint_path} & set(files)
            if files:
                yield Fault(
                    "no run",
                    folder.name,
                    f"files without config.toml, such as {files[0].name}",
                    "restore config.toml from a copy, or move the folder away",
                    repair=Repair("set the folder aside", partial(self._moved, folder.path)),
                    is_wrong=bool(has_weights),
                )
            return
        for read in (folder.config, folder.trained_on):
            try:
                read()
            except NeuroqganError as error:
                yield Fault("run", folder.name, shorten(error), error.hint)
        for path in folder.rasters_path.glob("*.npz"):
            if said := _other_raster(folder, path):
                yield self._fault("damaged raster", path, said, repair=self._aside(path))
        if folder.state is RunState.EMPTY and not self._is_busy(folder):
            yield Fault(
                "no weights",
                folder.name,
                "neither weights nor a checkpoint",
                f"neuroqgan train --name {folder.name} --resume, or neuroqgan runs remove "
                f"{folder.name}",
            )

    def _is_busy(self, folder: RunFolder) -> bool:
        try:
            with self.view.places.runs.locked(folder):
                return False
        except LockedError:
            return True
        except StorageError:
            # One that cannot be written is not being trained.
            return False

    def _aside(self, file: Path) -> Repair:
        return Repair("set the file aside; what it held is made again", partial(self._moved, file))

    def _moved(self, path: Path) -> str:
        return f"set aside in {quarantine_file(self.view.places, path)}"

    def _fault(
        self,
        kind: str,
        file: Path,
        said: str,
        *,
        repair: Repair | None = None,
        is_wrong: bool = True,
    ) -> Fault:
        name = str(file.relative_to(self.path.parent))
        return Fault(kind, name, said, repair=repair, is_wrong=is_wrong)


def _other_raster(folder: RunFolder, path: Path) -> str:
    """Compare a raster with what was written down when it was sampled; empty if it is the same."""
    try:
        how = how_sampled(folder, path)
        if how is None or how.sha256 is None or spikes_sha256(load(path)) == how.sha256:
            return ""
    except NeuroqganError:
        # Whichever file is damaged is found as such.
        return ""
    return "other spikes than those that were sampled: another SHA-256"


def _damage(read: Callable[[Path], str], file: Path) -> str:
    try:
        return read(file)
    except FileNotFoundError:
        # Replaced or removed meanwhile.
        return ""
    except OSError:
        raise
    except (*DAMAGE, CheckpointError) as error:
        return f"damaged: {shorten(error)}"


def _read_json(file: Path) -> str:
    json.loads(file.read_text(encoding="utf-8"))
    return ""


def _read_zip(file: Path) -> str:
    with zipfile.ZipFile(file) as archive:
        broken = archive.testzip()
    return "" if broken is None else f"damaged: {ascii(broken)[:60]}"


def _read_weights(file: Path) -> str:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="np") as weights:
            for name in weights.keys():  # noqa: SIM118  # not iterable
                weights.get_tensor(name)
    except SafetensorError as error:
        return f"damaged: {shorten(error)}"
    return ""


_READERS: dict[str, Callable[[Path], str]] = {
    ".json": _read_json,
    ".npz": _read_zip,
    ".zip": _read_zip,
    ".safetensors": _read_weights,
}
