"""`python -m survey.cli`: the same as `fourways`."""

from survey.cli import main

main()
