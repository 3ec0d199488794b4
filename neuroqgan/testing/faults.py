"""Faults to order: what goes wrong with the next requests of a route."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class Fault:
    """What happens instead of a plain answer.

    `Fault.DROP_BEFORE`, `DROP_AFTER`, `MALFORMED`, `MALFORMED_BEFORE` and `REDIRECT` are ready
    made; `status`, `status_after`, `slow`, `slow_before`, `misfit` and `edited` make the others.
    """

    kind: str
    code: int = 0
    seconds: float = 0.0
    headers: tuple[tuple[str, str], ...] = ()
    message: str = "Ordered by a test."

    DROP_BEFORE: ClassVar[Fault]
    DROP_AFTER: ClassVar[Fault]
    MALFORMED: ClassVar[Fault]
    MALFORMED_BEFORE: ClassVar[Fault]
    REDIRECT: ClassVar[Fault]

    @classmethod
    def status(
        cls, code: int, message: str = "Ordered by a test.", retry_after: float | None = None
    ) -> Fault:
        """Answer with an HTTP status; nothing is done."""
        return cls("status", code, headers=_retry_after(retry_after), message=message)

    @classmethod
    def status_after(
        cls, code: int, message: str = "Ordered by a test.", retry_after: float | None = None
    ) -> Fault:
        """Do what was asked, then answer with an HTTP status as if it had failed."""
        return cls("status_after", code, headers=_retry_after(retry_after), message=message)

    @classmethod
    def slow(cls, seconds: float) -> Fault:
        """Do what was asked at once, and answer late."""
        return cls("slow", seconds=seconds)

    @classmethod
    def slow_before(cls, seconds: float) -> Fault:
        """Do what was asked late, then answer."""
        return cls("slow_before", seconds=seconds)

    @classmethod
    def misfit(cls, what: str) -> Fault:
        """Return a result of another shape: one of `neuroqgan.testing.misfits.MISFITS`."""
        return cls("misfit", message=what)

    @classmethod
    def edited(cls, path: str, value: object) -> Fault:
        """Answer with a document that has another value at a dotted path; `"removed"` for none."""
        return cls("edited", message=json.dumps([path, value]))

    @classmethod
    def parse(cls, value: str | dict[str, Any]) -> Fault:
        """Read a fault from JSON: `to_json` of one, or `"drop_before"`, `"status:503"`."""
        if isinstance(value, dict):
            headers = tuple((str(k), str(v)) for k, v in value.get("headers", ()))
            return cls(**{**value, "headers": headers})
        kind, _, number = value.partition(":")
        if kind.startswith("slow"):
            return cls(kind, seconds=float(number))
        return cls(kind, code=int(number or 0))

    def to_json(self) -> dict[str, Any]:
        """Return what `parse` reads."""
        return asdict(self)

    @property
    def acts_first(self) -> bool:
        """Whether the request is carried out."""
        return self.kind not in {"status", "drop_before", "malformed_before"}


Fault.DROP_BEFORE = Fault("drop_before")
Fault.DROP_AFTER = Fault("drop_after")
Fault.MALFORMED = Fault("malformed")
Fault.MALFORMED_BEFORE = Fault("malformed_before")
Fault.REDIRECT = Fault("redirect")


def _retry_after(seconds: float | None) -> tuple[tuple[str, str], ...]:
    return () if seconds is None else (("Retry-After", f"{seconds:g}"),)


@dataclass
class _Order:
    fault: Fault
    times: int
    skip: int


@dataclass
class Faults:
    """Orders by route; the first order of a route is served before the second."""

    _orders: dict[str, list[_Order]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def order(self, route: str, fault: Fault, times: int = 1, skip: int = 0) -> None:
        """Let `skip` requests of a route pass, then serve `fault` to the next `times`."""
        from neuroqgan.testing.routes import ROUTES

        known = {name for name, _, _ in ROUTES}
        if route not in known:
            raise ValueError(f"No such route: {route}. There are {sorted(known)}.")
        with self._lock:
            self._orders.setdefault(route, []).append(_Order(fault, times, skip))

    def clear(self) -> None:
        """Forget all orders."""
        with self._lock:
            self._orders.clear()

    def left(self, route: str) -> int:
        """Return how many faults are still to come on a route."""
        with self._lock:
            return sum(order.times for order in self._orders.get(route, []))

    def take(self, route: str) -> Fault | None:
        """Return the fault for a request that has arrived."""
        with self._lock:
            orders = self._orders.get(route)
            if not orders:
                return None
            first = orders[0]
            if first.skip:
                first.skip -= 1
                return None
            first.times -= 1
            if first.times <= 0:
                orders.pop(0)
            return first.fault
