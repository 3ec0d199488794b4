"""The command line ``neuroqgan``: one file a command group."""

from __future__ import annotations

from neuroqgan.cli.main import main as main
