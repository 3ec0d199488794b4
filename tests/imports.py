"""Who imports whom in the package: every import, also in functions and under TYPE_CHECKING."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "neuroqgan"


def paths(root: Path = ROOT) -> list[Path]:
    """Return the modules of the package."""
    return sorted((root / PACKAGE).rglob("*.py"))


def module_name(path: Path, root: Path = ROOT) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """Yield every imported module with the name taken from it, which may be a module as well."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, ""
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for name in node.names:
                yield node.module, name.name


@cache
def graph(root: Path = ROOT) -> dict[str, frozenset[str]]:
    """Return, for every module of the package, those that it imports."""
    modules = {module_name(path, root): path for path in paths(root)}
    found = {}
    for module, path in modules.items():
        targets = set()
        for source, name in imported(path):
            whole = f"{source}.{name}"
            targets.add(whole if whole in modules else source)
        found[module] = frozenset((targets & modules.keys()) - {module})
    return found


def circles(edges: dict[str, frozenset[str]]) -> list[list[str]]:
    """Return the strongly connected components of more than one module (Tarjan, 1972)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        stack.append(module)
        for other in sorted(edges[module]):
            if other not in order:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in stack:
                lowest[module] = min(lowest[module], order[other])
        if lowest[module] == order[module]:
            at = stack.index(module)
            members = stack[at:]
            del stack[at:]
            if len(members) > 1:
                found.append(sorted(members))

    for module in edges:
        if module not in order:
            visit(module)
    return sorted(found)
