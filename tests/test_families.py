"""No room outside models/ knows a family of generators."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import neuroqgan
from neuroqgan.models.presets import preset_names

ROOT = Path(neuroqgan.__file__).parent
OUTSIDE = [path for path in sorted(ROOT.rglob("*.py")) if "models" not in path.parts]


def _asks_for_a_family(tree: ast.AST) -> list[int]:
    """Lines that ask for the class of a generator, or compare with the name of a preset."""
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
            "isinstance",
            "issubclass",
        ):
            named = [
                getattr(one, "id", getattr(one, "attr", ""))
                for one in ast.walk(node.args[1])
                if "random" not in ast.unparse(one)  # NumPy's generator is another one
            ]
            lines += [node.lineno for name in named if name.endswith("Generator")]
        if isinstance(node, ast.Compare):
            compared = [
                one.value
                for side in (node.left, *node.comparators)
                for one in ast.walk(side)
                if isinstance(one, ast.Constant)
            ]
            lines += [node.lineno for value in compared if value in preset_names()]
        if isinstance(node, ast.MatchValue) and isinstance(node.value, ast.Constant):
            lines += [node.value.lineno] if node.value.value in preset_names() else []
    return lines


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_family_is_known_outside_models(path: Path) -> None:
    lines = _asks_for_a_family(ast.parse(path.read_text()))
    assert not lines, f"{path.relative_to(ROOT)}, lines {lines}"


@pytest.mark.parametrize(
    "line",
    [
        "isinstance(generator, MemoryGenerator)",
        "isinstance(generator, (models.HistoryGenerator, int))",
        "spec.preset == 'history'",
        "'memory' != config.preset",
        "preset in {'history', 'memory'}",
        "match preset:\n    case 'spiqgan':\n        pass",
    ],
)
def test_a_family_that_is_asked_for_is_noticed(line: str) -> None:
    assert _asks_for_a_family(ast.parse(line))
