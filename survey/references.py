"""Papers of the library as entries of a bibliography, to be copied or downloaded outside any draft."""

from __future__ import annotations

from collections.abc import Sequence

from corpus.models import Paper


def render_papers(papers: Sequence[Paper]) -> str:
    """BibTeX of these papers, in their order, under keys such as hu2022lora that differ among them."""
    from survey.draft.keys import build_keys, build_reference
    from survey.export.bibtex import render_entries

    keys = build_keys(papers)
    return render_entries(build_reference(paper, keys[paper.name]) for paper in papers)
