"""What we make of it: strategies, the idea graph, outlines and drafts."""
