"""Disks: full, full from one write on, read-only from one moment on."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tests.campaign.events import Events
from tests.campaign.faults.fault import Fault, Place

if TYPE_CHECKING:
    from tests.campaign.scenarios.scenario import Scenario
    from tests.campaign.world import World

_PAGE = 4096
_MOST_PAGES = 100
_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
# What the kernel may refuse; it never refuses SQL or a request.
_ON_FILES = ("open", "os.rename", "os.link", "os.mkdir", "before fsync", "after fsync")
_NEW_MOUNTS, _BIND, _REMOUNT, _READ_ONLY, _RECURSIVE, _PRIVATE = (
    *(0x20000, 4096, 32, 1),
    *(16384, 1 << 18),
)


class FullDisk(Fault):
    """A small file system with some pages left."""

    name = "full disk"

    def missing(self, world: World) -> str | None:
        return None if world.small_disk is not None else "a tmpfs, which root may mount"

    def draw(self, chance: Random, scenario: Scenario, n_events: int, seconds: float) -> Place:
        return {"pages": chance.randrange(_MOST_PAGES), "small_disk": True}

    def order(self, world: World, place: Place) -> None:
        world.fill(place["pages"] * _PAGE)

    def lift(self, world: World, home: Path, place: Place) -> None:
        world.fill(None)


class FailedWrite(Fault):
    """One write that fails, or all from one on."""

    name = "failed write"

    def draw(self, chance: Random, scenario: Scenario, n_events: int, seconds: float) -> Place:
        return {
            "at": chance.randrange(n_events),
            "error": chance.choice(_ERRORS),
            "lasting": chance.random() < 0.5,
        }

    def arm(self, home: Path, place: Place) -> Events:
        struck = False

        def fail(name: str) -> None:
            nonlocal struck
            if name.startswith(_ON_FILES) and (place["lasting"] or not struck):
                struck = True
                raise OSError(place["error"], os.strerror(place["error"]))

        return Events(home, place["at"], fail, lasting=True)


class ReadOnlyDisk(Fault):
    """The file system becomes read-only, for this process alone."""

    name = "read-only disk"

    def missing(self, world: World) -> str | None:
        return None if os.geteuid() == 0 else "root, who may mount"

    def arm(self, home: Path, place: Place) -> Events:
        return Events(home, place["at"], lambda _: _protect(home))


def _protect(home: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    where = os.fsencode(home)
    for done in (
        libc.unshare(_NEW_MOUNTS),
        libc.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None),
        libc.mount(where, where, None, _BIND, None),
        libc.mount(b"none", where, None, _BIND | _REMOUNT | _READ_ONLY, None),
    ):
        assert done == 0, os.strerror(ctypes.get_errno())
    os.chdir(home)
