"""The network: an OLMoE decoder, or its dense twin of the same active size.

The layout follows `transformers.OlmoeForCausalLM` (pre-norm, RMSNorm over all queries and all
keys, rotary positions, no shared expert), so that export is a renaming. The dense twin has the
same layers with one feed-forward block of `experts_per_token * expert_width` columns.

Weights are kept in float32; products run in bfloat16.
"""

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import experts
from experts import mixture


@dataclass(frozen=True)
class Shape:
    """Sizes of a network. `experts == 0` is the dense twin."""

    vocabulary: int = 4096
    hidden: int = 256
    layers: int = 5
    heads: int = 4
    kv_heads: int = 2
    head_size: int = 64
    experts: int = 16
    experts_per_token: int = 4
    expert_width: int = 128
    context: int = 2048
    rope_theta: float = 10_000.0
    norm_epsilon: float = 1e-5

    @property
    def query_width(self) -> int:
        return self.heads * self.head_size

    @property
    def kv_width(self) -> int:
        return self.kv_heads * self.head_size

    @property
    def dense_width(self) -> int:
        return self.experts_per_token * self.expert_width

    @property
    def active_parameters(self) -> int:
        """Weights that one token is multiplied with, the tied embedding counted once."""
        attention = self.hidden * (2 * self.query_width + 2 * self.kv_width)
        feed_forward = 3 * self.hidden * self.dense_width
        router = self.hidden * self.experts
        return self.layers * (attention + feed_forward + router) + self.vocabulary * self.hidden

    def as_dict(self) -> dict:
        return asdict(self)


@dataclass
class Routing:
    """What the routers of one pass did, summed over its tokens."""

    balance: Tensor
    z: Tensor
    load: Tensor  # layers × experts, tokens sent to each


def rms_norm(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    wide = x.float()
    scaled = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + epsilon)
    return (scaled * weight).to(x.dtype)


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotary positions on the last axis, halves paired as in the Llama family."""
    low, high = x.float().chunk(2, dim=-1)
    rotated = torch.cat((low * cosine - high * sine, high * cosine + low * sine), dim=-1)
    return rotated.to(x.dtype)


def prepared_attention(
    x: Tensor,
    norm: Tensor,
    weight: Tensor,
    query_norm: Tensor,
    key_norm: Tensor,
    cosine: Tensor,
    sine: Tensor,
    shape: Shape,
) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values with positions, each batch × heads × length × head size."""
    batch, length, _ = x.shape
    joined = F.linear(rms_norm(x, norm, shape.norm_epsilon), weight)
    query, key, value = joined.split((shape.query_width, shape.kv_width, shape.kv_width), dim=-1)
    query = rms_norm(query, query_norm, shape.norm_epsilon)
    key = rms_norm(key, key_norm, shape.norm_epsilon)
    cosine, sine = cosine[:length], sine[:length]

    def split(y: Tensor) -> Tensor:
        return y.view(batch, length, -1, shape.head_size).transpose(1, 2)

    repeats = shape.heads // shape.kv_heads
    query = rotate(split(query), cosine, sine)
    key = rotate(split(key), cosine, sine).repeat_interleave(repeats, dim=1)
    return query, key, split(value).repeat_interleave(repeats, dim=1)


def swiglu(joined: Tensor) -> Tensor:
    gate, up = joined.chunk(2, dim=-1)
    return (F.silu(gate.float()) * up).to(joined.dtype)


