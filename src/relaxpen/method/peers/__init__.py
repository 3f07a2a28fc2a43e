"""The methods of other papers, each in a file: settings, a state, a pure step.

Every method has ``init(problem, x, y)`` and ``step(problem, state, k, generator)``; every state has
``hyper`` x (p,), ``params`` y (...) and the ``work`` so far.
"""
