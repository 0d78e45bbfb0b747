"""Puts small faults into the Python packages, one at a time, and checks whether the tests notice.

Each fault changes a comparison, a sign, a constant, a minimum or a maximum in one line of a copy of
the sources. Faults in `lrschedules_math` are tested with the quick tests of numbers, faults in
`lrschedules` with the quick tests of one backend. EQUAL lists faults that have no visible effect,
with the reason; they are not drawn.

Usage: tools/with-env python tools/faults.py [SEED [FAULTS]]   (KERAS_BACKEND chooses the backend)
Exit status: 0 if at least 95 % were noticed. Faults that no test notices are listed at the end.
"""

import ast
import concurrent.futures
import dataclasses
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[1]
SOURCES = ROOT / "inst" / "python"
TESTS = {"lrschedules_math": "math", "lrschedules": "python"}
BACKEND = os.environ.get("KERAS_BACKEND", "tensorflow")
ENOUGH = 0.95

# By file, line and fault: the reason why no test can notice the fault.
EQUAL = {
    (
        "lrschedules_math/catalogue/cosine.py",
        'return xp.where(step < warmup, between("linear", start, peak, step, warmup, xp), fall)',
        "step < warmup -> step <= warmup",
    ): "both lines meet at the peak",
    (
        "lrschedules_math/catalogue/model_garden_offset.py",
        "found = super().landmarks(max(first - self.offset, 0), max(last - self.offset, 0))",
        "0 -> 1",
    ): "landmarks slightly outside the range are allowed",
    (
        "lrschedules_math/compose/arithmetic.py",
        "may_overflow = False",
        "False -> True",
    ): "no sum of rates reaches the limit of a partial product",
    (
        "lrschedules_math/compose/arithmetic.py",
        "return xp.where(zero, LARGEST_RATE, dividend / xp.where(zero, 1.0, divisor))",
        "1.0 -> 2.0",
    ): "the value replaces a divisor of 0 in a branch that is not taken",
    (
        "lrschedules_math/compose/timing.py",
        "found = later(schedule.landmarks(max(first - start, 0), last - start), start)",
        "max(first - start, 0) -> min(first - start, 0)",
    ): "landmarks before the range are allowed",
    (
        "lrschedules_math/compose/timing.py",
        "found = later(schedule.landmarks(max(first - start, 0), last - start), start)",
        "last - start -> last + start",
    ): "the next line drops the landmarks after the range",
    (
        "lrschedules_math/compose/timing.py",
        "found = _shifted(self.schedule, 0, first // k, last // k)",
        "last // k -> last / k",
    ): "both limits include the same whole steps",
    (
        "lrschedules_math/compose/timing.py",
        "found = _shifted(self.schedule, 0, first // k, last // k)",
        "first // k -> first / k",
    ): "no whole step is between the two limits, and the landmark before the range is not in it",
    (
        "lrschedules_math/compose/timing.py",
        "found += _shifted(self.schedule, start, max(first, start), until)",
        "max(first, start) -> min(first, start)",
    ): "landmarks before the range are allowed",
    (
        "lrschedules_math/core/checks.py",
        "if floats is not None and len(floats) and (np.isfinite(floats) & (floats >= 0)).all():",
        "floats >= 0 -> floats > 0",
    ): "rates among which there is a 0 are then checked one by one, with the same result",
    (
        "lrschedules_math/core/checks.py",
        "whole = (floats == np.floor(floats)) & (floats >= 0) & (floats <= MAX_STEP)",
        "floats >= 0 -> floats > 0",
    ): "steps among which there is a 0 are then checked one by one, with the same result",
    (
        "lrschedules_math/core/checks.py",
        "check.takes_schedules = True",
        "True -> False",
    ): "only the existence of the attribute counts",
    (
        "lrschedules_math/core/namespaces.py",
        "return x if np.size(x) and np.min(x) >= limit else np.maximum(x, limit)",
        "np.min(x) >= limit -> np.min(x) > limit",
    ): "at the limit, the maximum is a copy of equal rates",
    (
        "lrschedules_math/core/whole_steps.py",
        "return count if MAX_STEP // numerator < most else xp.minimum(count, most * denominator)",
        "MAX_STEP // numerator < most -> MAX_STEP // numerator <= most",
    ): "no two different integers up to 10^6 have the same quotient here",
    (
        "lrschedules_math/core/whole_steps.py",
        "if b == 1 or len(first_steps) <= _EXACT_STARTS:",
        "1 -> 2",
    ): "exact starts and starts rounded with enough bits lie between the same whole steps",
    (
        "lrschedules_math/core/whole_steps.py",
        "error = 2 - (-error * a // b)",
        "2 -> 3",
    ): "a larger error bound uses more bits and gives the same steps",
    (
        "lrschedules_math/core/whole_steps.py",
        "bits = 128",
        "128 -> 129",
    ): "a higher precision to begin with, and the same steps follow",
    (
        "lrschedules_math/insight/phases.py",
        "count, length = _repetition(kinds, i) if len(told) > _FEW else (1, 1)",
        "1 -> 2",
    ): "fewer than three repetitions count as one",
    (
        "lrschedules_math/insight/phases.py",
        "turns |= told | {i - 1 for i in told if i > 0 and _is_jump(rates, i - 1, i)}",
        "0 -> 1",
    ): "with i = 1 it adds step 0, which the next line removes",
    (
        "lrschedules_math/insight/telling_steps.py",
        "steps = {int(edges[0]), int(edges[-1]) - 1}",
        "0 -> 1",
    ): "the samples of the first part begin with this step",
    (
        "lrschedules/classes/look_ahead.py",
        "MOST = 256",
        "256 -> 257",
    ): "the number of rates computed at once affects only the speed",
}

