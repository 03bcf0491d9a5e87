"""Converts a Hugging Face folder for llama.cpp: every matrix in Q8_0 or Q4_0, head and embedding included.

usage: convert_gguf.py SHAPE FOLDER BITS OUTPUT [vocabulary]      runs in the llama environment

Written with llama.cpp's own `gguf` package. Without `vocabulary` there is no tokenizer in the file: the engine's
benchmark speaks in token ids.
"""

import json
import os
import sys

import gguf
import numpy

sys.path.append(f"{os.path.dirname(os.path.abspath(__file__))}/../serving")

import vocabulary
from shapes import SHAPES

NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate": "ffn_gate_inp",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


class Safetensors:
    """The bfloat16 tensors of a file, as float32."""

    def __init__(self, path):
        size = int.from_bytes(open(path, "rb").read(8), "little")
        self._header = json.loads(open(path, "rb").read(8 + size)[8:])
        self._bytes = numpy.memmap(path, numpy.uint8, "r", 8 + size)

    def __getitem__(self, name):
        entry = self._header[name]
        start, end = entry["data_offsets"]
        bits = self._bytes[start:end].view(numpy.uint16).astype(numpy.uint32) << 16
        return bits.view(numpy.float32).reshape(entry["shape"])


def interleaved(weights, heads):
    """llama.cpp rotates neighbouring columns in this architecture, Hugging Face halves of a head."""
    rows, columns = weights.shape
    return weights.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def tensors(shape, source):
    """GGUF name and numbers of every tensor; a layer's experts are stacked."""
    for name, _ in shape.tensors():
        parts = name.removesuffix(".weight").removeprefix("model.layers.").split(".", 1)
        layer, local = parts if parts[0].isdigit() else (None, name.removesuffix(".weight"))
        if ".experts." in name:
            if ".experts.0." not in name:
                continue
            kind = local.rsplit(".", 1)[1]
            stack = [source[name.replace(".experts.0.", f".experts.{i}.")] for i in range(shape.experts)]
            yield f"blk.{layer}.{NAMES['mlp.' + kind]}_exps.weight", numpy.stack(stack)
            continue
        numbers = source[name]
        if not shape.experts and local.endswith(("q_proj", "k_proj")):
            numbers = interleaved(numbers, shape.heads if local.endswith("q_proj") else shape.key_value_heads)
        yield (f"blk.{layer}." if layer else "") + f"{NAMES[local]}.weight", numbers


def describe(writer, shape, has_vocabulary):
    writer.add_context_length(4096)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_embedding_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.key_value_heads)
    writer.add_key_length(shape.head_width)
    writer.add_value_length(shape.head_width)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    if has_vocabulary:
        vocabulary.describe(writer, shape.vocabulary)
    else:
        writer.add_tokenizer_model("none")
    if shape.experts:
        writer.add_expert_count(shape.experts)
        writer.add_expert_used_count(shape.experts_per_token)
        writer.add_expert_feed_forward_length(shape.feed_forward)


def main():
    shape, folder, bits, output = SHAPES[sys.argv[1]], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    kind = gguf.GGMLQuantizationType.Q8_0 if bits == 8 else gguf.GGMLQuantizationType.Q4_0
    writer = gguf.GGUFWriter(output + ".partial", "qwen3moe" if shape.experts else "llama")
    describe(writer, shape, sys.argv[5:] == ["vocabulary"])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0 if bits == 8 else gguf.LlamaFileType.MOSTLY_Q4_0)
    for name, numbers in tensors(shape, Safetensors(f"{folder}/model.safetensors")):
        if numbers.ndim == 1 or "ffn_gate_inp" in name:
            writer.add_tensor(name, numbers.astype(numpy.float32))
        else:
            writer.add_tensor(name, gguf.quants.quantize(numbers, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.rename(output + ".partial", output)


if __name__ == "__main__":
    main()
