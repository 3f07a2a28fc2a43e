"""The group lasso iteration of the paper's appendix C.1, line by line, with its misprints as switches.

One task; u is (P, L), all of it in autograd. The switches are named after docs/deviations.md of the
group lasso: each is what the paper prints, and off is the corrected formula.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.func import vjp


@dataclass(frozen=True)
class Printed:
    design: Tensor  # (N, P)
    response: Tensor  # (N,)
    ridge: float
    misprints: frozenset[str] = frozenset()

    def b(self, u, theta):
        """B(u, theta) = M (X'y / N - sum_l theta_l . u_l)."""
        n, p = self.design.shape
        hessian = self.design.T @ self.design / n + self.ridge * torch.eye(p, dtype=u.dtype)
        right = self.design.T @ self.response / n - (theta * u).sum(dim=1)
        return torch.linalg.solve(hessian, right)

    def v(self, u, theta, strength):
        """v_l = grad phi(u_l) + gamma theta_l . B(u, theta)."""
        gamma = 0.99 * self.ridge / strength
        norms = u.square().sum(dim=0)
        inverse = 1 + norms if "v" in self.misprints else strength**2 - norms
        # "B does not depend on theta"
        b = self.b(u, theta.detach() if "B" in self.misprints else theta)
        return u / inverse.sqrt() + gamma * theta * b[:, None]

    def a(self, u, theta, strength):
        """A(u, theta, lambda) = grad phi*(v)."""
        v = self.v(u, theta, strength)
        if "conjugate" in self.misprints:
            return v / (strength**2 - v.square().sum(dim=0)).sqrt()
        return strength * v / (1 + v.square().sum(dim=0)).sqrt()

    def strength_derivative(self, u, theta, strength):
        """dA/dlambda (P, L), by the formula of the paper."""
        v, norms = self.v(u, theta, strength), u.square().sum(dim=0)
        inverse = 1 + norms if "v'" in self.misprints else strength**2 - norms
        slope = -strength * u / inverse**1.5
        if "gamma'" not in self.misprints:
            gamma = 0.99 * self.ridge / strength
            slope = slope - gamma / strength * theta * self.b(u, theta)[:, None]
        long, product = v.square().sum(dim=0), (v * slope).sum(dim=0)
        cube = (1 + long.sqrt()) if "cube" in self.misprints else (1 + long)
        return (v + strength * slope) / (1 + long).sqrt() - strength * v * product / cube**1.5

    def path(self, theta, strength, num_steps):
        """u^(0) .. u^(q)."""
        points = [torch.zeros_like(theta)]
        for _ in range(num_steps):
            points.append(self.a(points[-1], theta, strength))
        return points

    def reverse(self, theta, strength, num_steps, loss_gradient):
        """Algorithm 2: the derivatives of C(w^(q)) with respect to theta and lambda."""
        *points, last = [u.detach() for u in self.path(theta, strength, num_steps)]
        detached = theta.detach() if "B" in self.misprints else theta
        w, pull = vjp(
            lambda u, t: self.b(u, t if "B" not in self.misprints else detached), last, theta
        )
        a, b = pull(loss_gradient(w))
        beta = torch.zeros((), dtype=theta.dtype)  # beta^(q), which the paper does not set
        for u in reversed(points):
            _, pull = vjp(lambda u, t: self.a(u, t, strength), u, theta)
            beta = beta + (self.strength_derivative(u, theta, strength) * a).sum()
            a, through_theta = pull(a)
            b = b + through_theta
        return b, beta
