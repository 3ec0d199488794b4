"""Fail where an example of a command is not a line of a code block on the built Commands page."""

import html
import inspect
import re
import sys
from pathlib import Path

from neuroqgan.cli import main

page = (Path(sys.argv[1]) / "commands" / "index.html").read_text(encoding="utf-8")
blocks = re.findall(r"<pre.*?</pre>", page, re.DOTALL)
lines = {line.strip() for b in blocks for line in html.unescape(re.sub("<.*?>", "", b)).split("\n")}
pages, commands = [], [main]
while commands:
    command = commands.pop()
    pages.append(inspect.cleandoc(command.help or ""))
    commands += getattr(command, "commands", {}).values()
examples = re.findall(r"^ {4}(neuroqgan .*)$", "\n".join(pages), re.MULTILINE)
missing = [line for line in examples if line not in lines]
if missing or len(examples) < len(pages):
    sys.exit(f"Not in a code block of the Commands page: {missing or 'any example'}")
print(f"{len(examples)} examples of {len(pages)} commands are code blocks.")
