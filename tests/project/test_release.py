"""The checks of `make release-check` other than R CMD check."""

import pathlib
import subprocess

SOURCES = pathlib.Path(__file__).parents[2]
DESCRIPTION = """Package: lrschedules
Version: {version}
Authors@R: person({person}, role = c("aut", "cre"))
{urls}"""
URLS = "URL: https://lrs.org, https://forge.org/lrs\nBugReports: https://forge.org/lrs/issues\n"


def script(name, *arguments, folder=None):
    command = ["Rscript", SOURCES / "tools" / name, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()


def test_each_placeholder_is_named_with_its_place(tmp_path):
    (tmp_path / "NEWS.md").write_text("# lrschedules (development version)\n")
    filled = DESCRIPTION.format(
        version="0.1.0.9000", person='"The maintainers", email = "a@b.example"', urls=""
    )
    (tmp_path / "DESCRIPTION").write_text(filled)
    status, lines = script("placeholders.R", folder=tmp_path)
    assert status == 1
    assert [line.split(" must ")[0] for line in lines] == [
        "DESCRIPTION:3: `The maintainers`",
        "DESCRIPTION:3: `a@b.example`",
        "DESCRIPTION: `URL`",
        "DESCRIPTION: `BugReports`",
        "DESCRIPTION:2: `0.1.0.9000`",
        "NEWS.md:1: `# lrschedules (development version)`",
    ]


def test_what_is_filled_in_passes(tmp_path):
    (tmp_path / "NEWS.md").write_text("# lrschedules 0.2.0\n")
    filled = DESCRIPTION.format(
        version="0.2.0", person='"Ada", "Lovelace", email = "ada@forge.org"', urls=URLS
    )
    (tmp_path / "DESCRIPTION").write_text(filled)
    assert script("placeholders.R", folder=tmp_path) == (0, [])


LOG = """* using log directory ‘lrschedules.Rcheck’
* this is package ‘lrschedules’ version ‘0.1.0.9000’
* checking CRAN incoming feasibility ... NOTE
Maintainer: ‘A B <a@b.example>’

Version contains large components (0.1.0.9000)
{more}* checking tests ... {tests}
* DONE
Status: {status}
"""


def test_what_r_cmd_check_remarks_upon_is_found(tmp_path):
    log = tmp_path / "00check.log"
    log.write_text(LOG.format(more="", tests="OK", status="1 NOTE"), "utf-8")
    assert script("remarks.R", log) == (0, [])
    found = "Found the following (possibly) invalid URLs:"
    log.write_text(LOG.format(more=f"{found}\n", tests="ERROR", status="1 ERROR"), "utf-8")
    status, lines = script("remarks.R", log)
    assert status == 1
    assert [line.strip() for line in lines if line.strip()] == [
        "CRAN incoming feasibility: NOTE",
        found,
        "tests: ERROR",
    ]
    log.write_text(LOG.split("* DONE")[0].format(more="", tests="OK"), "utf-8")
    status, lines = script("remarks.R", log)
    assert status == 1 and lines[0].startswith("The check did not end")
