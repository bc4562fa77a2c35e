"""Data of one's own, and all that can be wrong with it; texts of the catalogue, and their splits."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from survey.bench.data import own_images
from survey.bench.data.own_images import Look, read_image
from survey.bench.data.sorting import sort_examples, split_examples
from survey.bench.data.texts import order_splits, strategy_splits
from survey.bench.opening import open_task
from survey.probes.errors import ProbeError

GOOD = "text,label\n" + "".join(f"a good film {n},yes\nan awful film {n},no\n" for n in range(10))


def opened(path: Path, content: str | bytes) -> object:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_task(f"folder:{path}")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", GOOD),
        ("a.csv", GOOD.replace(",", ";")),
        ("a.tsv", GOOD.replace(",", "\t")),
        ("a.csv", GOOD.partition("\n")[2]),  # no names of columns: the first two
        ("a.csv", b"\xef\xbb\xbf" + GOOD.encode()),
        ("a.csv", "id,label,Title\n" + "".join(f"{n},{'no' if n % 2 else 'yes'},film {n}\n" for n in range(20))),
    ],
)
def test_tables_of_texts_in_their_usual_forms(tmp_path: Path, name: str, content: str | bytes) -> None:
    task = opened(tmp_path / name, content)
    assert task.found.classes == ("no", "yes")  # type: ignore[attr-defined]
    assert [len(members) for members in task.found.members] == [10, 10]  # type: ignore[attr-defined]
    assert task.notes == ()  # type: ignore[attr-defined]


def test_rows_without_a_text_or_a_label_are_skipped_and_counted(tmp_path: Path) -> None:
    task = opened(tmp_path / "a.csv", GOOD + "\n,\n,yes\nalone\n")
    assert task.notes == ("4 rows without a text or a label were skipped",)  # type: ignore[attr-defined]


def test_a_class_with_one_example_is_left_out_and_named(tmp_path: Path) -> None:
    task = opened(tmp_path / "a.csv", GOOD + "odd,rare\n" + GOOD.partition("\n")[2])
    assert task.found.classes == ("no", "yes")  # type: ignore[attr-defined]
    assert task.notes == (  # type: ignore[attr-defined]
        "20 repeated examples are left out",
        "left out, for fewer than 3 examples: rare",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("text,label\na,x\nb,x\nc,x\n", "has one class"),
        ("text,label\na,x\nb,y\n", "has no class of 3 examples or more"),
        ("text\na\nb\n", "no row of .* has both"),
        ("text,label\ncaf\xe9,x\n".encode("latin-1"), r"is not UTF-8 \(byte 14\). Save it as UTF-8"),
        ("text,label\n" + "x" * 200_000 + ",a\n", "is no CSV"),
    ],
)
def test_tables_that_cannot_be_used_are_told_with_a_remedy(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(ProbeError, match=said):
        opened(tmp_path / "a.csv", content)


def test_a_place_without_data_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match="there is nothing at"):
        open_task(f"folder:{tmp_path / 'none'}")
    with pytest.raises(ProbeError, match="neither a CSV nor folders of images"):
        open_task(f"folder:{tmp_path}")


def test_splits_keep_shares_and_share_no_example() -> None:
    found = sort_examples([(f"{label}{n}", label) for label in "ab" for n in range(20)], "here")
    train, validation, test = split_examples(found, seed=0)
    assert (len(train), len(validation), len(test)) == (22, 8, 10)
    assert sum(label for _, label in test) == 5
    assert len({item for part in (train, validation, test) for item, _ in part}) == 40
    assert split_examples(found, seed=1)[2] != test
    assert sum(map(len, split_examples(found, seed=0, most=20))) == 20


# ---- images ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Two classes of four images, of two sizes."""
    for number, name in enumerate(("dark", "light")):
        (tmp_path / name).mkdir()
        for n in range(4):
            Image.new("RGB", (8 + n % 2, 9), (200 * number + n,) * 3).save(tmp_path / name / f"{n}.png")
    return tmp_path


def test_images_of_mixed_sizes_are_brought_to_one_and_that_is_said(images: Path) -> None:
    task = open_task(f"folder:{images}")
    assert task.found.classes == ("dark", "light")  # type: ignore[attr-defined]
    assert task.notes == (  # type: ignore[attr-defined]
        "images of 2 sizes were brought to one, without keeping their proportions",
    )
    shown = read_image(images / "light" / "0.png", Look(16, grey=True))
    assert shown.shape == (1, 16, 16)
    assert shown.mean().item() == pytest.approx(200 / 255)
    colours = read_image(images / "light" / "0.png", Look(4, False, (0.5,) * 3, (0.5,) * 3))
    assert colours.shape == (3, 4, 4)
    assert colours.mean().item() == pytest.approx((200 / 255 - 0.5) / 0.5, abs=1e-5)


def test_a_broken_image_is_skipped_and_counted(images: Path) -> None:
    (images / "dark" / "no.png").write_bytes(b"not an image")
    assert "1 images were skipped: no.png is no image that can be read" in open_task(f"folder:{images}").notes  # type: ignore[attr-defined]


def test_an_image_that_breaks_off_is_no_image(images: Path) -> None:
    Image.effect_noise((64, 64), 50).save(images / "whole.png")
    (images / "dark" / "cut.png").write_bytes((images / "whole.png").read_bytes()[:2000])
    with pytest.raises(ProbeError, match=r"cut\.png is no image that can be read"):
        read_image(images / "dark" / "cut.png", Look(16, True))


def test_an_image_that_unpacks_to_too_much_is_never_unpacked(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_images, "_PIXELS", 100)
    Image.new("1", (20, 6)).save(images / "dark" / "bomb.png")
    assert "1 images were skipped: bomb.png unpacks to 20 x 6 pixels" in open_task(f"folder:{images}").notes  # type: ignore[attr-defined]


def test_a_real_bomb_is_refused_by_its_head(tmp_path: Path) -> None:
    # One bit a pixel, all the same: 8 kB on disk, 64 MB in grey.
    Image.new("1", (8_000, 8_000)).save(tmp_path / "bomb.png")
    with pytest.raises(ProbeError, match="bomb"):
        read_image(tmp_path / "bomb.png", Look(16, True))


def test_one_folder_of_images_is_one_class(images: Path) -> None:
    for path in (images / "light").iterdir():
        path.unlink()
    with pytest.raises(ProbeError, match="has one class"):
        open_task(f"folder:{images}")


# ---- the catalogue's texts -------------------------------------------------------------------------------------------


def test_word_order_has_each_text_twice_and_in_one_split_only() -> None:
    splits = order_splits(0)
    words = [
        [" ".join(sorted(text.split())) for text in part.texts]
        for part in (splits.train, splits.validation, splits.test)
    ]
    assert [len(part) for part in words] == [1440, 240, 480]
    for part in (splits.train, splits.validation, splits.test):
        assert sum(part.labels) * 2 == len(part)  # as many shuffled as not
        assert len(set(part.texts)) == len(part)
    train, validation, test = (set(part) for part in words)
    # The same words in another order are the same text here.
    assert not train & validation and not train & test and not validation & test


def test_strategies_share_no_paper_between_splits() -> None:
    splits = strategy_splits(0)
    assert splits.classes == ("efficient", "evaluation", "existing", "plug-and-play")
    parts = [set(part.texts) for part in (splits.train, splits.validation, splits.test)]
    assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]
    assert splits == strategy_splits(0)
    assert splits.test != strategy_splits(1).test
