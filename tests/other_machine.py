"""A pytest plugin: torch as another machine has it, whose products and sums round otherwise.

    PYTHONPATH=tests python -m pytest -p other_machine

Every product, sum and solution is moved within what rounding allows, eps sum |a| |b| of the terms that
are added. The same operation on the same shapes moves in the same way: a machine repeats itself, and
its kernels are chosen by the shapes. Which processor runs the tests is of no account.
"""

import zlib
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten

# The sums of magnitudes: the same operation on absolute values.
SUMS = (aten.mm, aten.bmm, aten.mv, aten.dot, aten.addmm, aten.baddbmm, aten.addmv, aten.sum)
SUMS += (
    aten.mean,
    aten.linalg_vector_norm,
    aten.cumsum,
    aten.exp,
    aten.log,
    aten.tanh,
    aten.sigmoid,
)
SUMS += (aten.logsumexp, aten._log_softmax, aten._softmax)


class OtherRounding(TorchDispatchMode):
    """Adds to what is summed a fixed share, in [-1, 1], of eps times the sum of magnitudes."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if func.overloadpacket not in SUMS or not isinstance(result, Tensor):
            return result
        if not result.is_floating_point() or "out" in kwargs:
            return result
        size = _magnitude(func, args, kwargs, result)
        return result + _shares(func, args, result) * torch.finfo(result.dtype).eps * size


def _magnitude(func: Callable[..., Tensor], args: Any, kwargs: Any, result: Tensor) -> Tensor:
    if func.overloadpacket in SUMS[:9]:
        if all(bool((arg == arg.round()).all()) for arg in args if isinstance(arg, Tensor)):
            return torch.zeros_like(result)  # sums of whole numbers are exact everywhere
        size = func(*(arg.abs() if isinstance(arg, Tensor) else arg for arg in args), **kwargs)
    else:
        size = result
    return size.abs()


def _shares(func: Any, args: Any, like: Tensor) -> Tensor:
    shapes = [tuple(arg.shape) for arg in args if isinstance(arg, Tensor)]
    generator = torch.Generator().manual_seed(zlib.crc32(f"{func} {shapes}".encode()))
    shares = 2 * torch.rand(like.shape, generator=generator, dtype=torch.float64) - 1
    return shares.to(like)


_MODE = OtherRounding()


def pytest_configure() -> None:
    _MODE.__enter__()


def pytest_unconfigure() -> None:
    _MODE.__exit__(None, None, None)
