"""A file of notes -> its text in plain lines: decoded, with nothing in them that nobody sees. Pure."""

from __future__ import annotations

import re

_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x85]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufffe\uffff\ud800-\udfff]"
)
_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_BULLET = re.compile(r"^([ \t]*)[•●◦▪■□○‣⁃][ \t]*(?=\S)", re.MULTILINE)


def decode(data: bytes) -> str:
    """A file's text: Unicode by its mark, else UTF-8, else GB18030 (which holds GBK). Damage is replaced, never refused."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    text = data.decode("utf-8", errors="replace")
    damaged = text.count("\ufffd")
    if not damaged or sum(not char.isascii() for char in text) > 2 * damaged:  # UTF-8, perhaps with a few broken bytes
        return text
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError:
        return text


def plain_lines(text: str) -> str:
    """The text with one kind of line end, without invisible characters, front matter and comments; lines keep their numbers."""
    text = _SPACES.sub(" ", _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text)))
    for opening, closing in (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>")):
        text = _without_spans(text, opening, closing)
    return _BULLET.sub(r"\1- ", _without_front_matter(text))


def _without_spans(text: str, opening: str, closing: str) -> str:
    kept: list[str] = []
    position = 0
    while (start := text.find(opening, position)) >= 0 and (end := text.find(closing, start)) >= 0:
        kept += [text[position:start], "\n" * text.count("\n", start, end)]
        position = end + len(closing)
    return "".join(kept) + text[position:]


def _without_front_matter(text: str) -> str:
    lines = text.split("\n", 200)
    fence = lines[0].rstrip()
    if fence not in ("---", "+++"):
        return text
    for number, line in enumerate(lines[1:200], start=1):
        if line.rstrip() == fence or (fence == "---" and line.rstrip() == "..."):
            return "\n".join([""] * (number + 1) + lines[number + 1 :])
    return text
