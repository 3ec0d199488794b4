"""Hyper-parameters of a generator, declared once: for Python, options and files alike.

Nothing heavy is imported here, so that the command line lists its options without torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from numbers import Integral
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from neuroqgan.circuits.cell import Entangling  # noqa: TC001  # pydantic reads it


def hyper_parameter(
    default: Any,
    *,
    key: str,
    help: str,  # noqa: A002  # as options call it
    ge: int | None = None,
    le: int | None = None,
    group: str = "Generator",
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
    group
        Heading under which the option is listed.
    """
    extra: dict[str, Any] = {"key": key, "group": group}
    return Field(default, ge=ge, le=le, description=help, json_schema_extra=extra)


_covariates = partial(hyper_parameter, group="Covariates")


@dataclass(frozen=True)
class HyperParameter:
    """A hyper-parameter as a `Shape` declares it.

    Parameters
    ----------
    name
        Its name in Python.
    key
        Its name in configuration files; the option is the same with hyphens.
    annotation
        Its type, such as ``int`` or a ``Literal`` of choices.
    default
        Its default.
    help
        What it means.
    lowest, highest
        Limits of a number, both allowed, or None.
    group
        Heading under which the option is listed.
    """

    name: str
    key: str
    annotation: Any
    default: Any
    help: str
    lowest: int | None
    highest: int | None
    group: str


class Shape(BaseModel):
    """Hyper-parameters of one family of generators, with their defaults, limits and help.

    A family derives its own class and declares each hyper-parameter with `hyper_parameter`. The
    options of the command line, the keys of configuration files and the keyword arguments of
    `neuroqgan.Generator` are made from these declarations.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    covariate_dimensions: int = _covariates(
        0,
        key="covariate_dimensions",
        help="Dimensions through which covariates act on the population; 0 chooses them by the "
        "number of neurons",
        ge=0,
    )
    covariate_filters: int = _covariates(
        0,
        key="covariate_filters",
        help="Temporal filters (raised cosines) per column of covariates; 0 looks at the present "
        "bin alone",
        ge=0,
        le=20,
    )
    covariate_bins: int = _covariates(
        15, key="covariate_bins", help="Time bins that filters of covariates look back", ge=1
    )

    @field_validator("*", mode="before")
    @classmethod
    def _as_python_integer(cls, value: object) -> object:
        # Integers of NumPy are as good as Python's; True is none.
        is_integer = isinstance(value, Integral) and not isinstance(value, bool)
        return int(value) if is_integer else value  # type: ignore[call-overload]

    @classmethod
    @cache
    def hyper_parameters(cls) -> tuple[HyperParameter, ...]:
        """Return the declared hyper-parameters, in their order."""
        found = []
        shared = list(Shape.model_fields)
        # What all presets share comes last: it is declared first.
        fields = sorted(cls.model_fields.items(), key=lambda named: named[0] in shared)
        for name, field in fields:
            said = field.json_schema_extra
            extra = said if isinstance(said, dict) else {}
            limits = {type(limit).__name__: limit for limit in field.metadata}
            found.append(
                HyperParameter(
                    name=name,
                    key=str(extra.get("key", name)),
                    annotation=field.annotation,
                    default=field.default,
                    help=field.description or "",
                    lowest=getattr(limits.get("Ge"), "ge", None),
                    highest=getattr(limits.get("Le"), "le", None),
                    group=str(extra.get("group", "Generator")),
                )
            )
        return tuple(found)


class CellShape(Shape):
    """Hyper-parameters of generators made of cells: a circuit per group of neurons and bin."""

    n_layers: int = hyper_parameter(3, key="layers", help="Layers of rotations in each cell", ge=1)
    group_size: int = hyper_parameter(
        10, key="group_size", help="Largest number of neurons that share a cell", ge=1, le=12
    )
    entangling: Entangling = hyper_parameter(
        "line", key="entangling", help="Which neighbouring qubits of a cell CZ gates join"
    )
