"""The parts of search: words, vectors, citations, filters, and how they are put together."""