def token_losses(hidden: Tensor, embedding: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy((hidden @ embedding.T).float(), targets, reduction="none")


class Layer(nn.Module):
    """One decoder layer; the residual stream goes in and out in bfloat16."""

    def __init__(self, shape: Shape, generator: torch.Generator) -> None:
        super().__init__()
        self.shape = shape

        def matrix(*size: int) -> nn.Parameter:
            return nn.Parameter(torch.randn(*size, generator=generator) / math.sqrt(size[-1]))

        def zeros(*size: int) -> nn.Parameter:
            return nn.Parameter(torch.zeros(*size))

        # Projections back into the residual stream start at zero: a fresh network is its
        # embedding, and no layer drowns it before it has learnt anything.
        self.attention_norm = nn.Parameter(torch.ones(shape.hidden))
        self.query_norm = nn.Parameter(torch.ones(shape.query_width))
        self.key_norm = nn.Parameter(torch.ones(shape.kv_width))
        self.query_key_value = matrix(shape.query_width + 2 * shape.kv_width, shape.hidden)
        self.attention_out = zeros(shape.hidden, shape.query_width)
        self.feed_forward_norm = nn.Parameter(torch.ones(shape.hidden))
        if shape.experts:
            self.router = nn.Parameter(
                torch.randn(shape.experts, shape.hidden, generator=generator) * 0.02
            )
            self.gate_up = matrix(shape.experts, 2 * shape.expert_width, shape.hidden)
            self.down = zeros(shape.experts, shape.hidden, shape.expert_width)
        else:
            self.gate_up = matrix(2 * shape.dense_width, shape.hidden)
            self.down = zeros(shape.hidden, shape.dense_width)

    def attend(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        query, key, value = prepared_attention(
            x,
            self.attention_norm,
            self.query_key_value.to(x.dtype),
            self.query_norm,
            self.key_norm,
            cosine,
            sine,
            self.shape,
        )
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        mixed = mixed.transpose(1, 2).reshape(x.shape[0], x.shape[1], -1)
        return x + F.linear(mixed, self.attention_out.to(x.dtype))

    def route(self, y: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Weights and indices of the chosen experts, then balance loss, z-loss and load."""
        shape = self.shape
        logits = F.linear(y.float(), self.router)
        probabilities = logits.softmax(dim=-1)
        weights, chosen = probabilities.topk(shape.experts_per_token, dim=-1)
        weights = weights / weights.sum(dim=-1, keepdim=True)
        load = torch.bincount(chosen.flatten(), minlength=shape.experts)
        share = load / chosen.numel()
        balance = shape.experts * (share * probabilities.mean(dim=0)).sum()
        z = logits.logsumexp(dim=-1).pow(2).mean()
        return weights, chosen, balance, z, load

    def forward(
        self, x: Tensor, cosine: Tensor, sine: Tensor, routing: list, mute: bool = False
    ) -> Tensor:
        x = self.attend(x, cosine, sine)
        if mute:
            return x
        y = rms_norm(x, self.feed_forward_norm, self.shape.norm_epsilon)
        if not self.shape.experts:
            inner = swiglu(F.linear(y, self.gate_up.to(x.dtype)))
            return x + F.linear(inner, self.down.to(x.dtype))
        flat = y.view(-1, self.shape.hidden)
        weights, chosen, *record = self.route(flat)
        routing.append(record)
        gate_up, down = self.gate_up.to(x.dtype), self.down.to(x.dtype)
        return x + mixture(flat, weights, chosen, gate_up, down).view_as(x)


class Network(nn.Module):
    """The whole decoder with tied embeddings."""

    def __init__(self, shape: Shape, seed: int = 0, dtype: torch.dtype = torch.bfloat16) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.shape, self.dtype = shape, dtype
        size = (shape.vocabulary, shape.hidden)
        self.embedding = nn.Parameter(torch.randn(*size, generator=generator) * 0.02)
        self.layers = nn.ModuleList(Layer(shape, generator) for _ in range(shape.layers))
        self.norm = nn.Parameter(torch.ones(shape.hidden))
        exponents = torch.arange(0, shape.head_size, 2) / shape.head_size
        angles = torch.outer(torch.arange(shape.context), shape.rope_theta**-exponents)
        self.register_buffer("cosine", angles.cos(), persistent=False)
        self.register_buffer("sine", angles.sin(), persistent=False)

    def hidden(self, ids: Tensor, mute: bool = False) -> tuple[Tensor, Routing | None]:
        """Normed hidden states. `mute` leaves the feed-forward blocks out of every layer."""
        x = F.embedding(ids, self.embedding.to(self.dtype))
        records: list = []
        for layer in self.layers:
            x = layer(x, self.cosine, self.sine, records, mute)
        x = rms_norm(x, self.norm, self.shape.norm_epsilon)
        if not records:
            return x, None
        balance, z, load = (torch.stack(column) for column in zip(*records))
        return x, Routing(balance.sum(), z.sum(), load)

    def logits(self, ids: Tensor, mute: bool = False) -> Tensor:
        return F.linear(self.hidden(ids, mute)[0], self.embedding.to(self.dtype)).float()

    def losses(self, ids: Tensor, targets: Tensor) -> tuple[Tensor, Routing | None]:
        """Cross-entropy of every target, in nats, and what the routers did."""
        x, routing = self.hidden(ids)
        embedding = self.embedding.to(self.dtype)
        return token_losses(x.flatten(0, 1), embedding, targets.flatten()), routing


def compile_elementwise() -> None:
    """Fuse the element-wise parts; the products stay with the library."""
    global prepared_attention, token_losses, rms_norm, swiglu
    prepared_attention = torch.compile(prepared_attention, dynamic=False)
    token_losses = torch.compile(token_losses, dynamic=False)
    swiglu = torch.compile(swiglu, dynamic=False)
    rms_norm = torch.compile(rms_norm, dynamic=False)
    experts.compile_elementwise()
