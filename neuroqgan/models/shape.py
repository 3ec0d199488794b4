"""Hyper-parameters of a generator, declared once: for Python, options and files alike.

Nothing heavy is imported here, so that the command line lists its options without torch.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Entangling = Literal["line", "ring", "none"]


def hyper_parameter(
    default: Any, *, key: str, help: str, ge: int | None = None, le: int | None = None
) -> Any:
    """Declare a hyper-parameter of a `Shape`.

    Parameters
    ----------
    default
        Its default.
    key
        Its name in configuration files; the option is the same with hyphens.
    help
        What it means, as a phrase that stands on its own.
    ge, le
        Limits of a number, both allowed.
    """
    return Field(default, ge=ge, le=le, description=help, json_schema_extra={"key": key})


class Shape(BaseModel):
    """Hyper-parameters of one family of generators, with their defaults, limits and help.

    A family derives its own class and declares each hyper-parameter with `hyper_parameter`. The
    options of the command line and the keys of configuration files are made from these
    declarations (`neuroqgan.models.registry.hyper_parameters`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CellShape(Shape):
    """Hyper-parameters of generators made of cells: a circuit per group of neurons and bin."""

    n_layers: int = hyper_parameter(3, key="layers", help="Layers of rotations in each cell", ge=1)
    group_size: int = hyper_parameter(
        10, key="group_size", help="Largest number of neurons that share a cell", ge=1, le=12
    )
    entangling: Entangling = hyper_parameter(
        "line", key="entangling", help="Which neighbouring qubits of a cell CZ gates join"
    )
