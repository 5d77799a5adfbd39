"""Right but unusual answers to `reverse_gradient`."""

import torch
from answers import right


@right
def by_a_linear_combination(codes, weight):
    return torch.lerp(codes.detach(), codes, -weight)


@right
def by_adding_what_is_nothing(codes, weight):
    still = codes.detach()
    return still + weight * (still - codes)


@right
def by_turning_twice(codes, weight):
    turned = -codes
    turned = turned.detach() - weight * (turned.detach() - turned)

    class Sign(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return -x

        @staticmethod
        def backward(ctx, gradient):
            return gradient

    return Sign.apply(turned)


@right
def by_saving_the_weight_as_a_tensor(codes, weight):
    class Reversal(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(w)
            return x * 1

        @staticmethod
        def backward(ctx, gradient):
            (w,) = ctx.saved_tensors
            return -(w * gradient), None

    return Reversal.apply(codes, torch.as_tensor(weight).to(codes))


@right
def by_a_hook_on_a_view(codes, weight):
    view = codes.view(codes.shape)
    if view.requires_grad:
        view.register_hook(lambda gradient: gradient * (-weight))
    return view


@right
def dimension_by_dimension(codes, weight):
    columns = [column.detach() - weight * (column - column.detach()) for column in codes.unbind(1)]
    return torch.stack(columns, dim=1)


@right
def by_a_value_that_is_replaced(codes, weight):
    turned = -weight * codes
    return turned + (codes - turned).detach()


@right
def by_a_module_s_backward_hook(codes, weight):
    identity = torch.nn.Identity()
    identity.register_full_backward_hook(lambda module, inputs, outputs: (-weight * outputs[0],))
    return identity(codes)
