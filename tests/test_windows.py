"""Nothing that only POSIX has lies on the way of a Windows user.

No test here runs on Windows: what calls the package makes is read from its source, and places that
depend on the system are run as if this were Windows.
"""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from neuroqgan.data.untrusted import child, parsing
from neuroqgan.errors import ConfigError, RecordingError
from neuroqgan.jobs import owner
from neuroqgan.runs import store
from neuroqgan.runs.store import RunStore
from tests.imports import module_name, paths

MODULES = {
    *("crypt", "curses", "fcntl", "grp", "nis", "posix", "posixpath", "pty", "pwd", "readline"),
    *("resource", "spwd", "syslog", "termios", "tty"),
}
"""Modules that Python has on POSIX only."""

_OS = (
    "fork forkpty register_at_fork posix_spawn spawnlp spawnvp wait wait3 wait4 waitid "
    "waitpid nice getuid geteuid getgid getegid getgroups setuid setgid setsid getsid getpgid "
    "getpgrp setpgid killpg uname getloadavg sysconf confstr sched_getaffinity "
    "sched_setaffinity sched_yield statvfs fstatvfs chown fchown lchown fchmod lchmod chroot "
    "mkfifo mknod openpty ttyname fchdir lockf sync fdatasync posix_fallocate posix_fadvise "
    "sendfile getxattr setxattr listxattr removexattr O_NOFOLLOW O_DIRECTORY O_CLOEXEC "
    "O_NONBLOCK O_SYNC WIFEXITED WEXITSTATUS WNOHANG initgroups ctermid tcgetpgrp pread "
    "pwrite readv writev memfd_create eventfd "
)
NAMES = {
    "os": {*_OS.split(), "kill"},
    "signal": {
        *("SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGSTOP"),
        *("SIGTSTP", "SIGUSR1", "SIGUSR2", "SIGWINCH", "alarm", "getitimer", "pause", "sigwait"),
        *("pthread_kill", "pthread_sigmask", "setitimer", "siginterrupt", "sigpending"),
    },
    "time": {"tzset", "clock_gettime", "clock_getres", "pthread_getcpuclockid"},
    "socket": {"AF_UNIX", "SO_REUSEPORT", "socketpair"},
    "select": {"poll", "epoll", "kqueue", "select"},
}
"""What their modules have on POSIX only; `os.kill` and `select.select` are others on Windows."""

# Whatever the object is.
METHODS = {"symlink_to", "hardlink_to", "readlink", "chmod", "lchmod", "is_mount"}
ARGUMENTS = {"preexec_fn", "pass_fds", "start_new_session", "process_group", "umask"}
TEXT = {"open", "read_text", "write_text", "fdopen", "TextIOWrapper"}
_PATHS = ("/proc", "/dev/", "/sys/", "/tmp", "/etc/", "/usr/", "/var/")  # noqa: S108  # looked for

ALLOWED = {
    ("neuroqgan.atomic", "fcntl"): "not reached on Windows",
    ("neuroqgan.data.untrusted.sealed_zip", "open without an encoding"): "members, which are bytes",
    ("neuroqgan.atomic", ".hardlink_to"): "another way where a file system has no links",
    ("neuroqgan.data.untrusted.parsing", "resource"): "inside a try for ImportError",
    ("neuroqgan.data.untrusted.memory", "/sys/fs/cgroup"): "inside a try for OSError",
    ("neuroqgan.workers.processors", "/sys/fs/cgroup/cpu.max"): "inside a try for OSError",
    ("neuroqgan.workers.processes", "os.setpgid"): "only where it exists",
    ("neuroqgan.workers.slurm", ".chmod"): "there is no Slurm on Windows",
    ("neuroqgan.jobs.shared_sqlite", "fcntl"): "inside a try for ModuleNotFoundError",
    ("neuroqgan.jobs.users", "os.getuid"): "only where it exists",
    ("neuroqgan.private_files", "os.geteuid"): "not reached on Windows",
    ("neuroqgan.private_files", ".chmod"): "not reached on Windows",
    ("neuroqgan.jobs.owner", "os.kill"): "not reached on Windows",
    ("neuroqgan.jobs.owner", ".readlink"): "on Linux only",
    ("neuroqgan.jobs.owner", "/proc/sys/kernel/random/boot_id"): "on Linux only",
    ("neuroqgan.jobs.owner", "/proc/self/ns/pid"): "on Linux only",
    ("neuroqgan.jobs.owner", "/proc/self"): "on Linux only",
    ("neuroqgan.jobs.owner", "/proc/"): "on Linux only",
}
"""Uses that are guarded, with how; the tests below run those that decide by the system."""


def _uses(tree: ast.AST) -> Iterator[str]:
    """Yield what only POSIX has, and text that is read or written in the system's encoding."""
    docstrings = {id(text) for node in ast.walk(tree) for text in _docstring(node)}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names if name.name in MODULES)
            case ast.ImportFrom(module=str(module), names=names):
                if module in MODULES:
                    yield module
                known = NAMES.get(module, set())
                yield from (f"{module}.{name.name}" for name in names if name.name in known)
            case ast.Attribute(value=ast.Name(id=module), attr=name) if name in NAMES.get(
                module, ()
            ):
                yield f"{module}.{name}"
            case ast.Attribute(attr=name) if name in METHODS:
                yield f".{name}"
            case ast.Call():
                yield from _calls(node)
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                if text.startswith(_PATHS):
                    yield text


