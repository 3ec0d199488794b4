"""The folder of a campaign: what it samples, its page, and the bundles of its jobs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.atomic import make_folder
from neuroqgan.errors import ConfigError
from neuroqgan.home import home
from neuroqgan.runs.records import read_record, write_record

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.runs.campaign.planned_step import CampaignSettings

FORMAT = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class CampaignFolder:
    """Where a campaign is kept.

    Parameters
    ----------
    path
        The folder.
    """

    path: Path

    @classmethod
    def of(cls, name: str) -> CampaignFolder:
        """Return the folder of the campaign of that name, which need not exist.

        Parameters
        ----------
        name
            Of the campaign; what separates the parts of a backend's name becomes a hyphen.

        Raises
        ------
        ConfigError
            If a folder cannot have that name.
        """
        plain = name.replace(":", "-")
        if not _NAME.fullmatch(plain):
            raise ConfigError(
                f"A campaign cannot be called {name!r}.",
                expected="letters, digits, dots, hyphens and underscores, up to 80",
                got=repr(name),
                hint="another `name`",
            )
        return cls(home() / "campaigns" / plain)

    @property
    def name(self) -> str:
        """Name of the campaign."""
        return self.path.name

    @property
    def page_path(self) -> Path:
        """Its page."""
        return self.path / "campaign.html"

    @property
    def results_path(self) -> Path:
        """What it found, as JSON."""
        return self.path / "results.json"

    def bundle_path(self, label: str) -> Path:
        """Return where the bundle of a step goes."""
        return self.path / "bundles" / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', label).strip('-')}.zip"

    def check(self, settings: CampaignSettings) -> None:
        """Check that the campaign of this name, if there is one, samples the same.

        Parameters
        ----------
        settings
            What is to be sampled.

        Raises
        ------
        ConfigError
            If it does not.
        CheckpointError
            If its record is damaged.
        """
        if not self._record_path.is_file():
            return
        kept = read_record(self._record_path, f"delete {self.path}, which pays for nothing twice")
        wanted = settings.to_dict()
        differing = [key for key in wanted if kept.get(key) != wanted[key]]
        if differing:
            raise ConfigError(
                f"The campaign {self.name} samples something else.",
                expected=", ".join(f"{key} = {kept.get(key)}" for key in differing),
                got=", ".join(f"{key} = {wanted[key]}" for key in differing),
                hint="another `name` for a new campaign",
            )

    def begin(self, settings: CampaignSettings) -> None:
        """Keep what the campaign samples.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        make_folder(self.path / "bundles")
        write_record(self._record_path, {"format": FORMAT, **settings.to_dict()})

    def write_results(self, results: dict[str, Any]) -> None:
        """Keep what was found.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        write_record(self.results_path, results)

    @property
    def _record_path(self) -> Path:
        return self.path / "campaign.json"
