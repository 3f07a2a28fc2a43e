"""Whether results are what they say: verify, trace, replay, compare, export."""
