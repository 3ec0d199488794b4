"""A run is there as a whole or not at all, wherever a process dies."""

from __future__ import annotations

import os
import pathlib
import shutil
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from neuroqgan.errors import RunExistsError, StorageError
from neuroqgan.runs import pretrained
from neuroqgan.runs.config import RunConfig
from neuroqgan.runs.config_file import build_config
from neuroqgan.runs.folder import RunFolder, RunState
from neuroqgan.runs.stages import load_trained
from neuroqgan.runs.store import RunStore

ENTRY = pretrained.available()[0]
NAME = "made"
_KILLED = 9


def _install(store: RunStore) -> None:
    config = ENTRY.run_config(build_config({"name": NAME}))
    with store.staged(NAME) as draft:
        pretrained.install(ENTRY, draft, config, None)


def _in_child(work: Callable[[], object], prepare: Callable[[], object]) -> int:
    """Do work in a process of its own, and return its exit code."""
    with warnings.catch_warnings():
        # Of forks beside threads: this one writes files and does nothing else.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        code = 1
        try:
            prepare()
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _die_before_move(number: int) -> None:
    """Let this process die just before a file, or a folder, gets its name."""
    moves = 0

    def dying(move: Callable[..., Path]) -> Callable[..., Path]:
        def counted(*arguments: object) -> Path:
            nonlocal moves
            moves += 1
            if moves == number:
                os._exit(_KILLED)
            return move(*arguments)

        return counted

    pathlib.Path.replace = dying(pathlib.Path.replace)  # type: ignore[method-assign]
    pathlib.Path.rename = dying(pathlib.Path.rename)  # type: ignore[method-assign]


def _load(folder: RunFolder) -> None:
    config, made = folder.config(), folder.trained_on()
    load_trained(folder, config, made.n_neurons, made.bin_width)


def test_weights_of_the_package_are_a_run_only_when_all_of_it_is_there(own_home: Path) -> None:
    store = RunStore()
    codes = []
    for number in range(1, 6):
        codes.append(_in_child(lambda: _install(store), lambda n=number: _die_before_move(n)))
        found = store.find(NAME)
        if found is not None:
            # Four moves make it: weights, provenance, configuration, and the folder itself.
            assert codes == [_KILLED] * 4 + [0]
            assert found.state is RunState.TRAINED
            _load(found)
            break
        assert store.list() == []
    assert codes[-1] == 0
    left = list(store.root.glob(".new-*"))
    assert len(left) == 4
    # A process that makes a run right now is left alone; one that is gone is cleared away.
    store.sweep()
    assert list(store.root.glob(".new-*")) == left
    for path in left:
        os.utime(path, (time.time() - 3600,) * 2)
    with store.locked(RunFolder(left[0])):
        store.sweep()
        assert list(store.root.glob(".new-*")) == left[:1]


def test_what_fails_while_a_run_is_made_leaves_nothing(own_home: Path) -> None:
    store = RunStore()

    def fail() -> None:
        with store.staged(NAME) as draft:
            draft.write_provenance({})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [path.name for path in store.root.iterdir() if path.is_dir()] == []
    _install(store)
    with pytest.raises(RunExistsError, match="exists already"), store.staged(NAME):
        pass

    def come_second() -> None:
        with store.staged("other") as draft:
            draft.write_config(RunConfig())
            shutil.copytree(store.get(NAME).path, store.root / "other")

    # Whoever comes second finds the name taken, and spoils nothing.
    with pytest.raises(RunExistsError, match="exists already"):
        come_second()
    _load(store.get("other"))


@pytest.mark.parametrize("deleted", ["config.toml", "generator.safetensors"])
def test_a_run_that_is_half_removed_is_gone(own_home: Path, deleted: str) -> None:
    store = RunStore()
    _install(store)

    def die_while_deleting() -> None:
        def delete_one(path: Path) -> None:
            (path / deleted).unlink()
            os._exit(_KILLED)

        shutil.rmtree = delete_one  # type: ignore[assignment]

    assert _in_child(lambda: store.remove(NAME), lambda: _die_before_move(1)) == _KILLED
    _load(store.get(NAME))
    assert _in_child(lambda: store.remove(NAME), die_while_deleting) == _KILLED
    assert store.find(NAME) is None
    assert store.list() == []
    assert len(list(store.root.glob(".removed-*"))) == 1
    # The next run of that name has nothing of the old one, which is cleared away.
    with store.staged(NAME) as draft:
        assert [path.name for path in draft.path.iterdir()] == [".lock"]
        draft.write_config(RunConfig())
    assert store.get(NAME).state is RunState.EMPTY
    assert list(store.root.glob(".removed-*")) == []


def test_a_folder_with_something_else_is_no_place_for_a_run(own_home: Path) -> None:
    store = RunStore()
    folder = RunFolder(store.root / NAME)
    folder.path.mkdir(parents=True)
    # What a start that was killed leaves says nothing.
    folder.write_provenance({})
    folder.lock_path.touch()
    (folder.path / ".config.toml.0.part").touch()
    assert store.check_free(NAME) == folder
    for name in ("generator.safetensors", "checkpoint.safetensors", "notes.txt"):
        (folder.path / name).write_text("precious")
        for make in (store.check_free, store.create, lambda n: store.staged(n).__enter__()):
            with pytest.raises(RunExistsError, match="not empty") as caught:
                make(NAME)
            assert "move the folder away" in caught.value.hint
        assert (folder.path / name).read_text() == "precious"
        (folder.path / name).unlink()
    _install(store)
    _load(store.get(NAME))


def test_a_run_that_cannot_be_renamed_stays(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RunStore()
    _install(store)

    def refuse(*_: object) -> Path:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(pathlib.Path, "rename", refuse)
        with pytest.raises(StorageError, match="cannot be removed"):
            store.remove(NAME)
    _load(store.get(NAME))


def test_names_that_are_hidden_are_no_runs(own_home: Path) -> None:
    store = RunStore()
    for name in (".new-a-1", ".removed-a-1"):
        (store.root / name).mkdir(parents=True)
        RunFolder(store.root / name).write_config(RunConfig())
        assert store.find(name) is None
    assert store.list() == []
