"""Quantum processors of a Slurm site, by way of QRMI, as backends ``qrmi:NAME`` of neuroqgan."""

from neuroqgan_qrmi.device import device

__all__ = ["device"]
