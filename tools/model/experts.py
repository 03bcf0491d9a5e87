"""A mixture of SwiGLU experts with a hand-written backward pass.

Tokens are sorted by expert once; each expert then works on one contiguous block, so that a step
is a few hundred large products instead of thousands of small ones. The routing weight multiplies
the inner activations, not the outputs, so that the outputs need not be kept for the gradient.
"""

import torch
from torch import Tensor


def gated(joined: Tensor, weight: Tensor) -> Tensor:
    gate, up = joined.float().chunk(2, dim=-1)
    return (gate * torch.sigmoid(gate) * up * weight[:, None]).to(joined.dtype)


def gated_backward(joined: Tensor, weight: Tensor, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The weighted inner activations again, the gradient of `joined`, and that of `weight`."""
    gate, up = joined.float().chunk(2, dim=-1)
    wide = grad.float()
    sigmoid = torch.sigmoid(gate)
    silu = gate * sigmoid
    inner = silu * up
    scaled = wide * weight[:, None]
    slope = sigmoid * (1 + gate * (1 - sigmoid))
    grad_joined = torch.cat((scaled * up * slope, scaled * silu), dim=-1)
    weighted = (inner * weight[:, None]).to(joined.dtype)
    return weighted, grad_joined.to(joined.dtype), (wide * inner).sum(dim=-1)


class Mixture(torch.autograd.Function):
    """`mixture` with its gradient."""

    @staticmethod
    def forward(ctx, x, weights, chosen, gate_up, down):
        tokens, width = chosen.shape
        order = torch.argsort(chosen.flatten(), stable=True)
        counts = torch.bincount(chosen.flatten(), minlength=gate_up.shape[0]).tolist()
        source = order // width
        sorted_weights = weights.flatten()[order]
        rows = x[source]
        joined = x.new_empty(len(order), gate_up.shape[1])
        outputs = torch.empty_like(rows)
        start = 0
        for expert, count in enumerate(counts):
            block = slice(start, start + count)
            torch.mm(rows[block], gate_up[expert].T, out=joined[block])
            inner = gated(joined[block], sorted_weights[block])
            torch.mm(inner, down[expert].T, out=outputs[block])
            start += count
        inverse = torch.empty_like(order)
        inverse[order] = torch.arange(len(order))
        ctx.save_for_backward(x, source, sorted_weights, joined, inverse, gate_up, down)
        ctx.counts, ctx.width = counts, width
        return outputs[inverse].view(tokens, width, -1).sum(dim=1)

    @staticmethod
    def backward(ctx, grad):
        x, source, weights, joined, inverse, gate_up, down = ctx.saved_tensors
        rows, grad_outputs = x[source], grad[source]
        grad_rows = torch.empty_like(rows)
        grad_weights = torch.empty_like(weights)
        grad_gate_up, grad_down = torch.zeros_like(gate_up), torch.zeros_like(down)
        start = 0
        for expert, count in enumerate(ctx.counts):
            block = slice(start, start + count)
            start += count
            if not count:
                continue
            grad_inner = grad_outputs[block] @ down[expert]
            inner, grad_joined, grad_weights[block] = gated_backward(
                joined[block], weights[block], grad_inner
            )
            torch.mm(grad_outputs[block].T, inner, out=grad_down[expert])
            torch.mm(grad_joined.T, rows[block], out=grad_gate_up[expert])
            torch.mm(grad_joined, gate_up[expert], out=grad_rows[block])
        grad_x = grad_rows[inverse].view(x.shape[0], ctx.width, -1).sum(dim=1)
        grad_weights = grad_weights[inverse].view(x.shape[0], ctx.width)
        return grad_x, grad_weights, None, grad_gate_up, grad_down


def mixture(x: Tensor, weights: Tensor, chosen: Tensor, gate_up: Tensor, down: Tensor) -> Tensor:
    """Each token through its chosen experts, summed by weight.

    `x` is tokens × hidden; `weights` and `chosen` tokens × choices; `gate_up` experts × 2 widths ×
    hidden with the gate's rows first; `down` experts × hidden × width.
    """
    return Mixture.apply(x, weights, chosen, gate_up, down)


def compile_elementwise() -> None:
    """Fuse the element-wise parts, for blocks of any length."""
    global gated, gated_backward
    gated = torch.compile(gated, dynamic=True)
    gated_backward = torch.compile(gated_backward, dynamic=True)
