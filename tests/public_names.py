"""The public names of the package and their signatures, as text.

To renew the record after a change that is meant: ``python -m tests.public_names``.
"""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path
from types import ModuleType

import neuroqgan as nq

RECORD = Path(__file__).with_name("public_names.txt")


def record() -> str:
    """Return a line per public name, and per public member of a public class."""
    lines = []
    for name in dir(nq):
        value = getattr(nq, name)
        if isinstance(value, ModuleType):
            lines += [f"{name} (module)", *_members_of_module(name, value)]
        elif inspect.isclass(value):
            lines += [f"{name}{_signature(value)}", *_members(name, value)]
        elif callable(value):
            lines.append(f"{name}{_signature(value)}")
        else:
            lines.append(f"{name} ({type(value).__name__})")
    return "\n".join(lines) + "\n"


def _members_of_module(name: str, module: ModuleType) -> list[str]:
    """Return functions with their signatures, and classes with their bases."""
    public = getattr(module, "__all__", [key for key in vars(module) if key.endswith("Error")])
    lines = []
    for key in sorted(public):
        value = getattr(module, key)
        bases = ", ".join(base.__name__ for base in getattr(value, "__bases__", ()))
        lines.append(f"{name}.{key}{f'({bases})' if bases else _signature(value)}")
    return lines


def _members(name: str, kind: type) -> list[str]:
    """Return what a class of ours has beside the parameters of its constructor."""
    fields = {field.name for field in dataclasses.fields(kind)} if _is_dataclass(kind) else set()
    lines = []
    for key in dir(kind):
        owner = next((base for base in kind.__mro__ if key in vars(base)), object)
        if key.startswith("_") or key in fields or not owner.__module__.startswith("neuroqgan"):
            continue
        value = inspect.getattr_static(kind, key)
        if isinstance(value, staticmethod | classmethod) or inspect.isfunction(value):
            lines.append(f"{name}.{key}{_signature(getattr(kind, key))}")
        else:
            lines.append(f"{name}.{key}")
    return lines


def _is_dataclass(kind: type) -> bool:
    return dataclasses.is_dataclass(kind)


def _signature(value: object) -> str:
    """Return parameters and result as they are written, without quotes around annotations."""
    signature = inspect.signature(value)  # type: ignore[arg-type]
    shown, is_keyword_only = [], False
    for parameter in signature.parameters.values():
        if parameter.name in {"self", "cls"}:
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not is_keyword_only:
            shown.append("*")
            is_keyword_only = True
        stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        is_keyword_only |= parameter.kind is parameter.VAR_POSITIONAL
        text = stars + parameter.name
        if parameter.annotation is not parameter.empty:
            text += f": {_annotation(parameter.annotation)}"
        if parameter.default is not parameter.empty:
            text += f" = {_default(parameter.default)}"
        shown.append(text)
    result = signature.return_annotation
    returned = "" if result is signature.empty else f" -> {_annotation(result)}"
    return f"({', '.join(shown)}){returned}"


def _annotation(value: object) -> str:
    return value if isinstance(value, str) else inspect.formatannotation(value)


def _default(value: object) -> str:
    # Settings as a whole are long, and have lines of their own.
    return f"{type(value).__name__}(...)" if _is_dataclass(type(value)) else repr(value)


if __name__ == "__main__":
    RECORD.write_text(record())
