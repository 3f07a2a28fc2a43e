"""Small regressions, and the value of their distillation written down in another way."""

import torch

from relaxpen.problems.regression import RegressionSamples


def samples(size, num_features, num_targets, seed):
    """Noisy linear targets; features far from 0 and in units of their own."""
    generator = torch.Generator().manual_seed(seed)

    def gaussian(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    units = torch.logspace(-1, 1, num_features, dtype=torch.float64)
    features = units * (3 + gaussian(size, num_features))
    slopes = torch.linspace(-1, 1, num_features * num_targets, dtype=torch.float64)
    clean = features / units @ slopes.reshape(num_features, num_targets)
    return RegressionSamples(features, clean + gaussian(size, num_targets) - 2)


def small_regression(num_targets=2, seed=0, num_train=30):
    """Training and validation samples with four features, and weights in (0, 1)."""
    train = samples(num_train, 4, num_targets, seed)
    validation = samples(17, 4, num_targets, seed + 100)
    generator = torch.Generator().manual_seed(seed + 200)
    return train, validation, torch.rand(num_train, generator=generator, dtype=torch.float64)


def lower_objective(params, train, weights, ridge):
    """(1/m) sum_i v_i |W x_i + b - y_i|^2 + s |W|^2."""
    errors = train.features @ params[:, :-1].T + params[:, -1] - train.targets
    loss = (weights * errors.square().sum(dim=1)).sum() / len(weights)
    return loss + ridge * params[:, :-1].square().sum()


def solution(train, weights, ridge):
    """[W, b] from the normal equations with a column of ones, its coefficient without a ridge."""
    ones = torch.ones(len(weights), 1, dtype=torch.float64)
    design = torch.cat([train.features, ones], dim=1)
    penalty = torch.full((design.shape[1],), ridge, dtype=torch.float64)
    penalty[-1] = 0
    normal = (design.T * weights) @ design / len(weights) + penalty.diag()
    return torch.linalg.solve(normal, (design.T * weights) @ train.targets / len(weights)).T


def validation_loss(params, validation):
    errors = validation.features @ params[:, :-1].T + params[:, -1] - validation.targets
    return errors.square().sum() / (2 * len(errors))


def value(weights, train, validation, ridge):
    """J(v), differentiable."""
    return validation_loss(solution(train, weights, ridge), validation)


def relative_error(found, expected):
    return ((found - expected).norm() / expected.norm()).item()
