"""Surveys that are kept in the home: a folder each of `runs/surveys`, found again after anything that ends the app.

survey.json has what was asked for, the papers found and left out, the outline and earlier states of it; outline.json the draft, as
every export writes it, also where the command line made it; figures.json its figures, drawn.
"""

from survey.drafts.files import build_archive, load_draft, load_figures, save_drafted
from survey.drafts.keeping import (
    change_survey,
    delete_survey,
    edit_outline,
    folder_of,
    free_folder,
    keep_survey,
    list_surveys,
    load_survey,
    run_folder,
    start_survey,
)
from survey.drafts.models import Entry, Found, KeptFigure, Survey, survey_of, undone, with_outline

__all__ = [
    "Entry",
    "Found",
    "KeptFigure",
    "Survey",
    "build_archive",
    "change_survey",
    "delete_survey",
    "edit_outline",
    "folder_of",
    "free_folder",
    "keep_survey",
    "list_surveys",
    "load_draft",
    "load_figures",
    "load_survey",
    "run_folder",
    "save_drafted",
    "start_survey",
    "survey_of",
    "undone",
    "with_outline",
]
