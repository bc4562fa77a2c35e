"""Reading notes, Chinese or English, in Markdown or plain text: which papers they speak of, and what they say.

`parse` (passages.py) finds the mentions of papers: by links.py, titles.py and labels.py in the structure that markdown.py
reads. `Names` (naming.py) tells which paper a mention means.
"""

from corpus.sources.notes.naming import Mention, Names, build_names, load_table
from corpus.sources.notes.passages import decode, parse

__all__ = ["Mention", "Names", "build_names", "decode", "load_table", "parse"]
