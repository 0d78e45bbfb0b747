"""PyTorch."""

import contextlib

import torch

INTEGER_OF_STEPS = "int64"


class functions:
    where = staticmethod(torch.where)
    minimum = staticmethod(torch.minimum)
    maximum = staticmethod(torch.maximum)
    power = staticmethod(torch.pow)
    sqrt = staticmethod(torch.sqrt)
    exp = staticmethod(torch.exp)
    log = staticmethod(torch.log)
    sin = staticmethod(torch.sin)
    cos = staticmethod(torch.cos)
    tanh = staticmethod(torch.tanh)
    sum = staticmethod(torch.sum)

    @staticmethod
    def take(table, index, dtype):
        table = torch.as_tensor(table, dtype=getattr(torch, dtype), device=index.device)
        return torch.take(table, index)


wide = contextlib.nullcontext


def on_host(tensor):
    if not tensor.is_cpu or torch.compiler.is_compiling():
        return None
    return tensor.item() if tensor.ndim == 0 else tensor.numpy()


def tracing():
    return torch.compiler.is_compiling()


def computed_once(function):
    return torch.compiler.assume_constant_result(function)


def scalar_beside(tensor, number, dtype):
    # A third of the time of `ops.convert_to_tensor`, which is most of a call.
    return torch.scalar_tensor(number, dtype=getattr(torch, dtype), device=tensor.device)


def has_float64(tensor):
    # Apple's MPS has not.
    return tensor.device.type != "mps"
