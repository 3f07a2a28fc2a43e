"""The algorithm: schedules, oracles, penalty, gradient estimators, Frank-Wolfe, the outer loop."""
