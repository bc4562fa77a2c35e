"""The citation graph and the idea graph of a library.

Nodes of the idea graph (attribute `kind`): `strategy` (`strategy:KEY`), `direction` (`direction:KEY`), `paper` (its id), `method`,
`task` and `dataset` (the concept's key), `idea` (`idea:KEY`).
Edges (attribute and key `kind`, with a `weight` in 0..1 and a `source`, which says where it was read or how it was worked out):
paper `cites` paper; paper `similar` paper (among each other's nearest in meaning, weight the cosine; one edge a pair); paper
`belongs_to` direction, direction `belongs_to` direction or strategy, idea `belongs_to` strategy; paper `introduces`, `uses`,
`addresses`, `evaluates_on`, `improves` or `combines` a method, task or data set; idea `combines` what it is made of.

IdeaTable holds it as arrays, of which `open_graph` keeps a copy in the home; `build_idea_graph` makes it a networkx graph.
"""

from survey.graph.answers import NoPath as NoPath
from survey.graph.answers import check_kind as check_kind
from survey.graph.answers import count_neighbours as count_neighbours
from survey.graph.answers import find_node as find_node
from survey.graph.answers import neighbourhood as neighbourhood
from survey.graph.answers import neighbours as neighbours
from survey.graph.answers import shortest_path as shortest_path
from survey.graph.build import build_citation_graph as build_citation_graph
from survey.graph.build import build_idea_graph as build_idea_graph
from survey.graph.build import build_table as build_table
from survey.graph.build import table_of as table_of
from survey.graph.counts import stats as stats
from survey.graph.export import EXPORTS as EXPORTS
from survey.graph.export import check_export as check_export
from survey.graph.export import save_graph as save_graph
from survey.graph.similar import NEIGHBOURS as NEIGHBOURS
from survey.graph.similar import similar_pairs as similar_pairs
from survey.graph.star import build_star as build_star
from survey.graph.store import graph_folder as graph_folder
from survey.graph.store import open_graph as open_graph
from survey.graph.store import open_table as open_table
from survey.graph.table import CONCEPTS as CONCEPTS
from survey.graph.table import DATASET as DATASET
from survey.graph.table import DIRECTION as DIRECTION
from survey.graph.table import EDGE_KINDS as EDGE_KINDS
from survey.graph.table import IDEA as IDEA
from survey.graph.table import METHOD as METHOD
from survey.graph.table import NODE_KINDS as NODE_KINDS
from survey.graph.table import PAPER as PAPER
from survey.graph.table import STRATEGY as STRATEGY
from survey.graph.table import TASK as TASK
from survey.graph.table import IdeaTable as IdeaTable
