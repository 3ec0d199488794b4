"""Where a raster comes from, for formats that can say so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Provenance:
    """Where a raster comes from.

    Parameters
    ----------
    is_synthetic
        Whether it was generated, and not recorded from neurons; None if that is not known.
    facts
        Whatever else is known, by name: ``run``, ``preset``, ``backend``, ``jobs`` and so on.

    Examples
    --------
    >>> Provenance(is_synthetic=True, facts={"run": "mine", "backend": "aer"}).summary
    'synthetic, of run mine, sampled on aer'
    """

    is_synthetic: bool | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """What matters most, in words."""
        words = {True: "synthetic", False: "recorded", None: "of unknown origin"}
        named = {"run": "of run {}", "backend": "sampled on {}", "provider_jobs": "as job {}"}
        more = [text.format(self.facts[key]) for key, text in named.items() if key in self.facts]
        return ", ".join([words[self.is_synthetic], *more])
