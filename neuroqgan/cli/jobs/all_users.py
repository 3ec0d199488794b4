"""The option of commands that also touch jobs of other people, in a store that a group shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable


def all_users_option(text: str) -> Callable[[Any], Any]:
    """Return the option ``--all-users``.

    Parameters
    ----------
    text
        What it does to the command.
    """
    return click.option("--all-users", is_flag=True, help=text)
