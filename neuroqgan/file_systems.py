"""Which file system a folder is on: one of this machine, or one that several machines share.

On a shared one, memory that processes share through a file is shared by those of one machine only,
and locks may hold on one machine only.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from neuroqgan.errors import ConfigError

ENVIRONMENT_VARIABLE = "NEUROQGAN_FILE_SYSTEM"
"""Says ``network`` or ``local`` where the type of the file system is not recognised."""

NETWORK = frozenset(
    {
        *("9p", "acfs", "afpfs", "afs", "autofs", "beegfs", "ceph", "cifs", "coda", "cvfs", "dfs"),
        *("drvfs", "fhgfs", "gfs", "gfs2", "gpfs", "glusterfs", "lustre", "mmfs", "ncpfs", "nfs"),
        *("nfs3", "nfs4", "ocfs2", "orangefs", "panfs", "prl_fs", "pvfs2", "smb", "smb2", "smb3"),
        *("smbfs", "sshfs", "vboxsf", "virtiofs", "vmhgfs", "wekafs", "webdav"),
    }
)
"""Types of file systems that several machines may share."""

BUCKETS = frozenset(
    {
        *("davfs", "davfs2", "fuse.blobfuse", "fuse.blobfuse2", "fuse.davfs2", "fuse.gcsfuse"),
        *("fuse.geesefs", "fuse.goofys", "fuse.mount-s3", "fuse.mountpoint-s3", "fuse.ossfs"),
        *("fuse.rclone", "fuse.s3backer", "fuse.s3fs", "fuse.s3ql"),
    }
)
"""Types that show an object store as folders: two machines can both create the same file there."""

# File systems in user space that lie on a disk of this machine.
_LOCAL_FUSE = frozenset(
    {
        *("fuse.bindfs", "fuse.cryfs", "fuse.encfs", "fuse.exfat", "fuse.fuse-overlayfs"),
        *("fuse.gocryptfs", "fuse.lxcfs", "fuse.mergerfs", "fuse.ntfs", "fuse.ntfs-3g"),
        *("fuse.portal", "fuse.unionfs", "fuse.unionfs-fuse", "fuse.zfs"),
    }
)
_IS_WINDOWS: bool = sys.platform == "win32"
_NAMES = {"network": True, "local": False}


@dataclass(frozen=True)
class FileSystem:
    """What is known about the file system of a folder.

    Parameters
    ----------
    kind
        Its type, such as ``ext4`` or ``nfs4``; empty if that is not known.
    is_network
        Whether other machines may use it at the same time.
    is_bucket
        Whether it is an object store that is shown as folders.
    is_assumed
        Whether the environment variable ``NEUROQGAN_FILE_SYSTEM`` says so, whatever the type is.
    """

    kind: str
    is_network: bool
    is_bucket: bool = False
    is_assumed: bool = False

    def __str__(self) -> str:
        if not self.is_assumed:
            return self.kind or "of unknown type"
        place = "network" if self.is_network else "local"
        return f"{self.kind or 'of unknown type'}, {ENVIRONMENT_VARIABLE}={place}"


def file_system(folder: Path) -> FileSystem:
    """Return the file system of a folder.

    A type of user space (FUSE) that is not known counts as shared: what neuroqgan does on a shared
    file system is right on any, only slower.

    Parameters
    ----------
    folder
        One that exists, or will: then that of the closest one above it.

    Raises
    ------
    ConfigError
        If ``NEUROQGAN_FILE_SYSTEM`` is neither ``network`` nor ``local``.

    Examples
    --------
    >>> from pathlib import Path
    >>> file_system(Path.cwd()).is_bucket
    False
    """
    kind = type_of(folder)
    named = os.environ.get(ENVIRONMENT_VARIABLE, "").strip().lower()
    if named:
        if named not in _NAMES:
            raise ConfigError(
                f"{ENVIRONMENT_VARIABLE} is neither network nor local.",
                expected="network, local, or nothing: then the type of the file system decides",
                got=repr(named[:40]),
                hint=f"unset {ENVIRONMENT_VARIABLE}",
            )
        return FileSystem(kind, _NAMES[named], is_assumed=True)
    is_bucket = kind in BUCKETS
    is_fuse = kind.startswith("fuse.") or kind in {"fuse", "macfuse", "osxfuse"}
    shared = kind in NETWORK or is_bucket or (is_fuse and kind not in _LOCAL_FUSE)
    return FileSystem(kind, shared or _is_remote_drive(folder), is_bucket)


def type_of(folder: Path) -> str:
    """Return the type of the file system of a folder, in small letters; empty if it is not known.

    Parameters
    ----------
    folder
        One that exists, or will.

    Examples
    --------
    >>> from pathlib import Path
    >>> type_of(Path.cwd()).islower()
    True
    """
    mounted = _mounted_at(folder)
    return mounted[0] if mounted else ""


def _mounted_at(folder: Path) -> tuple[str, str] | None:
    """Return type and options of the file system that a folder is on."""
    import psutil

    folder = folder.resolve()
    found = [
        (len(Path(part.mountpoint).parts), index, part.fstype.lower(), part.opts)
        for index, part in enumerate(psutil.disk_partitions(all=True))
        if folder.is_relative_to(part.mountpoint)
    ]
    # Of several on one mount point, the last one mounted is seen.
    return max(found)[2:] if found else None


def _is_remote_drive(folder: Path) -> bool:
    """Whether a folder is on another machine's disk, which on Windows has the type of that disk."""
    if not _IS_WINDOWS:
        return False
    mounted = _mounted_at(folder)
    is_share = folder.resolve().drive.startswith("\\\\")
    return is_share or (mounted is not None and "remote" in mounted[1].split(","))
