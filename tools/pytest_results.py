"""A pytest plugin that writes the file RESULTS for tools/test, and RESULTS.cpu with the CPU time of
each test file, including the processes that its tests start."""

import collections
import os
import pathlib

import pytest


def _cpu():
    return sum(os.times()[:4])


class _Results:
    def __init__(self):
        self.lines = {}
        self.seconds = collections.Counter()

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

    def pytest_collection_finish(self):
        self.seconds["before the first test"] = _cpu()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item):
        start = _cpu()
        yield
        self.seconds[item.nodeid.partition("::")[0]] += _cpu() - start

    def pytest_sessionfinish(self):
        text = "".join(line + "\n" for line in self.lines.values())
        path = pathlib.Path(os.environ["RESULTS"])
        path.write_text(text, encoding="utf-8")
        seconds = "".join(f"{seconds:.2f}\t{file}\n" for file, seconds in self.seconds.items())
        path.with_suffix(".cpu").write_text(seconds, encoding="utf-8")


def pytest_configure(config):
    config.pluginmanager.register(_Results())
