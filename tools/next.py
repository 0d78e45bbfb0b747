"""Runs the Python tests with the nightly version of Keras, and compares with what is expected.

Tests that are not in DIFFERENT must pass, and tests in DIFFERENT must still fail; otherwise the
exit status is 1. Failures are printed with the path of the log that has the details.

Usage: tools/with-env python tools/next.py [--keep] [TEST_FILE...]
  --keep  uses the version in .dev/next instead of installing today's
BACKENDS="jax" selects backends.
"""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]
FOLDER = ROOT / ".dev" / "next"
BACKENDS = os.environ.get("BACKENDS", "tensorflow jax torch").split()

DIFFERENT = {}
"""Tests that fail with the nightly version, as `(backend, test): "reason"`, with the printed name
of the test: `("torch", "test_monitor.py::test_x[eager]"): "Keras no longer ..."`."""


def install():
    shutil.rmtree(FOLDER, ignore_errors=True)
    # Install no dependencies: the tests must use the same backends as before.
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--target"]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, FOLDER, "keras-nightly"], check=True
    )


def environment(backend, results=""):
    path = [FOLDER, ROOT / "inst" / "python", ROOT / "tools"]
    return {
        **os.environ,
        "KERAS_BACKEND": backend,
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "OMP_NUM_THREADS": "1",
        "RESULTS": str(results),
    }


def version():
    """The version of Keras that the tests will use."""
    program = "import keras; print(keras.__file__, keras.__version__)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(BACKENDS[0]),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    file, found = done.stdout.split()[-2:]
    if FOLDER not in pathlib.Path(file).parents:
        sys.exit(f"next: the tests would run with {file}, not with Keras in {FOLDER}")
    return found


def run(backend, files):
    """Runs the tests, and returns their outcomes by name and the exit status of pytest."""
    log, results = FOLDER / f"{backend}.log", FOLDER / f"{backend}.results"
    results.unlink(missing_ok=True)
    options = ["-q", "--tb=short", "-p", "no:cacheprovider", "-p", "pytest_results"]
    with log.open("w", encoding="utf-8") as output:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *(files or ["tests/python"])],
            cwd=ROOT,
            env=environment(backend, results),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
    outcomes = {name: outcome for outcome, name, _ in (line.split("\t") for line in lines)}
    return outcomes, done.returncode


def differences(backend, outcomes, are_all):
    """Describes unexpected outcomes, one line each."""
    expected = {test for where, test in DIFFERENT if where == backend}
    failed = {name for name, outcome in outcomes.items() if outcome == "failed"}
    for name in sorted(failed - expected):
        yield f"{backend}: {name} fails"
    for name in sorted(expected & outcomes.keys() - failed):
        yield f"{backend}: {name} no longer fails: remove it from DIFFERENT"
    for name in sorted(expected - outcomes.keys() if are_all else ()):
        yield f"{backend}: {name} does not exist: remove it from DIFFERENT"


def main():
    arguments = [a for a in sys.argv[1:] if a != "--keep"]
    if "--keep" not in sys.argv:
        install()
    print(f"Keras {version()} on {', '.join(BACKENDS)} ...", flush=True)
    bad = False
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS", 2))) as pool:
        for backend, (outcomes, status) in zip(
            BACKENDS, pool.map(lambda backend: run(backend, arguments), BACKENDS)
        ):
            counts = {what: list(outcomes.values()).count(what) for what in ("passed", "failed")}
            print(f"{backend}: {counts['passed']} passed, {counts['failed']} failed")
            found = list(differences(backend, outcomes, are_all=not arguments))
            # Without results, or with any other status, the tests did not run.
            if not outcomes or status not in (0, 1):
                found.append(f"{backend}: pytest ended with status {status}")
            for line in found:
                print(f"  {line}")
            if found:
                bad = True
                print(f"  the whole log is {FOLDER / f'{backend}.log'}")
    for (backend, test), reason in DIFFERENT.items():
        if backend in BACKENDS:
            print(f"expected: {backend}: {test} fails: {reason}")
    return bad


if __name__ == "__main__":
    sys.exit(main())
