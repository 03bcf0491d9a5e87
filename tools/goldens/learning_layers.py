#!/usr/bin/env python3
"""Makes Tests/LearningTests/Goldens/layers.safetensors: what PyTorch computes, and its gradients, for each layer and loss.

usage: learning_layers.py Tests/LearningTests/Goldens/layers.safetensors     (needs torch on the CPU and safetensors)

Every tensor is a float32 matrix named CASE/KIND/NAME: `in` is given, `out` is to come out, `grad` is the gradient of the
case's loss (the mean squared distance of the output from `in/target`, or the loss that the case is about). Sequences
are [steps * batch, features], one point in time after the other; names of parameters are those of the Swift layers.
"""

import sys

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

SEED, STEPS, BATCH, FEATURES, UNITS = 20261125, 7, 3, 5, 8
tensors = {}


def put(case, kind, name, value):
    value = value.detach().float()
    matrix = value.reshape(1, -1) if value.dim() < 2 else value.reshape(-1, value.shape[-1])
    tensors[f"{case}/{kind}/{name}"] = matrix.contiguous().clone()


def time_major(value):
    return value.reshape(-1, value.shape[-1])


def finish(case, inputs, parameters, output, loss=None):
    """Writes a case; `parameters` are (name, tensor, what makes its matrix of ours)."""
    put(case, "out", "value", output)
    if loss is None:
        target = torch.randn_like(output)
        put(case, "in", "target", target)
        loss = F.mse_loss(output, target)
    loss.backward()
    put(case, "out", "loss", loss)
    for name, value in inputs.items():
        put(case, "in", name, value)
        if value.grad is not None:
            put(case, "grad", name, value.grad)
    for name, value, shape in parameters:
        put(case, "in", name, shape(value))
        put(case, "grad", name, shape(value.grad))


def same(value):
    return value


def recurrent(case, module):
    sequence = torch.randn(STEPS, BATCH, FEATURES, requires_grad=True)
    output = module(sequence)[0]
    finish(case, {"input": sequence}, [
        ("layer.input.weight", module.weight_ih_l0, same), ("layer.input.bias", module.bias_ih_l0, same),
        ("layer.state.weight", module.weight_hh_l0, same), ("layer.state.bias", module.bias_hh_l0, same),
    ], time_major(output))


def convolution(case, width, dilation):
    sequence = torch.randn(STEPS, BATCH, FEATURES, requires_grad=True)
    module = nn.Conv1d(FEATURES, UNITS, width, dilation=dilation)
    padded = F.pad(sequence.permute(1, 2, 0), ((width - 1) * dilation, 0))
    output = module(padded).permute(2, 0, 1)
    oldest_first = lambda weight: weight.permute(0, 2, 1).reshape(UNITS, -1)
    finish(case, {"input": sequence}, [
        ("layer.weight", module.weight, oldest_first), ("layer.bias", module.bias, same),
    ], time_major(output))


def layers():
    inputs = lambda: torch.randn(STEPS, FEATURES, requires_grad=True)
    linear, given = nn.Linear(FEATURES, UNITS), inputs()
    finish("linear", {"input": given},
           [("layer.weight", linear.weight, same), ("layer.bias", linear.bias, same)], linear(given))
    norm, given = nn.LayerNorm(FEATURES), inputs()
    with torch.no_grad():
        norm.weight.uniform_(0.5, 2), norm.bias.uniform_(-1, 1)
    finish("norm", {"input": given},
           [("layer.gain", norm.weight, same), ("layer.shift", norm.bias, same)], norm(given))
    given = inputs()
    output = F.dropout(given, 0.3)
    put("dropout", "in", "factors", (output != 0).float() / 0.7)
    finish("dropout", {"input": given}, [], output)
    for name, function in (("sigmoid", torch.sigmoid), ("tanh", torch.tanh), ("relu", torch.relu)):
        given = inputs()
        finish(name, {"input": given}, [], function(given))
    gate_up, down, given = nn.Linear(FEATURES, 2 * UNITS, bias=False), nn.Linear(UNITS, FEATURES, bias=False), inputs()
    gate, up = gate_up(given).chunk(2, dim=-1)
    finish("swiglu", {"input": given},
           [("gateUp", gate_up.weight, same), ("down", down.weight, same)], down(F.silu(gate) * up))


def losses():
    inputs = lambda: (torch.randn(STEPS, 3) * 2).requires_grad_()
    target = torch.randn(STEPS, 3)
    for name, loss in (
        ("mse", lambda given: F.mse_loss(given, target)),
        ("huber", lambda given: F.huber_loss(given, target, delta=0.7)),
        ("pinball", pinball(target)),
    ):
        given = inputs()
        put(name, "in", "target", target)
        finish(name, {"input": given}, [], given * 1, loss(given))


def pinball(target):
    quantiles = torch.tensor([0.1, 0.5, 0.9])
    def loss(given):
        error = target - given
        return torch.maximum(quantiles * error, (quantiles - 1) * error).mean()
    return loss


def optimizers():
    gradients = torch.randn(5, 2, 4)
    for name, make in (
        ("adam", lambda point: torch.optim.Adam([point], lr=0.01)),
        ("adamw", lambda point: torch.optim.AdamW([point], lr=0.01, weight_decay=0.1)),
    ):
        point = torch.randn(2, 4).requires_grad_()
        put(name, "in", "x", point)
        optimizer = make(point)
        for step, gradient in enumerate(gradients):
            put(name, "in", f"gradient{step}", gradient)
            point.grad = gradient.clone()
            optimizer.step()
        put(name, "out", "x", point)
    long = torch.randn(2, 4).requires_grad_()
    long.grad = torch.randn(2, 4) * 10
    put("clip", "in", "x", long.grad)
    nn.utils.clip_grad_norm_([long], 1.5)
    put("clip", "out", "x", long.grad)


torch.manual_seed(SEED)
torch.set_num_threads(1)
recurrent("gru", nn.GRU(FEATURES, UNITS))
recurrent("lstm", nn.LSTM(FEATURES, UNITS))
convolution("convolution", 3, 1)
convolution("dilated", 2, 3)
layers()
losses()
optimizers()
save_file(tensors, sys.argv[1], metadata={"made by": "tools/goldens/learning_layers.py", "torch": torch.__version__})