def _calls(node: ast.Call) -> Iterator[str]:
    named = {keyword.arg for keyword in node.keywords}
    yield from sorted(named & ARGUMENTS)
    function = node.func
    name = getattr(function, "attr", getattr(function, "id", ""))
    first = [part.value for part in node.args if isinstance(part, ast.Constant)]
    mode = [word for word in first if isinstance(word, str) and set(word) <= set("rwxabt+")]
    is_binary = any("b" in word for word in mode)
    if name in TEXT and "encoding" not in named and not is_binary and _is_of_files(node):
        yield f"{name} without an encoding"


def _is_of_files(node: ast.Call) -> bool:
    """Whether a call opens a file: other things are opened as well, such as an archive."""
    function = node.func
    if isinstance(function, ast.Name):
        return function.id in {"open", "fdopen", "TextIOWrapper"}
    assert isinstance(function, ast.Attribute)
    modes = [part.value for part in node.args if isinstance(part, ast.Constant)]
    return function.attr != "open" or any(mode in {"r", "w", "a", "x"} for mode in modes)


def _docstring(node: ast.AST) -> list[ast.expr]:
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    body = node.body if isinstance(node, kinds) else []
    return [body[0].value] if body and isinstance(body[0], ast.Expr) else []


def test_what_only_posix_has_is_guarded() -> None:
    found = {
        (module_name(path), use)
        for path in paths()
        for use in _uses(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found - set(ALLOWED) == set(), "is it guarded? Then say how in ALLOWED"
    assert set(ALLOWED) - found == set(), "these are gone"


@pytest.mark.parametrize(
    ("code", "uses"),
    [
        ("import fcntl", {"fcntl"}),
        ("from resource import setrlimit", {"resource"}),
        ("from os import fork", {"os.fork"}),
        ("def f():\n    os.kill(1, signal.SIGKILL)", {"os.kill", "signal.SIGKILL"}),
        ("Path('a').symlink_to('b')", {".symlink_to"}),
        ("run(['x'], preexec_fn=f)", {"preexec_fn"}),
        ("x = '/proc/a'", {"/proc/a"}),
        ("'''/proc is a folder'''", set()),
        ("open('a')", {"open without an encoding"}),
        ("open('a', 'rb'); open('a', encoding='utf-8')", set()),
        ("p.open('w')", {"open without an encoding"}),
        ("p.open('wb'); archive.open('name'); device.open()", set()),
        ("p.read_text()", {"read_text without an encoding"}),
        ("os.getpid(); signal.SIGTERM", set()),
    ],
)
def test_uses_are_found(code: str, uses: set[str]) -> None:
    assert set(_uses(ast.parse(code))) == uses


def test_names_of_files_have_no_colon(tmp_path: Path) -> None:
    from neuroqgan.runs.folder import RunFolder

    path = RunFolder(tmp_path).raster_path("acme:small", 3, 20)
    assert ":" not in path.name


@pytest.mark.parametrize("name", ["nul", "Con", "com1.x", "mine."])
def test_names_that_windows_has_taken(own_home: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be called"):
        RunStore().create(name)
    assert RunStore().create("null").name == "null"


def test_a_folder_is_renamed_without_its_lock(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows renames no folder in which a file is open."""
    monkeypatch.setattr(store, "_LOCKS_PIN_FOLDERS", True)
    runs, held = RunStore(), []

    def rename(path: Path, target: Path) -> Path:
        with runs.locked(runs.get("mine")):
            held.append(False)
        os.rename(path, target)  # noqa: PTH104  # the method is this very function
        return target

    for name in ("mine", "busy"):
        (runs.create(name).path / "config.toml").touch()
    monkeypatch.setattr(Path, "rename", rename)
    runs.remove("mine")
    assert held == [False]
    assert runs.find("mine") is None


def test_owners_of_jobs_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "_IS_LINUX", False)
    monkeypatch.setattr(owner, "_IS_WINDOWS", True)
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("a signal of 0 ends it on Windows"))
    mine = owner.owner_of(os.getpid())
    assert "/proc" not in mine
    assert owner.can_be_judged(mine)
    now = owner.timedelta()  # any time will do: the process is looked at
    assert owner.is_alive(mine, now, now)  # type: ignore[arg-type]
    place, _, started = mine.rsplit(":", 2)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    assert not owner.is_alive(f"{place}:{dead.pid}:{started}", now, now)  # type: ignore[arg-type]


def test_parsing_without_limits_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    parsing._limit("RLIMIT_AS", 2**30)


@pytest.mark.parametrize(
    ("code", "error", "told"),
    [
        (0xC0000005, RecordingError, "ended by Windows, status 0xc0000005"),
        (-signal.SIGSEGV, RecordingError, "ended by signal 11"),
        (0xC000013A, KeyboardInterrupt, None),
        (-signal.SIGINT, KeyboardInterrupt, None),
        (1, RuntimeError, "failed"),
    ],
)
def test_how_a_parser_in_a_process_of_its_own_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int, error: type, told: str | None
) -> None:
    ended = subprocess.CompletedProcess([], code, stderr=b"")
    monkeypatch.setattr(child.subprocess, "run", lambda *_, **__: ended)
    with pytest.raises(error, match=told):
        child.parse_apart("x", "a file", tmp_path / "a.mat", tmp_path / "b")
