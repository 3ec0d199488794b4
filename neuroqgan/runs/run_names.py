"""What makes two trainings the same, and the name of a run that follows from it.

Runs of earlier versions are found again, so names and values here stay those of version 0.1,
whatever a key is called today.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuroqgan.home import exists

if TYPE_CHECKING:
    from collections.abc import Mapping

# Bytes of the readable part of a name; it is those of a file's name that are limited, not letters.
_READABLE = 180

RELEASED: dict[str, Any] = {
    "layers": 1,
    "group_size": 10,
    "latents": 6,
    "own_latents": 3,
    "memory_qubits": 5,
    "mixing_layers": 48,
    "emission_qubits": 2,
    "entangling": "line",
}
"""What version 0.1 wrote for hyper-parameters that a preset does not have."""

# All other keys that version 0.1 began with; those that came later only count if they are unusual.
_ALWAYS = frozenset(
    {
        *("data", "array", "bin_width", "neurons", "bins", "preset"),
        *("gradient", "shots", "exact", "steps", "batch", "gradient_cells"),
        *("learning_rate", "critic_weight", "seed"),
        *RELEASED,
    }
)
_RENAMED_VALUES = {"past": {"one-bin": "bin"}}


def training_identity(values: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that decide the trained weights, as version 0.1 named them.

    Parameters
    ----------
    values
        Of a resolved configuration, only keys that decide the weights.
    usual
        Defaults of the same keys.
    """
    chosen = {
        key: value for key, value in values.items() if key in _ALWAYS or value != usual.get(key)
    }
    renamed = {
        key: _RENAMED_VALUES.get(key, {}).get(value, value) if isinstance(value, str) else value
        for key, value in chosen.items()
    }
    return RELEASED | renamed


def name_ending(identity: Mapping[str, Any]) -> str:
    """Return the end of a default name: the preset, and a hash of how it is trained.

    Parameters
    ----------
    identity
        See `training_identity`.
    """
    text = json.dumps(identity, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"-{identity['preset']}-{digest}"


def default_name(identity: Mapping[str, Any]) -> str:
    """Return a name that says what is trained, ending in a hash of how.

    Parameters
    ----------
    identity
        See `training_identity`.
    """
    path = Path(identity["data"])
    source = path.stem if exists(path) and path.is_file() else identity["data"]
    readable = "".join(c if c.isalnum() or c in "._-" else "-" for c in source)[:60]
    short = readable.encode()[:_READABLE].decode(errors="ignore")
    return f"{short.strip('._-') or 'recording'}{name_ending(identity)}"
