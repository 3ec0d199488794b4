"""Rules about the project as a whole."""

from __future__ import annotations

import ast
import copy
import importlib
import pickle
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import neuroqgan
from neuroqgan.errors import ConfigError, DivergenceError, InputError, NeuroqganError
from neuroqgan.seeding import as_generator, step_generator
from tests.imports import ROOT, circles, graph, imported, module_name, paths

# Every room may import those in the lines before its own, and itself.
LAYERS = (
    {"escaping"},
    {"errors"},
    {"checks", "private_files", "schemas"},
    {
        "seeding",
        "home",
        "atomic",
        "discreet",
        "file_systems",
        "notebooks",
        "versions",
    },
    {"workers"},
    {"covariates"},
    {"raster"},
    {"tensors"},
    {"data", "circuits"},
    {"simulation"},
    {"backends"},
    {"jobs", "gradients"},
    {"sampling"},
    {"evaluation"},
    {"training"},
    {"models"},
    {"report"},
    {"plot"},
    {"runs"},
    {"archive"},
    {"doctor"},
    {"cli", "testing"},
)

# Modules with more lines than this.
MOST_LINES = 350

# File names that may occur as often as this, `__init__.py` aside.
MOST_OF_ONE_NAME = 2


def _room(module: str) -> str:
    return module.split(".")[1]


def _rank(room: str) -> int:
    return next(rank for rank, rooms in enumerate(LAYERS) if room in rooms)


def _ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_room_has_a_layer() -> None:
    rooms = {_room(module) for module in graph() if "." in module} - {"__main__"}
    listed = set().union(*LAYERS)
    assert rooms <= listed, f"give these rooms a place in LAYERS: {sorted(rooms - listed)}"


def test_imports_run_downwards_only() -> None:
    found: dict[str, set[str]] = {}
    for module, others in graph().items():
        if module.count(".") == 0 or _room(module) == "__main__":
            continue
        for other in others:
            if other.count(".") == 0:
                continue  # the package itself, for its version
            below = _rank(_room(other)) < _rank(_room(module))
            if not below and _room(other) != _room(module):
                found.setdefault(module, set()).add(other)
    assert found == {}


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert circles(graph()) == []


def test_circles_are_found() -> None:
    """The detector itself: two circles, one of them through a third module."""
    edges = {
        "a": {"b"},
        "b": {"c", "d"},
        "c": {"a"},
        "d": {"e"},
        "e": {"d"},
        "f": {"a"},
        "g": set(),
    }
    frozen = {module: frozenset(others) for module, others in edges.items()}
    assert circles(frozen) == [["a", "b", "c"], ["d", "e"]]
    assert circles(frozen | {"c": frozenset(), "e": frozenset()}) == []


def test_imports_for_types_count_too(tmp_path: Path) -> None:
    package = tmp_path / "neuroqgan"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from neuroqgan.two import X\n"
    )
    (package / "two.py").write_text("def f():\n    from neuroqgan import one\n    return one\n")
    assert circles(graph(tmp_path)) == [["neuroqgan.one", "neuroqgan.two"]]


def test_circuits_know_neither_torch_nor_numba() -> None:
    heavy = {"torch", "numba"}
    found = {
        module_name(path)
        for path in paths()
        if _ids(path).startswith("neuroqgan/circuits/")
        and heavy & {source.partition(".")[0] for source, _ in imported(path)}
    }
    assert found == set()


def test_only_models_know_families() -> None:
    """No isinstance of a generator, and no comparison with a preset's name, outside `models`."""
    families, names = _families()
    found = set()
    for path in paths():
        module = module_name(path)
        if _room(f"{module}.") == "models":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if _asks_for_class(node, families) or _compares_with(node, names):
                found.add(module)
    assert found == set()


def _families() -> tuple[set[str], set[str]]:
    """Return the names of all classes of generators, and those of all presets."""
    from neuroqgan.models.registry import find_preset, preset_names

    classes = {"Generator"}
    models = [path for path in paths() if _ids(path).startswith("neuroqgan/models/")]
    for path in models:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and node.name.endswith("Generator"):
                classes.add(node.name)
    presets = set(preset_names())
    assert {find_preset(name).generator.rpartition(":")[2] for name in presets} <= classes
    return classes, presets


def _asks_for_class(node: ast.AST, classes: set[str]) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    if node.func.id not in {"isinstance", "issubclass"} or len(node.args) != 2:
        return False
    asked = re.findall(r"[\w.]+", ast.unparse(node.args[1]))
    ours = [name for name in asked if not name.endswith("random.Generator")]
    return bool({name.rpartition(".")[2] for name in ours} & classes)


def _compares_with(node: ast.AST, names: set[str]) -> bool:
    sides: list[ast.AST] = []
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
    elif isinstance(node, ast.MatchValue):
        sides = [node.value]
    return any(
        isinstance(part, ast.Constant) and part.value in names
        for side in sides
        for part in ast.walk(side)
    )


