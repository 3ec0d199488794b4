"""How a program is sampled on a device: what may be asked for, checked once."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from neuroqgan.errors import ConfigError


class SamplingOptions(BaseModel):
    """Options of a sampler job that matter for rasters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tiles: int | None = Field(None, ge=1, description="most tiles a page; as many as fit")
    mitigate: Literal["none", "readout"] = Field(
        "none", description="readout: calibration circuits ride in the same job"
    )
    calibration_shots: int = Field(1000, ge=100, description="shots of a calibration circuit")
    dynamical_decoupling: Literal["none", "XX", "XpXm", "XY4"] = Field(
        "none", description="pulses on idle qubits"
    )
    twirl_gates: bool = Field(False, description="twirl two-qubit gates, one randomisation a shot")
    twirl_measure: bool = Field(False, description="flip measured qubits at random, and back")
    fractional_gates: bool = Field(False, description="let the device use rx and rzz")
    rep_delay: float | None = Field(None, ge=0, description="seconds between executions")
    max_execution_time: int | None = Field(None, ge=1, description="seconds until the job is cut")
    private: bool = Field(False, description="the service shows the result once, then forgets it")

    @classmethod
    def build(cls, values: dict[str, Any]) -> SamplingOptions:
        """Check options; None means not given.

        Raises
        ------
        ConfigError
            If an option is unknown or its value impossible.
        ConfigError
            If two options exclude each other.
        """
        given = {key: value for key, value in values.items() if value is not None}
        try:
            options = cls(**given)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise ConfigError(
                f"Impossible value for {key}.",
                expected=first["msg"][0].lower() + first["msg"][1:],
                got=repr(first["input"]),
                hint="neuroqgan run --help",
            ) from error
        if options.fractional_gates and options.twirl_gates:
            raise ConfigError(
                "Fractional gates cannot be twirled.",
                expected="--fractional-gates or --twirl-gates",
                got="both",
                hint="leave --twirl-gates out",
            )
        return options
