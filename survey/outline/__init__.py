"""Outlines: from a topic's papers to sections and subsections, each paper in one of them.

topic -> group -> label -> order. Surveys, data sets, evaluations and what looks ahead are told by their titles; all other papers
are grouped by meaning, words and citations together.
"""

from survey.outline.building import Outline, Section, build_outline
from survey.outline.facets import facet_of

__all__ = ["Outline", "Section", "build_outline", "facet_of"]
