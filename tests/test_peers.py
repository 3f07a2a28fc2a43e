"""The methods of other papers: in the limit their step is the hypergradient; they end where they must."""

from dataclasses import dataclass, replace

import pytest
import torch

from known_bilevel import Bilinear, noisy_quadratic
from relaxpen.method.first_order import Draws, PowerDecay
from relaxpen.method.peers.amigo import Amigo
from relaxpen.method.peers.f2sa import F2sa
from relaxpen.method.peers.f2sa_adam import F2saAdam
from relaxpen.method.peers.implicit_cg import ImplicitCg
from relaxpen.method.peers.reverse_mode import ReverseMode
from relaxpen.method.peers.saba import Saba
from relaxpen.method.peers.soba import Soba
from relaxpen.method.peers.stocbio import StocBio

pytestmark = pytest.mark.numerics

STILL, UNIT = PowerDecay(0.0), PowerDecay(1.0)
X = torch.tensor([0.4, -1.0, 0.7], dtype=torch.float64)


def peer(name, problem, outer, rho=0.2, size=1, num_inner=200, multiplier=1e6, growth=0.0):
    """A method with inner steps of length rho and outer steps given by a schedule."""
    draws, inner = Draws.of(problem, size), PowerDecay(rho)
    pulled = PowerDecay(rho / max(multiplier, 1.0))  # the objective of y is about lambda g
    f2sa = {"draws": draws, "plain": inner, "outer": outer, "num_inner": num_inner}
    f2sa |= {"pulled": pulled, "multiplier": multiplier, "growth": PowerDecay(growth)}
    return {
        "soba": lambda: Soba(draws, inner, outer),
        "saba": lambda: Saba(draws, inner, outer),
        "stocbio": lambda: StocBio(draws, inner, outer, num_inner, num_inner, rho),
        "amigo": lambda: Amigo(draws, inner, outer, num_inner),
        "reverse": lambda: ReverseMode(rho, outer, num_inner),
        "implicit": lambda: ImplicitCg(rho, outer, num_inner, 20, tolerance=1e-26),
        "f2sa": lambda: F2sa(**f2sa),
        "adam": lambda: F2saAdam(**f2sa, beta_1=0.9, beta_2=0.99),
    }[name]()


def run(method, problem, num_steps, x=X, state=None, seed=0):
    generator = torch.Generator().manual_seed(seed)
    state = state or method.init(problem, x, problem.initial_params())
    for k in range(num_steps):
        state = method.step(problem, state, k, generator)
    return state


ALL = ["soba", "saba", "stocbio", "amigo", "reverse", "implicit", "f2sa"]


@pytest.mark.parametrize("name", ALL)
def test_with_the_lower_level_solved_a_step_is_the_hypergradient(name):
    problem = noisy_quadratic(1)
    waiting = peer(name, problem, STILL)
    state = run(waiting, problem, 400 if name in ("soba", "saba") else 3)
    assert torch.equal(state.hyper, X)
    moved = run(replace(waiting, outer=UNIT), problem, 1, state=state).hyper
    tolerance = 1e-4 if name == "f2sa" else 1e-9
    assert torch.allclose(X - moved, problem.hypergradient(X), rtol=tolerance, atol=tolerance)


