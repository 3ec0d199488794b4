"""What a section of the page is, and the blocks that it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from bokeh.plotting import figure

    from neuroqgan.report.page.view import PageView


class Block(Protocol):
    """A part of a section; `template` is the file that turns it into HTML."""

    @property
    def template(self) -> str:
        """File in the folder ``templates``."""

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Charts among it."""


@dataclass(frozen=True)
class Table:
    """A table.

    Parameters
    ----------
    headings
        Of the columns.
    rows
        Cells as text.
    caption
        What the table shows, in words.
    numbers_from, numbers_to
        First column whose cells are numbers, which are aligned on the right, and the first after
        them that is text again.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    numbers_from: int = 1
    numbers_to: int = 99

    template: ClassVar[str] = "table.html"
    charts: ClassVar[tuple[Chart, ...]] = ()


@dataclass(frozen=True, eq=False)
class Chart:
    """A chart that can be zoomed.

    Parameters
    ----------
    key
        Name that no other chart of the page has: letters, digits and hyphens.
    figure
        As Bokeh draws it.
    title
        Heading above it.
    caption
        What it shows and how to read it, in words.
    table
        Its values, for those who cannot see it.
    wide
        Whether it takes a row of its own.
    """

    key: str
    figure: figure
    title: str
    caption: str = ""
    table: Table | None = None
    wide: bool = False


@dataclass(frozen=True)
class Symbol:
    """An entry of a legend.

    Parameters
    ----------
    label
        What it stands for.
    color
        Of lines and markers.
    marker
        Name of the marker in Bokeh.
    """

    label: str
    color: str
    marker: str = "circle"


@dataclass(frozen=True, eq=False)
class Charts:
    """Charts side by side, as many as there is room for, below a common legend."""

    charts: tuple[Chart, ...]
    legend: tuple[Symbol, ...] = ()
    heading: str = ""

    template: ClassVar[str] = "charts.html"


@dataclass(frozen=True)
class Prose:
    """A list of sentences.

    Parameters
    ----------
    items
        The sentences.
    heading
        Heading above them.
    folded
        Whether they are shown only when the heading is opened.
    """

    items: tuple[str, ...]
    heading: str = ""
    folded: bool = False

    template: ClassVar[str] = "prose.html"
    charts: ClassVar[tuple[Chart, ...]] = ()


@dataclass(frozen=True)
class Facts:
    """Labels and texts of a run.

    Parameters
    ----------
    heading
        Name of the run.
    facts
        Labels and texts.
    figures
        The most important ones: labels, texts and explanations.
    """

    heading: str
    facts: tuple[tuple[str, str], ...] = ()
    figures: tuple[tuple[str, str, str], ...] = ()

    template: ClassVar[str] = "facts.html"
    charts: ClassVar[tuple[Chart, ...]] = ()


@dataclass(frozen=True)
class Code:
    """Text in columns, with a button that copies it."""

    heading: str
    text: str
    caption: str = ""

    template: ClassVar[str] = "code.html"
    charts: ClassVar[tuple[Chart, ...]] = ()


@dataclass(frozen=True, eq=False)
class Browser:
    """Charts with controls of their own, which the script of the page fills from data.

    Parameters
    ----------
    key
        Name that no other browser of the page has: letters, digits and hyphens.
    template
        File that has the controls.
    charts
        The charts.
    data
        What the script needs, ready for JSON.
    options
        What the template needs beyond the data.
    legend
        Entries of the legend.
    heading
        Heading above the controls.
    """

    key: str
    template: str
    charts: tuple[Chart, ...]
    data: dict[str, Any]
    options: dict[str, Any] = field(default_factory=dict)
    legend: tuple[Symbol, ...] = ()
    heading: str = ""


@dataclass(frozen=True)
class Section:
    """A section of the page.

    Parameters
    ----------
    key
        Anchor of the section: letters and hyphens.
    title
        Its heading.
    applies
        Whether there is anything to show.
    render
        Returns its blocks; only called if it applies.
    summary
        A sentence below the heading.
    """

    key: str
    title: str
    applies: Callable[[PageView], bool]
    render: Callable[[PageView], list[Block]]
    summary: str = ""

    def __repr__(self) -> str:
        return f"Section({self.key!r})"


def always(_: PageView) -> bool:
    """Apply to every page."""
    return True
