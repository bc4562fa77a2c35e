"""What a URL speaks of: a paper by its id, a paper's page without one, code, or anything else. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from corpus.identity import canonical_id
from corpus.sources.notes.titles import may_be_title

_ARXIV_ID = r"(?:\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}|[a-z][a-z-]{1,11}(?:\.[A-Za-z]{2})?/\d{7})"
# arXiv and the sites that show its papers under the same ids.
_ARXIV_PATH = re.compile(
    rf"/(?:abs|pdf|html|format|e-print|ps|src|papers|arxiv|labs|overview)/(?:arxiv:)?({_ARXIV_ID})(?:v\d+)?(?:\.pdf|\.ps)?(?:/.*)?$",
    re.IGNORECASE,
)
_ARXIV_HOSTS = re.compile(
    r"(?:^|\.)(?:arxiv\.org|ar5iv\.org|alphaxiv\.org|arxiv-vanity\.com|scirate\.com|huggingface\.co|hf\.co|itp\.ac\.cn|papers\.cool)$"
)
_ARXIV_TEXT = re.compile(
    rf"\barxiv(?:\s*preprint)?(?:\s*[:：]?\s*arxiv)?\s{{0,2}}[:：.]?\s{{0,2}}({_ARXIV_ID})(?!\d)", re.IGNORECASE
)
_DOI_PATH = re.compile(r"/(10\.\d{4,9}/[^\s?#\"<>]{1,200})")
_DOI_TEXT = re.compile(
    r"(?:\bdoi\s{0,2}[:：]?\s{0,2}|(?<![\w./-]))(10\.\d{4,9}/[A-Za-z0-9\-._;()/:]{1,200})", re.IGNORECASE
)
_DOI_TAIL = re.compile(r"(?:/(?:pdf|full|fulltext|abstract|meta|html))+$|\.pdf$", re.IGNORECASE)
_ACL_HOSTS = re.compile(r"(?:^|\.)(?:aclanthology\.org|aclanthology\.info|aclweb\.org)$")
_ACL_PATH = re.compile(
    r"/([A-Z]\d{2}-\d{4}|\d{4}\.[a-z0-9_]+-[a-z0-9]+\.\d+)(?:v\d+)?(?:\.pdf|\.bib)?/?$", re.IGNORECASE
)
_PAPER_HOSTS = re.compile(
    r"(?:^|\.)(?:openreview\.net|thecvf\.com|mlr\.press|neurips\.cc|nips\.cc|acm\.org|ieee\.org|springer\.com|nature\.com|science\.org"
    r"|sciencedirect\.com|wiley\.com|ijcai\.org|aaai\.org|isca-speech\.org|jmlr\.org|ecva\.net|usenix\.org|semanticscholar\.org"
    r"|paperswithcode\.com|biorxiv\.org|medrxiv\.org|mitpressjournals\.org|mit\.edu|bmva\.org|bmvc2\w*\.org|vldb\.org|roboticsproceedings\.org)$"
)
_CVF_FILE = re.compile(r"/[^/_]+_([^/]+?)_(?:CVPR|ICCV|WACV|ACCV|ECCV)\w*_\d{4}_paper\.(?:html|pdf)$", re.IGNORECASE)
_PDF_FILE = re.compile(r"(?:^|/)([^/]{12,250})\.pdf$", re.IGNORECASE)
_CODE_HOSTS = {"github.com", "www.github.com", "gitlab.com", "gitee.com", "bitbucket.org"}
_WAYS_OUT = {
    "link.zhihu.com",
    "link.csdn.net",
    "link.juejin.cn",
    "links.jianshu.com",
    "www.google.com",
    "l.facebook.com",
    "t.cn",
}
_NO_OWNERS = {
    "topics",
    "orgs",
    "features",
    "sponsors",
    "about",
    "search",
    "trending",
    "marketplace",
    "settings",
    "login",
    "apps",
}
_NO_CODE = {
    "issues",
    "pull",
    "pulls",
    "discussions",
    "wiki",
    "releases",
    "actions",
    "commit",
    "commits",
    "stargazers",
    "raw",
}
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|avif|bmp|ico|mp4|mov)$", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """`ids` are canonical; `title` is what the URL itself tells of the title; `code` is the repository's address."""

    kind: Literal["paper", "code", "picture", "other"]
    ids: tuple[str, ...] = ()
    title: str | None = None
    code: str | None = None


def read_link(url: str) -> Link:
    """What a URL speaks of. Any text is taken; what is no URL is `other`."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host, path = (parts.hostname or "").lower(), unquote(parts.path)
        if host in _WAYS_OUT and (beyond := _beyond(parts.query)):
            parts = urlsplit(beyond)
            host, path = (parts.hostname or "").lower(), unquote(parts.path)
    except ValueError:
        return Link("other")
    if _PICTURE.search(path):
        return Link("picture")
    if host in _CODE_HOSTS:
        return _code(host, path)
    if (ids := _ids(host, path)) or _PAPER_HOSTS.search(host):
        file = _CVF_FILE.search(path)
        return Link("paper", ids, file[1].replace("_", " ") if file else None)
    if (file := _PDF_FILE.search(path)) and may_be_title(title := file[1].replace("_", " ")):
        return Link("paper", (), title)
    return Link("other")


def _beyond(query: str) -> str | None:
    """The address that a site's way out leads to."""
    values = parse_qs(query, max_num_fields=20)
    found = (value for name in ("target", "q", "url", "to", "u") for value in values.get(name, ()))
    return next((value for value in found if value.startswith("http")), None)


def _ids(host: str, path: str) -> tuple[str, ...]:
    if _ARXIV_HOSTS.search(host) and (match := _ARXIV_PATH.search(path)):
        return (canonical_id(f"arxiv:{match[1]}"),)
    if _ACL_HOSTS.search(host) and (match := _ACL_PATH.search(path)):
        return (canonical_id(f"acl:{match[1]}"),)
    if (host.endswith("doi.org") or _PAPER_HOSTS.search(host)) and (match := _DOI_PATH.search(path)):
        return (canonical_id("doi:" + _DOI_TAIL.sub("", match[1]).rstrip("/.")),)
    return ()


def _code(host: str, path: str) -> Link:
    """A repository; or an owner alone, as in a link to a project's organisation."""
    owner, name, *rest = [*path.strip("/").split("/"), "", ""][:3] if path.strip("/") else ["", "", ""]
    if not owner or owner.lower() in _NO_OWNERS or (rest and rest[0] in _NO_CODE):
        return Link("other")
    name = name.removesuffix(".git")
    return Link("code", code=f"https://{host.removeprefix('www.')}/{owner}" + (f"/{name}" if name else ""))


def ids_in_text(text: str) -> tuple[str, ...]:
    """The ids that are written out in running text: `arXiv:2106.09685`, `arXiv preprint arXiv:2106.09685v2`, `doi: 10.1/x`."""
    found = [canonical_id(f"arxiv:{match[1]}") for match in _ARXIV_TEXT.finditer(text)]
    found += [canonical_id("doi:" + match[1].rstrip(".,;:)")) for match in _DOI_TEXT.finditer(text)]
    return tuple(dict.fromkeys(found))