TURNED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.FloorDiv, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
NAMES = {"minimum": "maximum", "maximum": "minimum", "min": "max", "max": "min"}


@dataclasses.dataclass(frozen=True)
class Fault:
    path: str
    line: int
    start: int
    end: int
    before: str
    after: str
    code: str

    def __str__(self):
        return f"{self.before} -> {self.after}"

    @property
    def key(self):
        return self.path, self.code, str(self)


def turned(node):
    """The faults of one node, each as a changed copy of the node."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in TURNED and len(node.ops) == 1:
        yield ast.Compare(node.left, [TURNED[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.BinOp) and type(node.op) in TURNED:
        yield ast.BinOp(node.left, TURNED[type(node.op)](), node.right)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(TURNED[type(node.op)](), node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield ast.Attribute(node.value, NAMES[node.attr], node.ctx)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NAMES:
        yield ast.Call(ast.Name(NAMES[node.func.id]), node.args, node.keywords)


def faults_of(path):
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line.encode()))
    source = text.encode()
    for node in ast.walk(ast.parse(text)):
        for fault in turned(node):
            start = offsets[node.lineno - 1] + node.col_offset
            end = offsets[node.end_lineno - 1] + node.end_col_offset
            before = source[start:end].decode()
            after = ast.unparse(ast.fix_missing_locations(fault))
            if ast.unparse(node) != after:
                name = path.relative_to(SOURCES).as_posix()
                before = " ".join(before.split())
                code = lines[node.lineno - 1].strip()
                yield Fault(name, node.lineno, start, end, before, after, code)


def all_faults():
    # Skip the code of other backends: the tests of this backend don't run it.
    others = {f"{name}.py" for name in ("tensorflow", "jax", "torch", "host")} - {f"{BACKEND}.py"}
    paths = sorted(
        p
        for package in TESTS
        for p in (SOURCES / package).rglob("*.py")
        if p.parent.name not in ("backend", "internals") or p.name not in others
    )
    faults = [fault for path in paths for fault in faults_of(path)]
    stale = set(EQUAL) - {fault.key for fault in faults}
    # Code of other backends is not read, so its entries cannot be looked for.
    stale = {key for key in stale if SOURCES / key[0] in paths}
    if stale:
        raise SystemExit(f"EQUAL has entries for code that has changed: {sorted(stale)}")
    return [fault for fault in faults if fault.key not in EQUAL]


def noticed(fault, folder):
    """Whether a test fails. The module's own tests run first."""
    copy = pathlib.Path(folder) / f"{abs(hash(fault))}"
    keep = shutil.ignore_patterns("__pycache__", "testthat")
    shutil.copytree(ROOT / "inst", copy / "inst", ignore=keep)
    shutil.copytree(ROOT / "tests", copy / "tests", ignore=keep)
    path = copy / "inst" / "python" / fault.path
    source = path.read_bytes()
    path.write_bytes(source[: fault.start] + f"({fault.after})".encode() + source[fault.end :])
    tests = copy / "tests" / TESTS[fault.path.partition("/")[0]]
    files = sorted(tests.glob("test_*.py"), key=lambda file: file.stem != f"test_{path.stem}")
    environment = {
        **os.environ,
        "KERAS_BACKEND": BACKEND,
        "LRSCHEDULES_QUICK": "true",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(copy / "inst" / "python"),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files]
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, check=False, timeout=120
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        shutil.rmtree(copy)
    return done.returncode != 0


def main():
    seed, number = ([int(x) for x in sys.argv[1:]] + [1, 40][len(sys.argv) - 1 :])[:2]
    drawn = random.Random(seed).sample(all_faults(), number)
    survivors = []
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        for fault, seen in zip(drawn, pool.map(lambda f: noticed(f, folder), drawn)):
            what = "noticed " if seen else "SURVIVED"
            print(f"{what} {fault.path}:{fault.line}: {fault}", flush=True)
            survivors += [] if seen else [fault]
    share = 1 - len(survivors) / number
    print(f"\n{number - len(survivors)} of {number} faults noticed on {BACKEND} (seed {seed})")
    for fault in survivors:
        print(f"survived: {fault.path}:{fault.line}: {fault}\n          {fault.code}")
    sys.exit(share < ENOUGH)


if __name__ == "__main__":
    main()
