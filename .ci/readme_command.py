"""Print the n-th command of the README's quick start, so that the check runs what users type."""

import re
import sys
from pathlib import Path

section = Path("README.md").read_text(encoding="utf-8").split("## Quick start")[1]
commands = re.findall(r"```sh\n(.*?)\n```", section.split("\n## ")[0], re.DOTALL)
print(commands[int(sys.argv[1]) - 1])
