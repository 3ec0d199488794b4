"""The examples in docstrings: each runs, and every public name has some."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import inspect
import re
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType

import pytest

import neuroqgan as nq
from tests.imports import module_name, paths

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def _with_examples() -> list[Path]:
    return [path for path in paths() if ">>> " in path.read_text()]


@pytest.mark.parametrize("path", _with_examples(), ids=module_name)
def test_examples_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """One doctest per module, in a folder and a home of its own; warnings are errors."""
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(module_name(path))
    report: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=OPTIONS)
    tests = doctest.DocTestFinder(exclude_empty=True).find(module, module.__name__)
    assert any(test.examples for test in tests), f"{module.__name__} has examples in no docstring"
    # As with pytest-doctestplus: examples that need a module which is an extra say so.
    needs: dict[str, list[str]] = getattr(module, "__doctest_requires__", {})
    for test in tests:
        name = test.name.removeprefix(f"{module.__name__}.")
        modules = [m for pattern, own in needs.items() if fnmatch(name, pattern) for m in own]
        if all(importlib.util.find_spec(m) for m in modules):
            runner.run(test, out=report.append)
    found = runner.summarize(verbose=False)
    assert found.failed == 0, "".join(report)


def test_every_public_name_has_examples() -> None:
    missing = {name for name in dir(nq) if not _has_examples(getattr(nq, name))}
    assert missing == set(), "these need a section Examples"


def _has_examples(value: object) -> bool:
    if not (isinstance(value, ModuleType) or inspect.isclass(value) or callable(value)):
        return True  # a text, such as the version
    # Not `inspect.getdoc`, which would find the examples of a base class.
    text = inspect.cleandoc(value.__doc__ or "")
    return re.search(r"^Examples\n-{8}\n(?:.*\n)*?>>> ", text, re.MULTILINE) is not None


def test_the_check_for_examples_can_fail() -> None:
    def bare() -> None:
        """Do nothing.

        Examples
        --------
        There are none.
        """

    def good() -> None:
        """Do nothing.

        Examples
        --------
        >>> good()
        """

    assert not _has_examples(bare)
    assert _has_examples(good)
