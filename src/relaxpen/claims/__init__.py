"""What the thesis claims, and what fresh runs say to each claim."""
