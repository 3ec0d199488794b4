"""An orderly end on Ctrl-C."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C or SIGTERM into a question that a training asks after each step.

    A second Ctrl-C interrupts at once. Outside the main thread signals are left alone.

    Yields
    ------
    Callable
        Whether somebody asked for an end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    was_asked = False

    def remember(number: int, frame: Any) -> None:
        nonlocal was_asked
        if was_asked:
            signal.default_int_handler(number, frame)
        was_asked = True

    kept = {number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: was_asked
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
