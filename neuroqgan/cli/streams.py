"""Output to streams that lack some characters: the closest ASCII instead of an error."""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata

import click

from neuroqgan.escaping.printable import printable

_HANDLER = "neuroqgan"
# These resemble the ASCII characters, which is why they are replaced by them.
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


def prepare_streams() -> None:
    """Make standard output and standard error replace characters that their encoding lacks."""
    codecs.register_error(_HANDLER, _replace)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def echo(text: str = "", *, err: bool = False) -> None:
    """Print a line as click does, but escaped, and in ASCII if the stream has no other characters.

    Click assumes that an ASCII encoding is a misconfiguration and writes UTF-8, which an ASCII
    terminal cannot display. Passing the stream itself prevents that.
    """
    click.echo(printable(text), file=sys.stderr if err else sys.stdout)


def plain(text: str) -> str:
    """Return the closest text in ASCII; characters that draw something keep their width."""
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


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start : error.end]), error.end
