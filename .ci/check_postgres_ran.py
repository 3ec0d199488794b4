"""Fail where tests on PostgreSQL were left out: reports without them look as green."""

import re
import sys
import xml.etree.ElementTree as ET

cases = [
    case
    for report in sys.argv[1:]
    for case in ET.parse(report).iter("testcase")  # noqa: S314  # pytest wrote it just now
]
ours = [case for case in cases if re.search(r"[\[-]postgres[\]-]", case.attrib["name"])]
skipped = [
    f"{case.attrib['name']}: {reason.attrib.get('message', '')}"
    for case in cases
    for reason in case.findall("skipped")
    if case in ours or "NEUROQGAN_TEST_POSTGRES_URL" in reason.attrib.get("message", "")
]
if not ours or skipped:
    sys.exit(f"Tests on PostgreSQL: {len(ours)}. Skipped: {skipped}")
print(f"{len(ours)} tests ran on PostgreSQL.")
