"""Cards: the HTML of an object in a notebook, escaped, and readable on light and dark pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.escaping.printable import printable_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_LEFT = "text-align:left;vertical-align:top"
# Colours come from the page, except those of curves and marks, which have enough contrast with both
# white and black.
_CARD = "line-height:1.4;max-width:60em"
_LONGEST = 300  # characters of a value: a notebook is no place for thousands of labels


def card(
    title: str,
    rows: Mapping[str, object],
    *,
    picture: str = "",
    caption: str = "",
    table: str = "",
    notes: Iterable[str] = (),
) -> str:
    """Return the card of an object.

    Parameters
    ----------
    title
        What it is; text, which is escaped as all texts are.
    rows
        Labels and values; values that are None or empty are left out.
    picture
        HTML from `neuroqgan.notebooks.pictures`; several may be joined.
    caption
        What the picture shows.
    table
        HTML from `table_of`, shown below the rows.
    notes
        Sentences below everything else.

    Returns
    -------
    str
        One ``div``.

    Examples
    --------
    >>> "&lt;b&gt;" in card("Raster", {"neurons": "<b>"})
    True
    """
    cells = "".join(
        f"<tr><th style='{_LEFT}'>{printable_html(label)}</th>"
        f"<td style='{_LEFT}'>{printable_html(_short(value))}</td></tr>"
        for label, value in rows.items()
        if value not in (None, "")
    )
    parts = [f"<strong>{printable_html(title)}</strong>"]
    if cells:
        parts.append(f"<table>{cells}</table>")
    parts.append(table)
    if picture:
        parts.append(f"<div style='overflow-x:auto;margin:.4em 0'>{picture}</div>")
    if caption:
        parts.append(f"<div><small>{printable_html(caption)}</small></div>")
    items = "".join(f"<li>{printable_html(note)}</li>" for note in notes)
    if items:
        parts.append(f"<ul>{items}</ul>")
    return f"<div style='{_CARD}'>{''.join(parts)}</div>"


def table_of(
    headings: Sequence[str], rows: Iterable[Sequence[str]], pictures: Sequence[str] = ()
) -> str:
    """Return a table.

    Parameters
    ----------
    headings
        Of the columns.
    rows
        Texts, one per column.
    pictures
        If there are any, one per row, for a last column without heading.
    """
    head = "".join(f"<th style='{_LEFT}'>{printable_html(heading)}</th>" for heading in headings)
    body = ""
    for i, row in enumerate(rows):
        cells = "".join(f"<td>{printable_html(cell)}</td>" for cell in row)
        last = f"<td>{pictures[i]}</td>" if pictures else ""
        body += f"<tr>{cells}{last}</tr>"
    more = "<th></th>" if pictures else ""
    return f"<table><thead><tr>{head}{more}</tr></thead><tbody>{body}</tbody></table>"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
