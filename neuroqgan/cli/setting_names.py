"""Settings as users of the command line know them: as options.

Errors and notes of the library name settings in backticks, such as ``another `name` `` or
`` `bins_per_job = 4` ``, since scripts know no options.
"""

from __future__ import annotations

import re

import click

_SETTING = re.compile(r"`([a-z][a-z_]*)(?: = ([^`]+))?`")
_ASSIGNED = re.compile(r"\b([a-z][a-z_]*) = (\S+?)(?=[,;.]?(?:\s|$))")
_HINT = "  try: "


def with_options(text: str) -> str:
    """Return a text that names options in place of settings.

    Parameters
    ----------
    text
        Of an error, or a note. In its hint, assignments need no backticks.

    Examples
    --------
    >>> with_options("Too long.\\n  try: another `name`, or `bins_per_job = 4`")
    'Too long.\\n  try: another --name, or --bins-per-job 4'
    """
    if "`" not in text and _HINT not in text:
        return text
    from neuroqgan.runs.config import keys

    known = _options_of_command() | {key: f"--{key.replace('_', '-')}" for key in keys()}

    def option(match: re.Match[str]) -> str:
        key, value = match.groups()
        if key not in known:
            return match[0]
        flag = known[key]
        # Switches take no value.
        return flag if value in (None, "True", "true") else f"{flag} {value}"

    lines = _SETTING.sub(option, text).split("\n")
    return "\n".join(
        _ASSIGNED.sub(option, line) if line.startswith(_HINT) else line for line in lines
    )


def _options_of_command() -> dict[str, str]:
    """Return the options of the command that is running, which may have settings of its own."""
    context = click.get_current_context(silent=True)
    parameters = [] if context is None else context.command.params
    options = [one for one in parameters if isinstance(one, click.Option) and one.name]
    return {str(one.name): one.opts[0] for one in options}
