"""The site's list of functions and articles, `_pkgdown.yml`, leaves none out."""

import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def package(tmp_path):
    """A copy of the list and of the pages that it must name."""
    if subprocess.run(
        ["Rscript", "-e", "quit(status = !nzchar(system.file(package = 'pkgdown')))"]
    ).returncode:
        pytest.skip("pkgdown is not installed")
    for name in ("DESCRIPTION", "NAMESPACE", "_pkgdown.yml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("man", "vignettes"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def check(package):
    script = "options(pkgdown.internet = FALSE); pkgdown::check_pkgdown()"
    done = subprocess.run(
        ["Rscript", "-e", script], cwd=package, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


def copy_topic(package, name, new):
    text = (package / "man" / f"{name}.Rd").read_text(encoding="utf-8")
    (package / "man" / f"{new}.Rd").write_text(text.replace(name, new), encoding="utf-8")


def test_every_function_and_article_is_listed(package):
    assert check(package) == (0, "No problems found\n")


def test_a_new_schedule_is_listed_by_its_name(package):
    copy_topic(package, "learning_rate_schedule_tanh_decay", "learning_rate_schedule_sawtooth")
    assert check(package) == (0, "No problems found\n")


def test_a_forgotten_function_is_noticed(package):
    copy_topic(package, "training_plan", "forgotten")
    status, message = check(package)
    assert status == 1 and "forgotten" in message
