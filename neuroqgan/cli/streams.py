"""Words on streams that cannot carry all characters: the nearest plain ones instead of an error."""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata

import click

_HANDLER = "neuroqgan"
# That these are easily taken for the plain ones is the point.
_LOOKS = {
    "-": "─━═╌┄┈‐‑‒–—−",  # noqa: RUF001
    "|": "│┃║┆┊╎┤├╡╞╢╟╣╠▏",
    "+": "┌┐└┘┬┴┼╔╗╚╝╦╩╬╪╫╭╮╯╰╒╓╕╖╘╙╛╜╤╥╧╨",
    "#": "█■▓▉▇▆▅▄▃▂▁▀",
    ":": "░▒",
    "*": "●•✓✔★",
    ".": "·∙",
    "~": "…",
    "x": "×✗✘",  # noqa: RUF001
    "<": "←‹«",  # noqa: RUF001
    ">": "→›»❯",  # noqa: RUF001
    "'": "‘’",  # noqa: RUF001
    '"': "“”",
    "u": "µμ",
    "+-": "±",
}
_PLAIN = {ord(character): plain for plain, many in _LOOKS.items() for character in many}
_BRAILLE = range(0x2800, 0x2900)
_ESCAPED_BYTES = range(0xDC80, 0xDD00)  # of file names that are no text


def prepare_streams() -> None:
    """Let standard output and standard error replace what their encoding lacks."""
    codecs.register_error(_HANDLER, _replace)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def echo(text: str = "", *, err: bool = False) -> None:
    """Print a line as click does, but with plain characters where the stream has no others.

    Click takes ASCII for a mistake of the system's and writes UTF-8, which such a terminal shows
    as rubbish; so it is given the stream itself.
    """
    click.echo(text, file=sys.stderr if err else sys.stdout)


def plain(text: str) -> str:
    """Return the nearest text in ASCII, of the same length where it draws something."""
    return "".join(character if character.isascii() else _one(character) for character in text)


def _one(character: str) -> str:
    code = ord(character)
    if code in _PLAIN:
        return _PLAIN[code]
    if code in _BRAILLE:
        dots = (code - _BRAILLE.start).bit_count()
        return " .:#"[min(-(-dots // 3), 3)]
    # Letters lose their accents.
    base = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    if base:
        return base
    name = unicodedata.name(character, "").split()
    return name[3].lower() if name[:3] == ["GREEK", "SMALL", "LETTER"] else "?"


def _replace(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    if all(ord(character) in _ESCAPED_BYTES for character in missing):
        return bytes(ord(character) - 0xDC00 for character in missing), error.end
    return plain(missing), error.end
