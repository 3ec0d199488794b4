"""A drawing of the rooms of the package and their imports, made from the imports themselves.

To renew it after a change that is meant: ``python -m tests.docs.drawing``.

An arrow leads from a room to one that it imports. Arrows that follow from others are left out
(transitive reduction), or nearly every room would have one to ``errors``.
"""

from __future__ import annotations

from html import escape
from statistics import fmean

from tests.imports import ROOT, graph

DRAWING = ROOT / "docs" / "images" / "rooms.svg"

_WIDTH, _ROW, _BOX, _HEIGHT, _GAP = 760, 66, 104, 32, 32
_HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>The rooms of neuroqgan and their imports</title>
<style>
  text {{ font: 600 13px sans-serif; fill: #fff; text-anchor: middle }}
  rect {{ fill: #3f51b5 }}
  path {{ stroke: #7986cb; stroke-width: 1.5; fill: none }}
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"
  orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#7986cb;stroke:none"/></marker></defs>
"""

Edges = dict[str, set[str]]


def room(module: str) -> str:
    """Return the room of a module of the package, or an empty text."""
    found = module.split(".")[1] if "." in module else ""
    return "" if found == "__main__" else found


def rooms(modules: dict[str, frozenset[str]]) -> Edges:
    """Return, for every room, those that it imports."""
    found: Edges = {room(module): set() for module in modules if room(module)}
    for module, others in modules.items():
        if room(module):
            found[room(module)] |= {room(other) for other in others} - {room(module), ""}
    return found


def reduced(edges: Edges) -> Edges:
    """Leave out imports that follow from others; the rooms must have no circles."""
    return {
        one: {other for other in others if not any(other in _below(edges, x) for x in others)}
        for one, others in edges.items()
    }


def _below(edges: Edges, one: str) -> set[str]:
    return edges[one].union(*(_below(edges, other) for other in edges[one]))


def _depth(edges: Edges, one: str) -> int:
    return 1 + max((_depth(edges, other) for other in edges[one]), default=-1)


def _layers(edges: Edges) -> tuple[list[list[str]], dict[str, list[str]]]:
    """Return rooms row by row, those that import nothing first, and what stands below each.

    Where an arrow passes a row, a place is kept for it, so that no arrow runs behind a room.
    """
    depth = {one: _depth(edges, one) for one in sorted(edges)}
    rows: list[list[str]] = [[] for _ in range(1 + max(depth.values()))]
    below: dict[str, list[str]] = {one: [] for one in depth}
    for one, level in depth.items():
        rows[level].append(one)
        for other in sorted(edges[one]):
            last = other
            for row in range(depth[other] + 1, level):
                passing = f"{one}>{other}>{row}"
                rows[row].append(passing)
                below[passing] = [last]
                last = passing
            below[one].append(last)
    return rows, below


def _places(rows: list[list[str]], below: dict[str, list[str]]) -> dict[str, tuple[float, float]]:
    """Return the middle of everything in the rows, each above what it leads to."""
    places: dict[str, tuple[float, float]] = {}
    for level, row in enumerate(rows):
        wanted = {one: fmean([places[o][0] for o in below[one]] or [_WIDTH / 2]) for one in row}
        widths = {one: _GAP if ">" in one else _BOX + _GAP for one in row}
        left = (_WIDTH - sum(widths.values())) / 2
        for one in sorted(row, key=lambda one: (wanted[one], one)):
            places[one] = (left + widths[one] / 2, (len(rows) - level - 0.5) * _ROW)
            left += widths[one]
    return places


def draw() -> str:
    """Return the drawing as SVG."""
    edges = reduced(rooms(graph()))
    rows, below = _layers(edges)
    places = _places(rows, below)
    lines = [_HEAD.format(width=_WIDTH, height=len(rows) * _ROW)]
    lines += [
        _arrow(one, next_one, below, places) for one in sorted(edges) for next_one in below[one]
    ]
    for one in sorted(edges):
        x, y = places[one]
        corner = f'x="{x - _BOX / 2:.0f}" y="{y - _HEIGHT / 2:.0f}"'
        lines += [
            f'<rect {corner} width="{_BOX}" height="{_HEIGHT}" rx="6"/>',
            f'<text x="{x:.0f}" y="{y + 5:.0f}">{escape(one)}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


def _arrow(
    start: str, first: str, below: dict[str, list[str]], places: dict[str, tuple[float, float]]
) -> str:
    x, y = places[start]
    y += _HEIGHT / 2
    path, one = f"M{x:.0f} {y:.0f}", first
    while True:
        is_room = ">" not in one
        x1, y1 = places[one]
        y1 -= _HEIGHT / 2
        bend = (y1 - y) / 2
        path += f"C{x:.0f} {y + bend:.0f} {x1:.0f} {y1 - bend:.0f} {x1:.0f} {y1:.0f}"
        if is_room:
            return f'<path d="{path}" marker-end="url(#tip)"/>'
        x, y = x1, y1 + _HEIGHT
        path += f"V{y:.0f}"
        one = below[one][0]


if __name__ == "__main__":
    DRAWING.write_text(draw())
