"""What the tasks are made of: texts and images of sorts, made up or bundled, and those of a user."""
