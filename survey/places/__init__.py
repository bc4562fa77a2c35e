"""Where papers stand: under which strategies and directions, how sure that is, and why.

Words of title and abstract (cues.py) become a few numbers (measures.py); with the paper's vector they say how likely each
strategy is (head.py, fitted on papers that were placed by reading); within a strategy, the words and the meaning choose the
directions (placing.py). What somebody has said of a place comes before all of it (correcting.py).
"""
