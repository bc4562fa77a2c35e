"""What is written to disk: what each format needs beside it, old files whole or set aside, and folders that cannot be used."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from export_drafts import QUIET, hostile_papers, make_draft

from corpus.errors import HomeError
from survey.export import exports, save_draft
from survey.export.saving import WRITTEN, check_folder, save_files


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_each_format_brings_what_it_needs(tmp_path: Path) -> None:
    save_draft(make_draft(QUIET), tmp_path, ["tex"])
    assert sorted(contents(tmp_path)) == [
        WRITTEN,
        "figures/citation_map.pdf",
        "figures/taxonomy.pdf",
        "figures/timeline.pdf",
        "references.bib",
        "survey.tex",
    ]


def test_all_formats_are_written_and_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        files = save_draft(make_draft(hostile_papers()), tmp_path / name, list(exports()))
        assert [path.name for path in files] == [one.file for one in exports().values()]
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert not (tmp_path / "two" / "survey.md.1").exists()


def test_an_edited_file_is_set_aside_and_an_unedited_one_replaced(tmp_path: Path) -> None:
    save_files({"a.md": b"first", "figures/b.svg": b"<svg/>"}, tmp_path)
    (tmp_path / "a.md").write_text("my words")
    save_files({"a.md": b"second", "figures/b.svg": b"<svg />"}, tmp_path)
    save_files({"a.md": b"third"}, tmp_path)
    kept = contents(tmp_path)
    kept.pop(WRITTEN)
    assert kept == {"a.md": b"third", "a.md.1": b"my words", "figures/b.svg": b"<svg />"}


def test_a_file_that_is_not_ours_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("theirs")
    save_files({"a.md": b"ours"}, tmp_path)
    assert (tmp_path / "a.md.1").read_text() == "theirs"


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b"\xff\xfe", b'{"a.md": 3}'])
def test_a_damaged_record_of_what_was_written_loses_nothing(tmp_path: Path, damage: bytes) -> None:
    save_files({"a.md": b"first"}, tmp_path)
    (tmp_path / WRITTEN).write_bytes(damage)
    save_files({"a.md": b"second"}, tmp_path)
    assert (tmp_path / "a.md.1").read_bytes() == b"first"


def test_a_disk_that_fills_up_leaves_every_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_draft(make_draft(QUIET), tmp_path, ["md", "bib", "json"])
    before = contents(tmp_path)
    calls = 0

    def full_at_the_third(_: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_at_the_third)
    with pytest.raises(HomeError, match=r"No space left on device.*Make room there"):
        save_draft(make_draft(hostile_papers()), tmp_path, ["md", "bib", "json"])
    assert contents(tmp_path) == before


@pytest.mark.skipif(not Path("/dev/full").exists() or os.geteuid() != 0, reason="a small file system needs root")
def test_a_file_system_that_is_really_full(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        save_files({"a.md": b"first" * 100}, small)
        before = contents(small)
        with pytest.raises(HomeError, match="No space left on device"):
            save_files({"a.md": b"second", "b.md": b"x" * 200_000}, small)
        assert contents(small) == before
        assert sorted(path.name for path in small.iterdir()) == [WRITTEN, "a.md"]
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.parametrize("name", ["survey.md", "figures"])
def test_something_else_in_the_place_is_told_before_anything_is_moved(tmp_path: Path, name: str) -> None:
    save_files({"survey.md": b"old", "a.md": b"old"}, tmp_path / "out")
    place = tmp_path / "out" / name
    place.unlink(missing_ok=True)
    if name == "figures":
        place.write_text("a file")
    else:
        place.mkdir()
    before = contents(tmp_path)
    with pytest.raises(HomeError, match=r"is a folder|is a file"):
        save_files({"a.md": b"new", "survey.md": b"new", "figures/x.svg": b"new"}, tmp_path / "out")
    assert contents(tmp_path) == before


def test_a_folder_that_cannot_be_made_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(HomeError, match=r"cannot be written to .*file/sub.*--out"):
        save_draft(make_draft(QUIET), tmp_path / "file" / "sub", ["json"])


def test_looking_whether_a_folder_can_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    check_folder(tmp_path / "new" / "folder")
    check_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("mine")
    with pytest.raises(HomeError, match=r"cannot be written to .*file/sub.*--out"):
        check_folder(tmp_path / "file" / "sub")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_leave_to_write_is_told_in_a_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(HomeError, match="Permission denied"):
            save_draft(make_draft(QUIET), tmp_path, ["json"])
    finally:
        tmp_path.chmod(0o700)
