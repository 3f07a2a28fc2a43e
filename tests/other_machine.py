"""A pytest plugin: torch as another machine has it, which adds in another order.

    PYTHONPATH=tests python -m pytest -p other_machine

Every product and sum adds its terms in an order of its own, and exp, log and their kin are off by up
to one unit in the last place, as in another library. The same operation on the same shapes does the
same each time: a machine repeats itself, and chooses its kernels by the shapes. What is exact stays so.
"""

import zlib
from typing import Any

import torch
from torch import Generator, Tensor
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten
PRODUCTS = (aten.mm, aten.bmm, aten.mv, aten.dot)
ADDED_PRODUCTS = (aten.addmm, aten.baddbmm, aten.addmv)
SUMS = (aten.sum, aten.mean)
FUNCTIONS = (aten.exp, aten.log, aten.log1p, aten.expm1, aten.tanh, aten.sigmoid, aten._softmax)
FUNCTIONS += (aten._log_softmax, aten.logsumexp)


class OtherOrder(TorchDispatchMode):
    """Another machine, for what runs within."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run an operation as the other machine does."""
        kwargs, kind = kwargs or {}, func.overloadpacket
        tensors = [arg for arg in args if isinstance(arg, Tensor)]
        if "out" in kwargs or not all(each.is_floating_point() for each in tensors):
            return func(*args, **kwargs)
        shapes = [tuple(each.shape) for each in tensors]
        draw = Generator().manual_seed(zlib.crc32(f"{kind} {shapes}".encode()))
        if kind in PRODUCTS:
            return _product(*args, draw)
        if kind in ADDED_PRODUCTS:
            product = kwargs.get("alpha", 1) * _product(*args[1:], draw)
            return kwargs.get("beta", 1) * args[0] + product
        if kind in SUMS:
            return func(_shuffled(args, draw), *args[1:], **kwargs)
        result = func(*args, **kwargs)
        return _off(result, draw) if kind in FUNCTIONS else result


def _product(a: Tensor, b: Tensor, draw: Generator) -> Tensor:
    order = torch.randperm(a.shape[-1], generator=draw)
    axis = max(b.ndim - 2, 0)
    parts = [
        torch.matmul(a.index_select(-1, part), b.index_select(axis, part))
        for part in order.to(a.device).tensor_split(2)
    ]
    return parts[0] + parts[1]


def _shuffled(args: tuple[Any, ...], draw: Generator) -> Tensor:
    """Return what is summed with its entries in another order along the axes of the sum."""
    terms = args[0]
    axes = args[1] if len(args) > 1 and args[1] else range(terms.ndim)
    for axis in axes:
        order = torch.randperm(terms.shape[axis], generator=draw)
        terms = terms.index_select(axis, order.to(terms.device))
    return terms


def _off(result: Tensor, draw: Generator) -> Tensor:
    steps = torch.randint(-1, 2, result.shape, generator=draw).to(result)
    steps = torch.where(result == result.round(), 0, steps)  # exp(0), log(1): exact everywhere
    return result + steps * torch.finfo(result.dtype).eps / 2 * result.abs()


_MACHINE = OtherOrder()


def pytest_configure() -> None:
    """Run every test on the other machine."""
    _MACHINE.__enter__()


def pytest_unconfigure() -> None:
    """Leave it."""
    _MACHINE.__exit__(None, None, None)
