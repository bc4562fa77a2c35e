"""The wheel: built, installed into a fresh environment, both packages there ours and whole."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Run inside the fresh environment: every package, every file of data, and the command itself.
PROBE = """
import corpus, survey, sys
from importlib import resources, metadata
for package in (corpus, survey):
    assert "fresh" in package.__file__, package.__file__
for package, file in (("corpus", "schema/1.sql"), ("corpus", "schema/2.sql"), ("corpus", "topics.toml"), ("corpus", "terms.tsv"),
                      ("corpus.starter", "papers.jsonl"), ("corpus.starter", "citations.tsv"),
                      ("survey", "directions.toml"), ("survey", "sentences.toml"), ("survey", "app.py"),
                      ("survey.outline", "aspects.tsv"), ("survey.export", "page.css"),
                      ("survey.views", "strings/zh.toml"), ("survey.views", "__init__.py"), ("corpus", "py.typed")):
    assert resources.files(package).joinpath(file).is_file(), (package, file)
from survey.serving import app_file
assert app_file().parent.name == "survey", app_file()
print(metadata.version("fourways"))
"""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment that holds the wheel alone; its dependencies are lent by this one."""
    folder = tmp_path_factory.mktemp("fresh")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("fourways-*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
    python = folder / "venv" / "bin" / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    return python


def run(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # A path entry, unlike a site folder, runs no .pth files: the editable install of this checkout stays out.
    environment = {**os.environ, "PYTHONPATH": sysconfig.get_paths()["purelib"]}
    return subprocess.run([str(python), *arguments], capture_output=True, text=True, cwd=python.parent, env=environment)


def test_both_packages_are_ours_and_whole(fresh: Path) -> None:
    done = run(fresh, "-c", PROBE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "0.1.0"


def test_the_command_is_installed(fresh: Path) -> None:
    done = run(fresh, str(fresh.parent / "fourways"), "--help")
    assert done.returncode == 0, done.stderr
    assert "survey" in done.stdout
