"""The Python packages as a separate distribution."""

import pathlib
import re
import shutil
import subprocess
import sys

SOURCES = pathlib.Path(__file__).parents[2] / "inst" / "python"
VERSION = re.search(
    r"^Version: (.*)$", (SOURCES.parents[1] / "DESCRIPTION").read_text("utf-8"), re.M
)[1]


def test_the_python_core_installs_on_its_own_and_whole(tmp_path):
    shutil.copytree(SOURCES, tmp_path / "source", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "--target",
            tmp_path / "installed",
            tmp_path / "source",
        ],
        check=True,
    )

    def modules(folder):
        return {str(p.relative_to(folder)) for p in folder.glob("lrschedules*/**/*.py")}

    assert modules(tmp_path / "installed") == modules(SOURCES)
    # A number that pip would spell differently from R could never agree with R's.
    assert (tmp_path / "installed" / f"lrschedules-{VERSION}.dist-info").is_dir()
    done = subprocess.run(
        [sys.executable, "-c", "import lrschedules as l; print(l.__file__, l.__version__)"],
        env={"PYTHONPATH": str(tmp_path / "installed"), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    file, version = done.stdout.split()
    assert file.startswith(str(tmp_path)) and version == VERSION


def test_the_r_code_is_that_of_the_oldest_promised_version():
    # R 4.2 brought the placeholder `_` of a pipe, and R 4.3 made it extract: `_$name`.
    code = """
    for (file in dir("R", "[.]R$", full.names = TRUE)) {
      tokens <- getParseData(parse(file, keep.source = TRUE))
      cat(file, nrow(tokens), sum(tokens$token == "PLACEHOLDER"), "\\n")
    }
    """
    done = subprocess.run(
        ["Rscript", "-e", code],
        cwd=SOURCES.parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    assert len(lines) > 30 and all(int(tokens) > 0 for _, tokens, _ in lines)
    assert [file for file, _, placeholders in lines if int(placeholders)] == []


def test_the_map_of_the_package_names_every_vignette():
    root = SOURCES.parents[1]
    page = (root / "R" / "lrschedules-package.R").read_text(encoding="utf-8")
    vignettes = [path.stem for path in (root / "vignettes").glob("*.Rmd")]
    assert len(vignettes) >= 9
    for name in vignettes:
        assert f'`vignette("{name}", "lrschedules")`' in page


def test_the_readme_installs_what_was_built_with_its_vignettes():
    root = SOURCES.parents[1]
    readme = (root / "README.md").read_text(encoding="utf-8")
    commands = readme.split("## Installing")[1].split("```r")[1].split("```")[0]
    build, install = commands.index('"build"'), commands.index(f"lrschedules_{VERSION}.tar.gz")
    assert build < install


def test_news_names_functions_first():
    news = (SOURCES.parents[1] / "NEWS.md").read_text(encoding="utf-8")
    newest = re.split(r"^# ", news, flags=re.M)[1]
    lines = re.findall(r"^\* (.*)$", newest, re.M)
    assert len(lines) > 20
    assert [line for line in lines if not re.match(r"(In Python, )?`", line)] == []
