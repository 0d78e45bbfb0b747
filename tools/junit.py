"""Reads pytest's JUnit file.

Usage: junit.py FILE COUNTS SKIPPED, the latter two as in testthat.R.
"""

import sys
from xml.etree import ElementTree

report, counts, skipped = sys.argv[1:]
passed, failed, reasons = 0, 0, []
for case in ElementTree.parse(report).iter("testcase"):
    name = f"{case.get('classname')}: {case.get('name')}"
    skip = case.find("skipped")
    if case.find("failure") is not None or case.find("error") is not None:
        failed += 1
        print("failed:", name)
    elif skip is not None:
        reasons.append(f"{name}: {skip.get('message')}")
    else:
        passed += 1
with open(counts, "w") as file:
    print(passed, failed, len(reasons), file=file)
with open(skipped, "w") as file:
    file.writelines(" ".join(reason.split()) + "\n" for reason in reasons)
