"""Download of the public recording, with a checksum that is pinned and checked.

The default address is the 50-cell selection in the repository of Spike-GAN at a fixed commit. A
commit names its content, so an honest server cannot offer another file under this address. The
checksum of that file has not been confirmed by an independent source, so none is built in:
`PINNED_SHA256` is empty, and trust is placed at the first download. The user is shown the
SHA-256 and the size and confirms them, or gives a SHA-256 known from elsewhere. It is then kept
beside the file and checked whenever the recording is loaded.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from neuroqgan.data.download.checksum import (
    parse_sha256,
    record_path,
    record_sha256,
    recorded_sha256,
    sha256_of,
)
from neuroqgan.data.download.salamander import read_salamander
from neuroqgan.errors import DownloadError, InputError, RecordingError, StorageError
from neuroqgan.home import home

if TYPE_CHECKING:
    from neuroqgan.raster import SpikeRaster

SALAMANDER_URL = (
    "https://raw.githubusercontent.com/manuelmolano/Spike-GAN/"
    "76a1a2a829cb2c0792cf3e1247b87600b74bb3a4/"
    "data/retinal%20data/original_data_num_neurons_50_1.mat"
)
PINNED_SHA256: str | None = None
URL_VARIABLE = "NEUROQGAN_SALAMANDER_URL"

Confirm: TypeAlias = Callable[[str, int], bool]
"""Asks the user whether to keep a file with this SHA-256 and this many bytes."""

_FETCH_HINT = "neuroqgan data fetch salamander"


def salamander_path(folder: Path | None = None) -> Path:
    """Return where the recording is kept: in ``folder``, by default ``data`` in `home`."""
    return (folder or home() / "data") / "salamander.mat"


def fetch_salamander(
    *,
    url: str | None = None,
    known_hash: str | None = None,
    folder: Path | None = None,
    progress: bool = False,
    confirm: Confirm | None = None,
) -> Path:
    """Download the salamander recording, unless it is there already and unchanged.

    The file is downloaded to a temporary place; its checksum is compared or confirmed, then its
    content is checked, and only then does it take its place. If anything goes wrong, nothing new
    is left behind.

    Parameters
    ----------
    url
        Address; by default that in the environment variable ``NEUROQGAN_SALAMANDER_URL``, or
        else `SALAMANDER_URL`.
    known_hash
        SHA-256 that the file must have. By default that of an earlier download, or else
        `PINNED_SHA256` for the default address.
    folder
        Folder for the file; see `salamander_path`.
    progress
        Whether to draw a progress bar on the standard error stream.
    confirm
        Called if there is no SHA-256 to compare with; without it such a file is refused.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ConfigError
        If ``known_hash`` is not a SHA-256.
    DownloadError
        If the address does not answer with a file.
    DownloadError
        If the checksum differs, or was not confirmed.
    DownloadError
        If the file is not the recording.
    StorageError
        If the folder cannot be written.
    """
    target = salamander_path(folder)
    wanted = parse_sha256(known_hash) if known_hash is not None else None
    recorded = recorded_sha256(target)
    if recorded in (wanted, recorded if wanted is None else None) and _is_intact(target, recorded):
        return target
    address = url or os.environ.get(URL_VARIABLE) or SALAMANDER_URL
    expected = wanted or recorded or (PINNED_SHA256 if address == SALAMANDER_URL else None)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as aside:
            arrived = _download(address, Path(aside), progress)
            digest = sha256_of(arrived)
            if expected is not None:
                _check_hash(address, digest, expected, recorded_at=record_path(target))
            else:
                _ask(address, digest, arrived.stat().st_size, confirm)
            # Only now: a parser must not be given bytes that nobody vouched for.
            _check_content(address, arrived)
            arrived.replace(target)
            record_sha256(target, digest)
    except OSError as error:
        raise StorageError(
            f"{target} cannot be written.",
            expected="an existing folder with free space and permission to write",
            got=error.strerror or str(error),
            hint="set NEUROQGAN_HOME to a folder that can be written",
        ) from error
    return target


def load_salamander(folder: Path | None = None) -> SpikeRaster:
    """Check the checksum of the downloaded recording, and read it.

    Parameters
    ----------
    folder
        Folder of the file; see `salamander_path`.

    Raises
    ------
    RecordingError
        If it has not been downloaded.
    DownloadError
        If it is not the file that was downloaded.
    """
    target = salamander_path(folder)
    if not target.is_file():
        raise RecordingError(
            "The salamander recording has not been downloaded.",
            expected=str(target),
            got="no such file",
            hint=_FETCH_HINT,
        )
    recorded = recorded_sha256(target)
    if not _is_intact(target, recorded):
        raise DownloadError(
            f"{target} is not the file that was downloaded.",
            expected=f"SHA-256 {recorded}"
            if recorded
            else f"its checksum in {record_path(target)}",
            got=f"SHA-256 {sha256_of(target)}" if recorded else "no checksum",
            hint=f"{_FETCH_HINT} downloads it again",
        )
    return read_salamander(target)


def _is_intact(target: Path, recorded: str | None) -> bool:
    return recorded is not None and target.is_file() and sha256_of(target) == recorded


def _download(address: str, folder: Path, progress: bool) -> Path:
    import pooch
    import requests

    from neuroqgan.data.download.progress import DownloadBar

    # Pooch would print each download and its hash; here the caller does.
    pooch.get_logger().setLevel("WARNING")
    downloader = pooch.HTTPDownloader(progressbar=DownloadBar() if progress else False)
    try:
        # The hash is checked later, where the error can say what to do.
        name = pooch.retrieve(
            address, known_hash=None, fname="arrived.mat", path=folder, downloader=downloader
        )
    except (requests.RequestException, ValueError) as error:
        raise DownloadError(
            "The salamander recording could not be downloaded.",
            expected=f"a file at {address}",
            got=f"{type(error).__name__}: {error}",
            hint=f"check the connection and repeat {_FETCH_HINT}, give another address as `url`, "
            "or use the recording 'simulated'",
        ) from error
    return Path(name)


def _check_hash(address: str, digest: str, expected: str, recorded_at: Path) -> None:
    if digest != expected:
        raise DownloadError(
            f"The file at {address} is not the one expected; it was not kept.",
            expected=f"SHA-256 {expected}",
            got=f"SHA-256 {digest}",
            hint=f"check the SHA-256 that you gave, or delete {recorded_at} if the new file is "
            "the right one",
        )


def _check_content(address: str, arrived: Path) -> None:
    try:
        read_salamander(arrived)
    except InputError as error:
        raise DownloadError(
            f"The file at {address} is not the salamander recording; it was not kept.",
            expected=error.expected,
            got=error.got,
            hint=f"{_FETCH_HINT} --url ADDRESS",
        ) from error


def _ask(address: str, digest: str, size: int, confirm: Confirm | None) -> None:
    if confirm is None or not confirm(digest, size):
        raise DownloadError(
            f"The file at {address} was not confirmed; it was not kept.",
            expected="a SHA-256 to compare with, or a confirmation",
            got=f"SHA-256 {digest}, {size:,} bytes",
            hint=f"{_FETCH_HINT} --sha256 {digest}",
        )
