"""What a graph's shape tells: ranks, shared references, communities, the bridges between them, the main path, growth by year.

Pure functions of arrays of edges; the tests hold each to a graph whose answer is worked out by hand.
"""
