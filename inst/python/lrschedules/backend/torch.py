"""PyTorch."""

import contextlib
import sys

import torch

from lrschedules.internals.models import layers_of

NEEDS = {"keras": "3.3"}
INTEGER_OF_STEPS = "int32"


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
        found = functions.constant(table, index, dtype)[index]
        return found if table.ndim == 1 else functions.unstack(found)

    @staticmethod
    def unstack(tensor):
        return tensor.unbind(-1)

    @staticmethod
    def constant(array, like, dtype):
        return torch.as_tensor(array, dtype=getattr(torch, dtype), device=like.device)

    @staticmethod
    def count_at_most(array, step):
        return torch.searchsorted(functions.constant(array, step, "int64"), step, right=True)


wide = contextlib.nullcontext
uncompiled = contextlib.nullcontext


def is_scalar(tensor):
    return tensor.ndim == 0


def as_counted(step):
    return step.clamp(max=torch.iinfo(torch.int32).max).to(torch.int32)


def one_by_one(function, steps, dtype):
    if steps.ndim == 0:
        return function(steps)
    if steps.numel() == 0:
        return torch.zeros(steps.shape, dtype=getattr(torch, dtype), device=steps.device)
    return torch.stack([function(step) for step in steps.ravel()]).reshape(steps.shape)


def on_host(tensor):
    if not tensor.is_cpu or tracing():
        return None
    try:
        if tensor.ndim == 0:
            return tensor.item()
        return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
    except RuntimeError:  # tensors can't be read inside torch.func.vmap
        return None


def tracing():
    return torch.compiler.is_compiling() or torch.jit.is_tracing()


def computed_once(function):
    return torch.compiler.assume_constant_result(function)


def as_written(function):
    return function


def bakes_in(model, before, after):
    return False  # the rate is read in each step, or guarded by Dynamo


def as_trained(function, model=None):
    return function


# Dynamo uses a hundred Python frames for each level of a composition.
_FRAMES = 200


@computed_once
def _set_recursion_limit(more):
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(before + more)
    return before


@contextlib.contextmanager
def deep_stack(depth):
    if not torch.compiler.is_compiling() or depth < 10:
        yield
        return
    more = _FRAMES * depth
    _set_recursion_limit(more)
    try:
        yield
    finally:
        _set_recursion_limit(-more)


def scalar_beside(tensor, number, dtype):
    # Avoid `ops.convert_to_tensor`: it takes three times as long, most of the time of a call.
    return torch.scalar_tensor(number, dtype=getattr(torch, dtype), device=tensor.device)


def has_float64(tensor):
    # Apple's MPS does not have 64-bit floats.
    return tensor.device.type != "mps"


def random_numbers():
    return {"PyTorch's random numbers": _generators}


def _generators():
    host = torch.get_rng_state()
    devices = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []

    def put_back():
        torch.set_rng_state(host)
        if devices:
            torch.cuda.set_rng_state_all(devices)

    return put_back


def beside_variables(model):
    # Keras layers held in plain lists are not registered as torch submodules.
    modules = {module for layer in layers_of(model) for module in layer.modules()}
    modes = [(module, module.training) for module in modules]
    buffers = [(b, b.clone()) for module in modules for b in module.buffers(recurse=False)]
    gradients = [(p, p.grad) for module in modules for p in module.parameters(recurse=False)]

    def put_back():
        with torch.no_grad():
            for buffer, value in buffers:
                buffer.copy_(value)
        for parameter, gradient in gradients:
            parameter.grad = gradient
        for module, training in modes:
            module.training = training

    return put_back


def has_new_variables(model):
    pass


def before_steps(model, function):
    return function


def counts_the_end(model):
    return False


def build_in_fit(model):
    pass


def assign_all(variables, values):
    for variable, value in zip(variables, values):
        variable.assign(value)