def test_the_error_of_f2sa_falls_as_one_over_its_multiplier():
    problem = noisy_quadratic(2)
    errors = []
    for multiplier in (100.0, 200.0, 400.0):
        waiting = peer("f2sa", problem, STILL, multiplier=multiplier, num_inner=2000)
        state = run(waiting, problem, 2)
        moved = run(replace(waiting, outer=UNIT), problem, 1, state=state).hyper
        errors.append((X - moved - problem.hypergradient(X)).norm().item())
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.05)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize("name", [*ALL, "adam"])
def test_every_method_finds_the_solution_of_a_quadratic(name):
    problem = noisy_quadratic(3)
    growing = {"multiplier": 1.0, "growth": 1.0} if name in ("f2sa", "adam") else {}
    outer = PowerDecay(0.05)
    if name == "adam":  # steps of a fixed length: they must shrink
        method = replace(
            peer(name, problem, PowerDecay(0.3, 0.5), num_inner=20, **growing),
            plain=PowerDecay(0.1, 0.5),
            pulled=PowerDecay(0.1, 0.5),
        )
    elif name == "f2sa":
        # f + lambda g is lambda times as steep as g
        method = replace(
            peer(name, problem, outer, num_inner=50, **growing), pulled=PowerDecay(0.2, 1.0)
        )
    else:
        method = peer(name, problem, outer, num_inner=60)
    # with nearly solved lower levels the error shrinks by 0.034 in 250 steps
    num_steps = {"soba": 1000, "saba": 1000, "f2sa": 500, "adam": 500}.get(name, 600)
    ended = run(method, problem, num_steps)
    error = (ended.hyper - problem.solution()).norm()
    if name == "adam":
        # an entry moves by about its step size, and turns within the 1 / (1 - beta_1) = 10 steps that
        # its mean remembers: so far it stays from where it goes, on every machine by another path
        assert error < 10 * method.outer(num_steps - 1) * len(X) ** 0.5
    elif name == "f2sa":  # it solves another problem, which comes near as 1 / lambda
        assert error < 2 * (problem.solution(ended.multiplier) - problem.solution()).norm()
    else:
        assert error < 1e-6


@pytest.mark.parametrize("size", [1, 3])  # of 7 samples: the last batch has one
def test_saba_ends_at_the_solution_where_soba_stays_in_its_noise(size):
    """Constant steps, few samples at a time: only the memory takes the variance to zero."""
    problem = noisy_quadratic(4, num_samples=7)
    steps = {"rho": 0.1, "outer": PowerDecay(0.02), "size": size}
    errors = {
        name: (run(peer(name, problem, **steps), problem, 4000).hyper - problem.solution()).norm()
        for name in ("saba", "soba")
    }
    assert errors["saba"] < 1e-6
    assert errors["soba"] > 1e-3


@pytest.mark.parametrize("name", ["stocbio", "amigo", "f2sa"])
def test_stochastic_methods_come_near_the_solution(name):
    """F2SA multiplies the noise of its batches by lambda: it is given samples that differ less."""
    noise, more = (0.01, {"multiplier": 40.0}) if name == "f2sa" else (0.1, {})
    problem = noisy_quadratic(5, num_samples=6, noise=noise)
    method = peer(name, problem, PowerDecay(0.1, 0.5), rho=0.1, num_inner=30, **more)
    start = (X - problem.solution()).norm()
    error = (run(method, problem, 400).hyper - problem.solution()).norm()
    assert error < 0.1 * start


def test_adam_is_that_of_torch():
    problem = noisy_quadratic(6)
    method = replace(
        peer("adam", problem, STILL, num_inner=5), plain=PowerDecay(0.03), epsilon=1e-3
    )
    ours = run(method, problem, 1).params
    theirs = problem.initial_params().requires_grad_()
    adam = torch.optim.Adam([theirs], lr=0.03, betas=(0.9, 0.99), eps=1e-3)
    for _ in range(5):
        theirs.grad = problem.lower_gradient(X, theirs.detach(), slice(None))
        adam.step()
    assert torch.allclose(ours, theirs.detach(), rtol=1e-12)


def test_moments_of_the_lower_level_start_anew_and_those_of_x_stay():
    problem = noisy_quadratic(6)
    method = peer("adam", problem, PowerDecay(0.1), num_inner=1)
    once = run(method, problem, 1)
    assert once.moments.number == 1
    assert torch.allclose((X - once.hyper).abs(), torch.full_like(X, 0.1), rtol=1e-4)
    twice = run(method, problem, 2)
    assert twice.moments.number == 2
    # one fresh inner step of Adam has the length of its step size, whatever the gradient
    moved = (twice.params - once.params).abs()
    assert torch.allclose(moved, torch.full_like(moved, 0.2), rtol=1e-4)


