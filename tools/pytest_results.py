"""A pytest plugin that writes the file RESULTS, as tools/test reads it."""

import os
import pathlib


class _Results:
    def __init__(self):
        self.lines = {}

    def pytest_runtest_logreport(self, report):
        if report.when != "call" and report.passed:
            return
        if report.nodeid in self.lines and not report.failed:
            return
        reason = ""
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        fields = (report.outcome, report.nodeid, reason.removeprefix("Skipped: "))
        self.lines[report.nodeid] = "\t".join(" ".join(field.split()) for field in fields)

    def pytest_collectreport(self, report):
        if report.failed:
            self.lines[report.nodeid] = f"failed\t{report.nodeid}\t"

    def pytest_sessionfinish(self):
        text = "".join(line + "\n" for line in self.lines.values())
        pathlib.Path(os.environ["RESULTS"]).write_text(text, encoding="utf-8")


def pytest_configure(config):
    config.pluginmanager.register(_Results())