@pytest.mark.parametrize(
    ("code", "knows"),
    [
        ("isinstance(model, HistoryGenerator)", True),
        ("isinstance(model, (int, models.HistoryGenerator))", True),
        ("preset == 'history'", True),
        ("preset in {'memory', 'x'}", True),
        ("match preset:\n    case 'history': pass", True),
        ("isinstance(seed, np.random.Generator)", False),
        ("isinstance(model, int)", False),
        ("preset == default", False),
        ("{'history': 1}", False),
    ],
)
def test_families_are_noticed(code: str, knows: bool) -> None:
    found = [
        node
        for node in ast.walk(ast.parse(code))
        if _asks_for_class(node, {"HistoryGenerator"})
        or _compares_with(node, {"history", "memory"})
    ]
    assert bool(found) == knows


def test_no_file_name_occurs_more_than_twice() -> None:
    counts = Counter(path.name for path in paths() if path.name != "__init__.py")
    assert {name for name, n in counts.items() if n > MOST_OF_ONE_NAME} == set()


def test_modules_are_short() -> None:
    long = {_ids(path) for path in paths() if len(path.read_text().splitlines()) > MOST_LINES}
    assert long == set()


@pytest.mark.parametrize("path", paths(), ids=_ids)
def test_every_module_can_be_imported(path: Path) -> None:
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[-1] == "__main__" or parts[-2] in {"migrations", "versions"}:
        return  # these run when they are imported
    importlib.import_module(".".join(parts).removesuffix(".__init__"))


def test_the_floor_is_what_the_project_promises() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    promised = {
        requirement.name: {(bound.operator, bound.version) for bound in requirement.specifier}
        for text in project["dependencies"] + project["optional-dependencies"]["test"]
        if (requirement := Requirement(text))
    }
    lines = (ROOT / "constraints-floor.txt").read_text().splitlines()
    floor = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    assert promised.pop("torch") == {(">=", "2.4")}
    assert Version(floor["torch"]) >= Version("2.4")
    for name, bounds in promised.items():
        assert {Version(version) for _, version in bounds} == {Version(floor[name])}, name
        assert {operator for operator, _ in bounds} == {">="}, name


def test_every_extra_has_tests_that_are_run_where_it_alone_is_installed() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed: dict[str, list[str]] = settings["tool"]["neuroqgan"]["extras"]
    extras: dict[str, list[str]] = settings["project"]["optional-dependencies"]
    for_users = set(extras) - {"all", "bench", "browser", "dev", "docs", "fuzz", "test"}
    assert for_users == set(listed)
    (everything,) = extras["all"]
    # They allow no zarr 3 up to Python 3.13, and no pandas 3.1.
    assert Requirement(everything).extras == for_users - {"spikeinterface", "slurm"}
    files = {ROOT / name.split("::")[0] for names in listed.values() for name in names}
    assert {path for path in files if not path.is_file()} == set()
    # Those in need of the extras docs and browser have steps of their own in .ci/run.
    others = {ROOT / "tests" / "report" / "test_page_in_browser.py"}
    skipping = {
        path
        for path in {*(ROOT / "tests").rglob("test_*.py")} - others
        if path.parent.name != "docs" and re.search(r"pytest\.importorskip\(", path.read_text())
    }
    assert skipping <= files, "list these in pyproject.toml, under tool.neuroqgan.extras"


def test_the_version_is_written_once_more() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == neuroqgan.__version__


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from neuroqgan.cli import main; "
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0; "
        "heavy = ('torch', 'qiskit', 'numpy', 'numba', 'matplotlib', 'sqlalchemy'); "
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_errors_say_all_their_parts_and_survive_a_copy() -> None:
    error = ConfigError("Wrong.", expected="this", got="that", hint="--so")
    text = "Wrong.\n  expected: this\n  got: that\n  try: --so"
    assert str(error) == text
    assert str(copy.copy(error)) == str(pickle.loads(pickle.dumps(error))) == text  # noqa: S301
    assert (ConfigError.exit_code, DivergenceError.exit_code) == (2, 1)
    assert issubclass(ConfigError, InputError)
    assert issubclass(InputError, NeuroqganError)


def test_every_error_is_drawn_in_the_tree() -> None:
    import neuroqgan.errors as errors

    drawn = set(re.findall(r"\w+Error", errors.__doc__ or ""))
    defined = {name for name in vars(errors) if name.endswith("Error")}
    assert drawn == defined


def test_seeds() -> None:
    with pytest.raises(InputError, match="negative"):
        as_generator(-1)
    generator = as_generator(3)
    assert as_generator(generator) is generator
    assert as_generator(3).integers(2**60) == as_generator(3).integers(2**60)
    draws = {
        step_generator(1, stream, step).integers(2**60) for stream in (0, 1) for step in (0, 1)
    }
    assert len(draws) == 4


def test_readme_quick_start_is_two_one_line_blocks() -> None:
    section = (ROOT / "README.md").read_text().split("## Quick start")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert len(blocks) == 2
    assert all(len(block.strip().splitlines()) == 1 for block in blocks)
    assert "neuroqgan run --backend aer" in blocks[0]
    assert "pytest" in blocks[1]
