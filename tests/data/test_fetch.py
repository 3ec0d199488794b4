from __future__ import annotations

import hashlib
import http.server
import threading
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import io

from neuroqgan.data.download.checksum import record_path
from neuroqgan.data.download.fetch import fetch_salamander, load_salamander, salamander_path
from neuroqgan.data.download.salamander import read_salamander
from neuroqgan.errors import ConfigError, DownloadError, RecordingError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """What the server offers: a recording of the right shape."""
    folder = tmp_path / "published"
    folder.mkdir()
    spikes = np.random.default_rng(0).random((3 * 953, 5)) < 0.05
    io.savemat(folder / "good.mat", {"data": spikes.astype(np.uint8)})
    io.savemat(folder / "other.mat", {"data": spikes[:-1].astype(np.uint8)})
    return folder


@pytest.fixture
def server(published: Path) -> Iterator[str]:
    """A local server, so that no test needs the internet."""
    handler = partial(_Quiet, directory=str(published))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_known_hash_is_checked_and_kept(server: str, published: Path, tmp_path: Path) -> None:
    folder, digest = tmp_path / "data", _digest(published / "good.mat")
    path = fetch_salamander(url=f"{server}/good.mat", known_hash=digest, folder=folder)
    assert path.read_bytes() == (published / "good.mat").read_bytes()
    assert _left(folder) == ["salamander.mat", "salamander.mat.sha256"]
    assert load_salamander(folder).spikes.shape == (3, 953, 5)
    # A second call does not ask the network.
    assert fetch_salamander(url="http://127.0.0.1:9/", folder=folder) == path


def test_a_wrong_hash_leaves_nothing(server: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with pytest.raises(DownloadError, match="not the one expected"):
        fetch_salamander(url=f"{server}/good.mat", known_hash="0" * 64, folder=folder)
    assert _left(folder) == []
    with pytest.raises(ConfigError, match="SHA-256"):
        fetch_salamander(url=f"{server}/good.mat", known_hash="abc", folder=folder)


def test_the_first_download_is_confirmed(server: str, published: Path, tmp_path: Path) -> None:
    folder, asked = tmp_path / "data", []
    with pytest.raises(DownloadError, match="not confirmed"):
        fetch_salamander(url=f"{server}/good.mat", folder=folder)

    def confirm(digest: str, size: int) -> bool:
        asked.append((digest, size))
        return len(asked) == 2

    for _ in range(1):
        with pytest.raises(DownloadError, match="not confirmed"):
            fetch_salamander(url=f"{server}/good.mat", folder=folder, confirm=confirm)
    assert _left(folder) == []
    fetch_salamander(url=f"{server}/good.mat", folder=folder, confirm=confirm)
    good = published / "good.mat"
    assert asked == 2 * [(_digest(good), good.stat().st_size)]


def test_a_changed_file_is_noticed_and_fetched_again(server: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    path = fetch_salamander(url=f"{server}/good.mat", folder=folder, confirm=lambda *_: True)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(DownloadError, match="not the file that was downloaded"):
        load_salamander(folder)
    # The hash of the first download is demanded, so nobody has to be asked.
    fetch_salamander(url=f"{server}/good.mat", folder=folder)
    assert path.read_bytes() == whole
    record_path(path).unlink()
    with pytest.raises(DownloadError, match="not the file"):
        load_salamander(folder)


def test_another_file_under_the_same_address(server: str, published: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    path = fetch_salamander(url=f"{server}/good.mat", folder=folder, confirm=lambda *_: True)
    path.unlink()
    io.savemat(published / "good.mat", {"data": np.eye(953, dtype=np.uint8)[:, :5]})
    with pytest.raises(DownloadError, match="not the one expected"):
        fetch_salamander(url=f"{server}/good.mat", folder=folder, confirm=lambda *_: True)


@pytest.mark.parametrize("known", [None, "0" * 64])
def test_nothing_is_parsed_that_nobody_vouched_for(
    server: str, tmp_path: Path, known: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[object] = []
    monkeypatch.setattr("neuroqgan.data.download.fetch.read_salamander", parsed.append)
    url = f"{server}/good.mat"
    with pytest.raises(DownloadError, match="not confirmed|not the one expected"):
        fetch_salamander(url=url, known_hash=known, folder=tmp_path, confirm=lambda *_: False)
    assert not parsed
    fetch_salamander(url=url, folder=tmp_path, confirm=lambda *_: not parsed)
    assert len(parsed) == 1


@pytest.mark.parametrize("name", ["other.mat", "missing.mat"])
def test_what_is_not_the_recording(server: str, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "data"
    with pytest.raises(DownloadError, match="not the salamander|could not be downloaded"):
        fetch_salamander(url=f"{server}/{name}", folder=folder, confirm=lambda *_: True)
    assert _left(folder) == []


def test_no_server(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="could not be downloaded") as caught:
        fetch_salamander(url="http://127.0.0.1:9/x.mat", folder=tmp_path, confirm=lambda *_: True)
    assert "the recording 'simulated'" in caught.value.hint


def test_a_folder_that_cannot_be_made(server: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError):
        fetch_salamander(url=f"{server}/good.mat", folder=tmp_path / "file" / "data")


def test_the_address_from_the_environment(
    server: str, tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUROQGAN_SALAMANDER_URL", f"{server}/good.mat")
    assert fetch_salamander(confirm=lambda *_: True) == own_home / "data" / "salamander.mat"
    assert salamander_path().is_file()


def test_the_shape_of_the_original_publication(tmp_path: Path) -> None:
    spikes = np.random.default_rng(1).random((2, 7, 953)) < 0.05
    io.savemat(tmp_path / "bint.mat", {"bint": spikes.astype(np.uint8)})
    raster = read_salamander(tmp_path / "bint.mat")
    assert np.array_equal(raster.spikes, spikes.transpose(0, 2, 1))
    io.savemat(tmp_path / "dense.mat", {"bint": np.ones((2, 7, 953), np.uint8)})
    with pytest.raises(RecordingError, match="not the salamander"):
        read_salamander(tmp_path / "dense.mat")


def test_the_shared_half_of_the_recording(shared_data: Path) -> None:
    raster = read_salamander(shared_data / "salamander_retina_train.mat")
    assert raster.spikes.shape == (149, 953, 50)
