"""Muon for the matrices of the layers, Adam for the embedding, the routers and the norms.

Muon (Jordan et al., 2024) replaces a matrix's momentum by its nearest orthogonal matrix. All
blocks of one size, experts of all layers included, are orthogonalised in one batched product.
"""

import torch
from torch import Tensor, nn

from architecture import Network

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)


def orthogonalized(matrices: Tensor, iterations: int = 5) -> Tensor:
    """The nearest orthogonal matrix of each of a stack of matrices, wide or square."""
    a, b, c = NEWTON_SCHULZ
    x = matrices.to(torch.bfloat16)
    x = x / (x.float().norm(dim=(-2, -1), keepdim=True) * 1.01 + 1e-7).to(x.dtype)
    for _ in range(iterations):
        gram = x @ x.mT
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x.float()


def blocks(name: str, tensor: Tensor, key_width: int) -> Tensor:
    """A parameter as a stack of matrices that act on their own; a view of the same memory.

    Queries, keys and values fall apart into groups of heads, gate and up into two matrices.
    """
    columns = tensor.shape[-1]
    if name == "query_key_value":
        return tensor.view(-1, key_width, columns)
    if name == "gate_up":
        return tensor.view(-1, tensor.shape[-2] // 2, columns)
    return tensor.view(-1, tensor.shape[-2], columns)


class Optimizer:
    """One step for all parameters; `scale` is the schedule's factor between 0 and 1."""

    matrix_names = ("query_key_value", "attention_out", "gate_up", "down")

    def __init__(
        self,
        network: Network,
        matrix_rate: float = 0.02,
        vector_rate: float = 2e-3,
        momentum: float = 0.95,
        weight_decay: float = 0.1,
    ) -> None:
        self.matrix_rate, self.vector_rate = matrix_rate, vector_rate
        self.momentum, self.weight_decay = momentum, weight_decay
        self.key_width = network.shape.kv_width
        self.matrices: list[tuple[str, nn.Parameter, Tensor]] = []
        others = []
        for name, parameter in network.named_parameters():
            short = name.rsplit(".", 1)[-1]
            if short in self.matrix_names:
                self.matrices.append((short, parameter, torch.zeros_like(parameter)))
            else:
                others.append(parameter)
        self.adam = torch.optim.Adam(others, lr=vector_rate, betas=(0.9, 0.95), eps=1e-10)

    @torch.no_grad()
    def step(self, scale: float) -> None:
        for group in self.adam.param_groups:
            group["lr"] = self.vector_rate * scale
        self.adam.step()
        self.step_matrices(self.matrix_rate * scale)
        self.adam.zero_grad(set_to_none=True)
        for _, parameter, _ in self.matrices:
            parameter.grad = None

    def step_matrices(self, rate: float) -> None:
        groups: dict[tuple[int, int], list[tuple[Tensor, Tensor]]] = {}
        for name, parameter, momentum in self.matrices:
            momentum.lerp_(parameter.grad, 1 - self.momentum)
            look_ahead = parameter.grad.lerp(momentum, self.momentum)
            weights = blocks(name, parameter.data, self.key_width)
            update = blocks(name, look_ahead, self.key_width)
            if weights.shape[-2] > weights.shape[-1]:
                weights, update = weights.mT, update.mT
            groups.setdefault(tuple(weights.shape[-2:]), []).append((weights, update))
        for (rows, columns), members in groups.items():
            directions = orthogonalized(torch.cat([update for _, update in members]))
            sizes = [len(weights) for weights, _ in members]
            for (weights, _), direction in zip(members, directions.split(sizes)):
                weights.mul_(1 - rate * self.weight_decay).sub_(direction, alpha=rate)

    def state(self) -> dict:
        return {"adam": self.adam.state_dict(), "momenta": [entry[2] for entry in self.matrices]}

    def load(self, state: dict) -> None:
        self.adam.load_state_dict(state["adam"])
        for (_, _, momentum), saved in zip(self.matrices, state["momenta"]):
            momentum.copy_(saved)
