"""The spelling check notices what it should."""

import pathlib
import subprocess

SOURCES = pathlib.Path(__file__).parents[2]


def check(folder):
    return subprocess.run(
        ["Rscript", SOURCES / "tools" / "spelling.R"], cwd=folder, capture_output=True, text=True
    )


def test_a_misspelling_american_spelling_and_an_idle_word_are_found(tmp_path):
    (tmp_path / "man").mkdir()
    (tmp_path / "inst").mkdir()
    (tmp_path / "DESCRIPTION").write_text((SOURCES / "DESCRIPTION").read_text("utf-8"), "utf-8")
    (tmp_path / "CONTRIBUTING.md").write_text("A teh in a sentence, in colour.\n")
    (tmp_path / "man" / "a.Rd").write_text(r"\name{a}\title{A warmup}\description{Its color.}")
    used_in_description = (
        "JAX Keras Loshchilov Hutter PyTorch TensorFlow WACV arXiv doi optax warmups"
    )
    words = sorted(["Warmup", "warmup", *used_in_description.split()])
    (tmp_path / "inst" / "WORDLIST").write_text("\n".join(words) + "\n")
    done = check(tmp_path)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "color: a.Rd:1",
        "teh: CONTRIBUTING.md:1",
        "Correct these words, or add them to inst/WORDLIST.",
        "Remove from inst/WORDLIST, because nothing contains them: Warmup",
    ]
