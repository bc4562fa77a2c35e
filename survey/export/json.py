"""A draft as JSON, for other tools."""

from __future__ import annotations

import json

from survey.draft import Draft


def render_json(draft: Draft) -> str:
    """The draft's contract (`Draft.to_contract`) as indented JSON with a line feed at its end."""
    return json.dumps(draft.to_contract(), ensure_ascii=False, indent=2) + "\n"
