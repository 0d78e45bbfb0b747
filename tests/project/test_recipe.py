"""The recipe of CONTRIBUTING.md for a new schedule, followed in a copy of the sources."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
FILES = re.compile(r"^`([\w/.-]+)`: [^`]*?```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)

ROXYGEN = """
roxygen2::roxygenise()
pkgload::load_all(".", quiet = TRUE, export_all = FALSE)
schedule <- learning_rate_schedule_sawtooth(0.1, 1000)
print(schedule)
print(inherits(try(learning_rate_schedule_sawtooth(0.1, 0.5), silent = TRUE), "try-error"))
plan <- training_plan(steps_per_epoch = 100, epochs = 10)
schedule_code(schedule, plan)
designer <- asNamespace("lrschedules")
stopifnot("learning_rate_schedule_sawtooth" %in% designer$designer_shapes()$name)
design <- designer$new_design(learning_rate_schedule_constant(0.1), plan)
change <- list(action = "shape", part = design$part$id, value = "learning_rate_schedule_sawtooth")
designer$changed_design(design, change)$schedule
"""


def run(command, folder, **environment):
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def run_pytest(folder, tests, which, *names):
    run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", which]
        + [folder / "tests" / tests / f"test_{name}.py" for name in names],
        folder,
        PYTHONPATH=str(folder / "inst" / "python"),
        LRSCHEDULES_QUICK="true",
    )


def test_a_new_schedule_needs_five_files(tmp_path):
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    recipe = text[text.index("## Adding a schedule") :]
    files = dict(FILES.findall(recipe))
    assert len(files) == 5
    for name in ("DESCRIPTION", "NAMESPACE", "R", "inst", "man", "tests"):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)
    for name, contents in files.items():
        assert not (tmp_path / name).exists()
        (tmp_path / name).write_text(contents, encoding="utf-8")

    # In Python, the catalogue's tests of every class pass, and nothing else was edited.
    of_every_class = ("catalogue", "bad_input", "properties")
    run_pytest(tmp_path, "math", "awtooth", "sawtooth", *of_every_class)
    run_pytest(tmp_path, "python", "awtooth or every_public or on_a_device", *of_every_class)

    # In R, the schedule is documented and exported, and prints.
    (tmp_path / "recipe.R").write_text(ROXYGEN, encoding="utf-8")
    printed = run(["Rscript", "recipe.R"], tmp_path, PYTHONPATH="")
    assert "<learning_rate_schedule> sawtooth" in printed and "[1] TRUE" in printed
    # The designer also has it.
    assert "learning_rate_schedule_sawtooth(0.1, period = epochs(10, plan))" in printed
    assert printed.count("<learning_rate_schedule> sawtooth") == 2
    assert "export(learning_rate_schedule_sawtooth)" in (tmp_path / "NAMESPACE").read_text()
    assert (tmp_path / "man" / "learning_rate_schedule_sawtooth.Rd").exists()
