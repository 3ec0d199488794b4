"""``neuroqgan --version``."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

_Function = TypeVar("_Function", bound="Callable[..., Any]")


def version_option(function: _Function) -> _Function:
    """Add ``--version``, which imports none of the packages that it names."""
    return click.option(
        "-V",
        "--version",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show,
        help="Show the versions of neuroqgan and of what it computes with, and exit.",
    )(function)


def _show(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    from neuroqgan.versions import decisive_versions

    own, python, *others = decisive_versions().items()
    click.echo(f"neuroqgan, version {own[1]}")
    click.echo(f"Python {python[1]} on {platform.system()} {platform.machine()}")
    for name, version in others:
        click.echo(f"{name} {version or 'is not installed'}")
    context.exit()
