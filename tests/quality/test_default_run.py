"""How good the rasters of ``neuroqgan run --backend aer`` are, with nothing else set."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
