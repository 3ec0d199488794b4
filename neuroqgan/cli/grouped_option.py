"""Options that are listed under a heading."""

from __future__ import annotations

from typing import Any

import click

HEADINGS = (
    "Recording",
    "Covariates",
    "Generator",
    "Training",
    "Sampling",
    "Quantum hardware",
    "Search",
    "Workers",
    "Output",
    "Other options",
)
"""Headings of options, in the order of a help page."""


class GroupedOption(click.Option):
    """An option that is listed under a heading.

    Parameters
    ----------
    *arguments, **keywords
        See `click.Option`.
    group
        The heading.
    """

    def __init__(self, *arguments: Any, group: str = HEADINGS[-1], **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.group = group
        self.explained: list[tuple[str, str]] = []
        """Values and what they mean, listed below the option."""
