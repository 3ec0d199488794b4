"""The page as HTML: sections, charts as Bokeh reads them, styles and scripts, in one text."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from neuroqgan.atomic import atomic_write
from neuroqgan.escaping.printable import printable
from neuroqgan.report.page.section_registry import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from jinja2 import Environment

    from neuroqgan.report.page.section import Block, Chart, Section
    from neuroqgan.report.page.view import PageView


@dataclass(frozen=True)
class _Rendered:
    """A section with its blocks."""

    section: Section
    blocks: Sequence[Block]

    @property
    def charts(self) -> list[Chart]:
        """All charts, in the order of the page."""
        return [chart for block in self.blocks for chart in block.charts]


def write_page(path: Path, view: PageView, *, overwrite: bool = True) -> Path:
    """Write the page of some runs as one HTML file that needs no network.

    Parameters
    ----------
    path
        The file.
    view
        What is shown.
    overwrite
        Whether a file of that name may be replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If the file exists and may not be replaced.
    StorageError
        If it cannot be written.
    """
    text = render_page(view)
    with atomic_write(path, overwrite=overwrite) as file:
        file.write(text.encode())
    return path


def render_page(view: PageView) -> str:
    """Return the page as text; the same view gives the same text.

    Parameters
    ----------
    view
        What is shown.
    """
    rendered = [
        _Rendered(section, section.render(view))
        for section in SECTIONS.values()
        if section.applies(view)
    ]
    charts = [_charts_as_json(one.charts) for one in rendered if one.charts]
    library, script = _library(), _asset("page.js")
    return (
        _environment()
        .get_template("page.html")
        .render(
            view=view,
            sections=rendered,
            style=_asset("page.css"),
            library=library,
            script=script,
            early=_asset("early.js"),
            charts=_json(charts),
            # Only these scripts run: text that slipped through as markup would still do nothing.
            hashes=" ".join(_hash(text) for text in (library, script, _asset("early.js"))),
        )
    )


def _charts_as_json(charts: Sequence[Chart]) -> dict[str, Any]:
    """Return charts as Bokeh's script reads them, with the same names each time."""
    from bokeh.document import Document

    document = Document()
    with document.models.freeze():
        for chart in charts:
            document.add_root(chart.figure)
    content = document.to_json(deferred=False)
    # Bokeh counts its objects through the whole process.
    names = {old: f"m{i}" for i, old in enumerate(_ids(content))}
    roots = {names[chart.figure.id]: f"chart-{chart.key}" for chart in charts}
    return {"content": _renamed(content, names) | {"title": ""}, "roots": roots}


def _ids(value: Any) -> Iterator[str]:
    """Return the names of all objects, each once, where it is described."""
    if isinstance(value, dict):
        if value.get("type") == "object" and "id" in value:
            yield value["id"]
        for item in value.values():
            yield from _ids(item)
    elif isinstance(value, list):
        for item in value:
            yield from _ids(item)


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: names.get(item, item)
            if key == "id" and isinstance(item, str)
            else _renamed(item, names)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return printable(value) if isinstance(value, str) else value


@cache
def _library() -> str:
    """Return the script that draws charts, which comes with Bokeh."""
    folder = files("bokeh") / "server" / "static" / "js"
    text = (folder / "bokeh.min.js").read_text(encoding="utf-8")
    return text.replace("</script", "<\\/script")


@cache
def _asset(name: str) -> str:
    return (files("neuroqgan.report.page") / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _json(value: Any) -> str:
    """Return JSON that can stand in a script element of a page."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _shown(value: Any) -> Any:
    """Return what a template shows; only markup of our own goes there as it is."""
    return value if hasattr(value, "__html__") else printable(str(value))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("neuroqgan.report.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters["json"] = lambda value: Markup(_json(value))  # noqa: S704  # nosec B704  # escaped
    return environment
