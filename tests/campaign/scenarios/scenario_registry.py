"""All scenarios by name."""

from __future__ import annotations

from tests.campaign.scenarios import at_service, here, migrating
from tests.campaign.scenarios.scenario import Scenario

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (*at_service.SCENARIOS, *here.SCENARIOS, *migrating.SCENARIOS)
}
