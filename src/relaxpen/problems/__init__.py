"""Data hyper-cleaning: the bilevel problem, its data, corruption, metrics and refits."""
