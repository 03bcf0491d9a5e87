"""The shapes of the models that the engine benchmark makes itself, and their random weights in Hugging Face layout.

usage: shapes.py NAME FOLDER     writes FOLDER/config.json and FOLDER/model.safetensors (bfloat16)

Random weights: speeds mean something, texts do not. The same name always gives the same bytes.
"""

import json
import os
import sys
import zlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """What the speed of a decoder depends on."""

    title: str
    layers: int
    hidden: int
    heads: int
    key_value_heads: int
    head_width: int
    feed_forward: int
    vocabulary: int
    is_tied: bool
    experts: int = 0
    experts_per_token: int = 0

    @property
    def quantisation_group(self):
        """The group of 128 that OpenVINO prefers, or the largest smaller one that divides every input width."""
        return 128 if self.hidden % 128 == 0 and self.feed_forward % 128 == 0 else 64

    def tensors(self):
        """Name and shape of every tensor; one-dimensional ones are norms."""
        queries, keys = self.heads * self.head_width, self.key_value_heads * self.head_width
        yield "model.embed_tokens.weight", (self.vocabulary, self.hidden)
        for layer in range(self.layers):
            prefix = f"model.layers.{layer}."
            yield prefix + "input_layernorm.weight", (self.hidden,)
            for name, rows in (("q", queries), ("k", keys), ("v", keys)):
                yield f"{prefix}self_attn.{name}_proj.weight", (rows, self.hidden)
            yield prefix + "self_attn.o_proj.weight", (self.hidden, queries)
            if self.experts:
                yield prefix + "self_attn.q_norm.weight", (self.head_width,)
                yield prefix + "self_attn.k_norm.weight", (self.head_width,)
            yield prefix + "post_attention_layernorm.weight", (self.hidden,)
            yield from self._feed_forward(prefix + "mlp.")
        yield "model.norm.weight", (self.hidden,)
        if not self.is_tied:
            yield "lm_head.weight", (self.vocabulary, self.hidden)

    def _feed_forward(self, prefix):
        if self.experts:
            yield prefix + "gate.weight", (self.experts, self.hidden)
        for block in [f"experts.{index}." for index in range(self.experts)] or [""]:
            yield f"{prefix}{block}gate_proj.weight", (self.feed_forward, self.hidden)
            yield f"{prefix}{block}up_proj.weight", (self.feed_forward, self.hidden)
            yield f"{prefix}{block}down_proj.weight", (self.hidden, self.feed_forward)

    def configuration(self):
        """`config.json`."""
        values = {
            "architectures": ["Qwen3MoeForCausalLM" if self.experts else "LlamaForCausalLM"],
            "model_type": "qwen3_moe" if self.experts else "llama",
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.key_value_heads,
            "head_dim": self.head_width,
            "intermediate_size": self.feed_forward,
            "vocab_size": self.vocabulary,
            "tie_word_embeddings": self.is_tied,
            "max_position_embeddings": 4096,
            "rope_theta": 10000.0,
            "rms_norm_eps": 1e-5,
            "hidden_act": "silu",
            "attention_bias": False,
            "bos_token_id": 1,
            "eos_token_id": 2,
            "torch_dtype": "bfloat16",
        }
        if self.experts:
            values |= {
                "num_experts": self.experts,
                "num_experts_per_tok": self.experts_per_token,
                "moe_intermediate_size": self.feed_forward,
                "norm_topk_prob": True,
                "decoder_sparse_step": 1,
                "mlp_only_layers": [],
                "output_router_logits": False,
            }
        return values


SHAPES = {
    "135m": Shape("135 M", 30, 576, 9, 3, 64, 1536, 49152, True),
    "1b": Shape("1.1 B", 22, 2048, 32, 4, 64, 5632, 32000, False),
    "moe": Shape("MoE 0.9 B", 16, 1024, 16, 8, 64, 512, 32000, False, experts=32, experts_per_token=4),
}


def bfloat16(shape, name):
    """Random bfloat16 bits; norms are one."""
    import numpy

    if len(shape) == 1:
        return numpy.full(shape, 0x3F80, numpy.uint16)
    generator = numpy.random.default_rng(zlib.crc32(name.encode()))
    bits = (generator.standard_normal(shape, numpy.float32) * 0.02).view(numpy.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(numpy.uint16)


def write_tensors(path, tensors, numbers=bfloat16, metadata=None):
    """Writes a safetensors file: a length, a JSON header and the tensors' bytes, each made by `numbers`."""
    header, offset = {"__metadata__": metadata} if metadata else {}, 0
    tensors = list(tensors)
    for name, dimensions in tensors:
        end = offset + 2 * dimensions[0] * (dimensions[1] if len(dimensions) == 2 else 1)
        header[name] = {"dtype": "BF16", "shape": dimensions, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 64)
    partial = f"{path}.partial"
    with open(partial, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, dimensions in tensors:
            file.write(numbers(dimensions, name).tobytes())
    os.rename(partial, path)


def write(shape, folder, numbers=bfloat16):
    """Writes the folder of a model."""
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/config.json", "w") as file:
        json.dump(shape.configuration(), file, indent=2)
    write_tensors(f"{folder}/model.safetensors", shape.tensors(), numbers)


if __name__ == "__main__":
    write(SHAPES[sys.argv[1]], sys.argv[2])
