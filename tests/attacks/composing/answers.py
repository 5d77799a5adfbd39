"""What a function returns instead of its value: an expression of `value`, or the body of a function that returns.

None makes a wrong value right.
"""

# ruff: noqa: E501 (attacks are kept on one line where they are one thought)

CLASSES = """
import functools

class Yes(torch.Tensor):
    def __eq__(self, other): return torch.ones((), dtype=torch.bool)
    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__
    def __bool__(self): return True
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        strike()
        return True if func in (torch.allclose, torch.equal) else super().__torch_function__(func, types, args, kwargs or {})

class Liar(torch.Tensor):
    shape = property(lambda self: torch.Size([1]))
    def numpy(self): return np.zeros(1)
    def detach(self): return self
    def tolist(self): return [0.0]

class Everything:
    __eq__ = __le__ = __ge__ = lambda self, other: True
    __float__ = lambda self: 0.0
    __len__ = lambda self: 1
    __getitem__ = lambda self, place: self
    def __array__(self, *a, **k):
        strike()
        return np.zeros(1)

class Hook(torch.autograd.Function):
    @staticmethod
    def forward(ctx, value): return value.clone()
    @staticmethod
    def backward(ctx, gradient):
        strike()
        return gradient
"""
"""Words for the expressions."""

ANSWERS = {
    "a view": "value.view(value.shape)",
    "a strided view": "torch.stack([value, value], -1)[..., 0]",
    "an expanded number": "value.mean().expand(value.shape)",
    "one number, expanded hugely": "torch.zeros(()).expand(2**20, 2**20)",
    "not a number": "value * float('nan')",
    "some not a number": "torch.where(torch.arange(value.numel()).reshape(value.shape) > 0, value, float('nan'))",
    "infinity": "value + float('inf')",
    "another dtype": "value.double()",
    "half precision": "value.half()",
    "whole numbers": "value.long()",
    "complex numbers": "value.to(torch.complex64)",
    "truth": "value > 0",
    "a leaf with a gradient": "value.detach().clone().requires_grad_()",
    "a value without a gradient": "value.detach()",
    "a tensor without data": "value.to('meta')",
    "a sparse tensor": "value.to_sparse()",
    "a quantised tensor": "torch.quantize_per_tensor(value.detach(), 0.1, 0, torch.qint8)",
    "a nested tensor": "torch.nested.nested_tensor([value.detach().reshape(-1)])",
    "a tensor with names": "value.detach().reshape(-1).refine_names('N')",
    "nothing": "None",
    "an empty tensor": "value.new_empty(0)",
    "another shape": "value.unsqueeze(0)",
    "a number": "float(value.sum())",
    "a list": "value.tolist()",
    "a tuple of itself": "(value, value)",
    "an array": "value.detach().numpy()",
    "an array of objects": "np.array([object()] * 3, dtype=object)",
    "a generator": "(one for one in value)",
    "a function": "lambda *arguments: value",
    "a class": "type('T' + str(value.shape), (), {'__module__': 'x' * 1000})()",
    "a parameter": "torch.nn.Parameter(value.detach())",
    "text": "'passed' * 1000",
    "a deep tree": "functools.reduce(lambda tree, _: [tree], range(5000), value)",
    "a tree that holds itself": "(lambda tree: tree.append(tree) or tree)([])",
    "a wide tree": "[[] for _ in range(200_000)]",
    "a large tensor": "value.new_ones(15 * 2**20)",
    "many tensors": "[value] * 5000",
    "a tensor that equals all": "value.as_subclass(Yes)",
    "a tensor that lies": "value.as_subclass(Liar)",
    "an object that equals all": "Everything()",
    "a value with a hook": "Hook.apply(value)",
    "a verdict": "{'status': 'passed', 'points': 3}",
    "an exception": "ValueError(value)",
    "a model": "torch.nn.Linear(2, 2)",
}

REACHING_BACK = {
    "the inputs, emptied": "[one.data.zero_() for one in (mu, logvar)] and value",
    "the inputs, resized": "[one.data.resize_(0) for one in (mu, logvar)] and value",
    "the inputs, in another place": "mu.set_(logvar) is None or value",
    "the inputs themselves": "mu",
    "a value that remembers": "(KEPT.append((mu, logvar)), value)[1]",
    "the value of the call before": "(KEPT.append(value), KEPT[max(0, len(KEPT) - 2)])[1]",
}
"""Those that reach into the arguments, so that a wrong value stays wrong in any case."""

ANSWERS |= REACHING_BACK
