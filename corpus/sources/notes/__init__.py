"""Reading notes, Chinese or English, in Markdown or plain text: which papers they speak of, and what they say.

plain.py decodes a file; markdown.py, with inline.py, reads its structure; finds.py tells what in a line speaks of papers, by
links.py, titles.py, quotes.py and labels.py; `parse` (mentions.py) joins the finds of one paper, and passages.py cuts out the text
around them. `Names` (naming.py) tells which paper a mention means.
"""

from corpus.sources.notes.mentions import parse
from corpus.sources.notes.naming import Mention, Names, build_names, load_table
from corpus.sources.notes.plain import decode

__all__ = ["Mention", "Names", "build_names", "decode", "load_table", "parse"]
