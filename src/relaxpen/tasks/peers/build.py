"""Methods of other papers from their settings."""

from relaxpen.method.first_order import Draws, FirstOrderProblem, PowerDecay
from relaxpen.method.peers.amigo import Amigo
from relaxpen.method.peers.f2sa import F2sa
from relaxpen.method.peers.f2sa_adam import F2saAdam
from relaxpen.method.peers.implicit_cg import ImplicitCg
from relaxpen.method.peers.peer import Peer
from relaxpen.method.peers.reverse_mode import ReverseMode
from relaxpen.method.peers.saba import Saba
from relaxpen.method.peers.soba import Soba
from relaxpen.method.peers.stocbio import StocBio
from relaxpen.problems.weighted import Clipped, Sigmoid, WeightLaw
from relaxpen.tasks.peers import settings as chosen


def build_law(method: chosen.Weighted) -> WeightLaw:
    """Return the law by which x becomes weights."""
    return Sigmoid() if method.weights == "sigmoid" else Clipped()


def build_peer(method: chosen.Weighted, problem: FirstOrderProblem) -> Peer:
    """Return the method of another paper, for a problem."""
    outer = PowerDecay(method.outer, method.outer_decay)
    if isinstance(method, chosen.ReverseMode):
        return ReverseMode(method.inner, outer, method.num_inner)
    if isinstance(method, chosen.ImplicitCg):
        return ImplicitCg(method.inner, outer, method.num_inner, method.num_conjugate)
    draws = Draws.of(problem, method.batch_size)
    inner = PowerDecay(method.inner, method.inner_decay)
    if isinstance(method, chosen.StocBio):
        return StocBio(draws, inner, outer, method.num_inner, method.num_terms, method.inner)
    if isinstance(method, chosen.Amigo):
        return Amigo(draws, inner, outer, method.num_inner)
    if isinstance(method, chosen.F2sa | chosen.F2saAdam):
        return _build_f2sa(method, draws, inner, outer)
    return (Soba if isinstance(method, chosen.Soba) else Saba)(draws, inner, outer)


def _build_f2sa(
    method: chosen.F2sa | chosen.F2saAdam, draws: Draws, inner: PowerDecay, outer: PowerDecay
) -> Peer:
    growth = PowerDecay(method.growth, method.growth_decay)
    pulled = PowerDecay(method.inner, method.pulled_decay)
    shared = (draws, inner, pulled, outer, method.num_inner, method.multiplier, growth)
    if isinstance(method, chosen.F2sa):
        return F2sa(*shared, method.paired)
    return F2saAdam(*shared, method.beta_1, method.beta_2, method.paired)
