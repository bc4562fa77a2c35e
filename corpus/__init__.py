"""What is known: papers, and the ways to get and find them."""
