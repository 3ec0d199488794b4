"""All sections by key, in the order of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.errors import ConfigError
from neuroqgan.report.page.sections import (
    circuit_section,
    device_section,
    figures_section,
    jobs_section,
    judges_section,
    neurons_section,
    overview_section,
    rasters_section,
    reproduction_section,
    size_section,
    statistics_section,
    stimulus_section,
    summary_section,
    training_section,
)

if TYPE_CHECKING:
    from neuroqgan.report.page.section import Section

SECTIONS: dict[str, Section] = {}
"""The registry; see `register_section`."""


def register_section(section: Section) -> None:
    """Add a section at the end of every page that it applies to.

    Raises
    ------
    ConfigError
        If there is one of that key.
    """
    if section.key in SECTIONS:
        raise ConfigError(
            f"There is already a section {section.key!r}.",
            expected="a new key",
            got=repr(section.key),
        )
    SECTIONS[section.key] = section


for _section in (
    summary_section.SUMMARY,
    overview_section.OVERVIEW,
    rasters_section.RASTERS,
    statistics_section.STATISTICS_SECTION,
    judges_section.JUDGES_SECTION,
    figures_section.FIGURES,
    neurons_section.NEURONS,
    stimulus_section.STIMULUS,
    size_section.SIZE,
    training_section.TRAINING,
    circuit_section.CIRCUIT,
    device_section.DEVICE,
    jobs_section.JOBS,
    reproduction_section.REPRODUCTION,
):
    register_section(_section)
