"""arXiv's sources on the loopback: e-print/ID gives a gzipped tar, one gzipped file or a PDF, as arXiv does."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from collections.abc import Mapping
from typing import Any

from servers.listening import Asked, ListeningServer
from servers.local import Reply


class EprintServer(ListeningServer):
    """Serves `sources`, by arXiv id. Troubles of its own: "html" and "rate", both with status 200.

    `as_encoding`: the gzip layer is declared as `Content-Encoding: x-gzip`, so that clients take it off by themselves.
    """

    def __init__(self, sources: Mapping[str, bytes], *, as_encoding: bool = False, **knobs: Any) -> None:
        super().__init__(**knobs)
        self.sources, self.as_encoding = dict(sources), as_encoding

    def respond(self, asked: Asked) -> Reply:
        match = re.fullmatch(r"/e-print/(.+?)(?:v\d+)?", asked.path)
        content = self.sources.get(match[1]) if match else None
        if content is None:
            return Reply(b"<html>No such paper</html>", 404, {"Content-Type": "text/html"})
        headers = {"Content-Type": "application/pdf" if content.startswith(b"%PDF") else "application/x-eprint-tar"}
        if self.as_encoding:
            headers["Content-Encoding"] = "x-gzip"
        return Reply(content, 200, headers)


def pack(files: Mapping[str, str | bytes]) -> bytes:
    """A gzipped tar of the files."""
    return pack_members(*(member(name, content) for name, content in files.items()))


def member(
    name: str, content: str | bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    """One file of a tar, or a link or device."""
    data = content.encode() if isinstance(content, str) else content
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, len(data)
    return info, data


def pack_members(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """A gzipped tar of the members."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), 1, mtime=0)


def bibliography(*items: str) -> str:
    r"""A `.bbl` of items as BibTeX's plain style prints them: `\bibitem{k1}` and so on."""
    body = "\n\n".join(f"\\bibitem{{k{number}}}\n{item}" for number, item in enumerate(items, 1))
    return f"\\begin{{thebibliography}}{{10}}\n\n{body}\n\n\\end{{thebibliography}}\n"


def printed(title: str, author: str = "Ada Byron", more: str = "2021") -> str:
    """One item in the plain style."""
    return f"{author} and Lin Wei.\n\\newblock {title}.\n\\newblock {{\\em Made-up Letters}}, {more}."