@pytest.mark.parametrize("name", ALL)
def test_the_example_on_which_alternating_descent_cycles(name):
    """Alternating steps keep their distance from the solution; a method that sees y*(x) ends there."""
    problem, one = Bilinear(ridge=0.05), torch.ones(1, dtype=torch.float64)
    x, y, distances = one, 0 * one, []
    for _ in range(60):
        y = y - 0.5 * problem.lower_gradient(x, y, slice(None))
        x = x - 0.5 * problem.upper_gradients(x, y, slice(None)).hyper
        distances.append(float((x.square() + y.square()).sqrt()))
    assert max(distances[-15:]) > 0.3

    @dataclass(frozen=True)
    class Started(Bilinear):
        def initial_params(self):
            return torch.zeros(1, dtype=torch.float64)

    started = Started(0.05)
    # the exact derivative is x / (2 ridge) = 10 x; lambda g alone has curvature 0.05 lambda
    slow = {"outer": PowerDecay(0.02), "rho": 10.0, "num_inner": 20, "multiplier": 1e4}
    if name in ("soba", "saba"):
        slow |= {"outer": PowerDecay(0.005)}
    state = run(peer(name, started, **slow), started, 400, x=one)
    assert abs(float(state.hyper)) < 1e-2


@dataclass
class Counting:
    """A problem that counts the samples of every call."""

    problem: object
    lower: float = 0
    upper: int = 0

    def __getattr__(self, name):
        known = getattr(self.problem, name)
        if name.startswith("lower_") and callable(known):
            # two products with the data make a gradient: the losses alone take one of them
            factor = {"lower_products": 2, "lower_hyper_gradient": 0.5}.get(name, 1)
            return lambda *given: self._count("lower", factor, known, given)
        if name == "upper_gradients":
            return lambda *given: self._count("upper", 1, known, given)
        return known

    def _count(self, level, factor, known, given):
        total = getattr(self.problem, f"num_{level}_samples")
        samples = len(range(*given[-1].indices(total)))
        setattr(self, level, getattr(self, level) + factor * samples)
        return known(*given)


@pytest.mark.parametrize("name", [*ALL, "adam"])
def test_work_is_what_was_computed(name):
    problem = Counting(noisy_quadratic(7, num_samples=7))
    state = run(peer(name, problem, PowerDecay(0.01), size=3, num_inner=2), problem, 4)
    assert (state.work.lower, state.work.upper) == (problem.lower, problem.upper)


def test_the_sequences_of_f2sa_see_batches_of_their_own():
    """Over 40 inner steps on 7 samples two independent draws are not all the same."""
    problem, seen = noisy_quadratic(7, num_samples=7), []

    class Watched(Counting):
        def _count(self, level, factor, known, given):
            seen.append((level, given[-1]))
            return super()._count(level, factor, known, given)

    run(peer("f2sa", Watched(problem), STILL, num_inner=40), Watched(problem), 1)
    inner = [rows for level, rows in seen[: 3 * 40] if level == "lower"]
    assert len(inner) == 80
    assert any(first != second for first, second in zip(inner[::2], inner[1::2], strict=True))


def test_batches_are_unbiased_and_cover_every_sample():
    problem = noisy_quadratic(8, num_samples=7)
    batches = Draws.of(problem, 3).lower
    assert [batches.rows(i) for i in range(batches.count)] == [
        slice(0, 3),
        slice(3, 6),
        slice(6, 7),
    ]
    y = torch.ones(4, dtype=torch.float64)
    parts = [batches.share(i) * problem.lower_gradient(X, y, batches.rows(i)) for i in range(3)]
    assert torch.allclose(sum(parts), problem.lower_gradient(X, y, slice(None)))
    generator = torch.Generator().manual_seed(0)
    drawn = [batches.draw(generator) for _ in range(7000)]
    for i in range(3):
        assert drawn.count(i) / 7000 == pytest.approx(batches.share(i), abs=0.02)
