"""Readers that parse in a process of their own, which is forked here instead of started anew.

A new Python that imports NumPy and SciPy takes a second; a fork takes milliseconds, and can die
just as well. Everything else is as users have it: exit codes, limits, messages.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import traceback
from importlib import import_module
from pathlib import Path


def install() -> None:
    """Fork the processes of `neuroqgan.data.untrusted.child` from now on."""
    from neuroqgan.data.untrusted import child

    # Objects that no collection looks at are pages that no fork has to copy.
    gc.collect()
    gc.freeze()
    child.run_child = run_forked


def run_forked(child: str, arguments: list[str]) -> tuple[int, str]:
    """Run a module in a forked process; see `neuroqgan.data.untrusted.child.run_child`."""
    module = import_module(child)
    source, target, memory, *more = arguments
    # Of address space, of which this process has more than a new one.
    allowed = int(memory) + _address_space()
    with tempfile.TemporaryFile() as said:
        process = os.fork()
        if process == 0:
            gc.disable()
            code = 1
            try:
                os.dup2(said.fileno(), 2)
                sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
                code = module.main([source, target, str(allowed), *more])
            except BaseException:  # noqa: BLE001  # as Python does with an error in a script
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(process, 0)
        said.seek(0)
        return os.waitstatus_to_exitcode(status), said.read().decode("utf-8", "replace").strip()


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")
