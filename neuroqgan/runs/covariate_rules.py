"""Settings of covariates without effect beside others: refused, not passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neuroqgan.errors import ConfigError
from neuroqgan.runs.config_keys import AUTO, NONE, RECORDED, TRIAL_TIME

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# What a setting needs, by its key: which covariates there must not be.
_USELESS = {
    "covariate_dimensions": (NONE,),
    "covariate_filters": (NONE, TRIAL_TIME, AUTO),
    "covariate_bins": (NONE, TRIAL_TIME, AUTO),
    "covariate_columns": (NONE, TRIAL_TIME, AUTO),
    "covariate_array": (NONE, TRIAL_TIME, AUTO, RECORDED),
}


def check_covariates(values: Mapping[str, Any], asked: Collection[str]) -> None:
    """Check that settings of covariates have an effect.

    Parameters
    ----------
    values
        Of the configuration, by key.
    asked
        Keys of the settings that were given.

    Raises
    ------
    ConfigError
        If the covariates leave one without effect.
    """
    covariates = values["covariates"]
    for key, useless in _USELESS.items():
        if key not in asked or covariates not in useless:
            continue
        needed = [name for name in (TRIAL_TIME, RECORDED) if name not in useless]
        raise ConfigError(
            f"There is nothing for {key} to apply to.",
            expected=f"covariates = {' or '.join([*needed, 'FILE'])} beside {key}",
            got=f"{key} = {values[key]}, covariates = {covariates}",
            hint=f"leave `{key}` out, or `covariates = {(needed or ['FILE'])[-1]}`",
        )
    if "covariate_bins" in asked and not values.get("covariate_filters"):
        raise ConfigError(
            "Without filters, covariates act in the present bin alone.",
            expected="covariate_filters above 0 beside covariate_bins",
            got=f"covariate_bins = {values['covariate_bins']}, covariate_filters = 0",
            hint="`covariate_filters = 4`, or leave `covariate_bins` out",
        )
