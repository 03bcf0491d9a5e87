"""Write a trained network as a Hugging Face model folder, and check it against `transformers`.

    python export.py --corpus work/ --run runs/mixture --output Models/NAME --check
"""

import argparse
import os
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from architecture import Network, Shape
from tokenizer import write_json

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
)


def configuration(shape: Shape) -> dict:
    """`config.json` of an OLMoE model."""
    return {
        "architectures": ["OlmoeForCausalLM"],
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": 0,
        "clip_qkv": None,
        "eos_token_id": 0,
        "hidden_act": "silu",
        "hidden_size": shape.hidden,
        "initializer_range": 0.02,
        "intermediate_size": shape.expert_width,
        "max_position_embeddings": shape.context,
        "model_type": "olmoe",
        "norm_topk_prob": True,
        "num_attention_heads": shape.heads,
        "num_experts": shape.experts,
        "num_experts_per_tok": shape.experts_per_token,
        "num_hidden_layers": shape.layers,
        "num_key_value_heads": shape.kv_heads,
        "output_router_logits": False,
        "pad_token_id": 0,
        "rms_norm_eps": shape.norm_epsilon,
        "rope_scaling": None,
        "rope_theta": shape.rope_theta,
        "router_aux_loss_coef": 0.01,
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
        "use_cache": True,
        "vocab_size": shape.vocabulary,
    }


def tensors(network: Network) -> dict[str, Tensor]:
    """The weights in bfloat16 under their names on the Hub, experts one by one."""
    shape = network.shape
    named = {
        "model.embed_tokens.weight": network.embedding,
        "model.norm.weight": network.norm,
    }
    for index, layer in enumerate(network.layers):
        prefix = f"model.layers.{index}"
        widths = (shape.query_width, shape.kv_width, shape.kv_width)
        for letter, part in zip("qkv", layer.query_key_value.split(widths)):
            named[f"{prefix}.self_attn.{letter}_proj.weight"] = part
        named[f"{prefix}.self_attn.o_proj.weight"] = layer.attention_out
        named[f"{prefix}.self_attn.q_norm.weight"] = layer.query_norm
        named[f"{prefix}.self_attn.k_norm.weight"] = layer.key_norm
        named[f"{prefix}.input_layernorm.weight"] = layer.attention_norm
        named[f"{prefix}.post_attention_layernorm.weight"] = layer.feed_forward_norm
        named[f"{prefix}.mlp.gate.weight"] = layer.router
        for expert in range(shape.experts):
            name = f"{prefix}.mlp.experts.{expert}"
            gate, up = layer.gate_up[expert].chunk(2)
            named[f"{name}.gate_proj.weight"] = gate
            named[f"{name}.up_proj.weight"] = up
            named[f"{name}.down_proj.weight"] = layer.down[expert]
    return {name: value.detach().bfloat16().contiguous() for name, value in named.items()}


def export(network: Network, corpus: Path, folder: Path) -> None:
    """Write the model folder; a network without experts has no such layout and is left out."""
    if not network.shape.experts:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name in TOKENIZER_FILES:
        shutil.copyfile(corpus / name, folder / name)
    write_json(folder / "config.json", configuration(network.shape))
    generation = {
        "bos_token_id": 0,
        "do_sample": True,
        "eos_token_id": 0,
        "pad_token_id": 0,
        "temperature": 0.7,
        "top_p": 0.9,
    }
    write_json(folder / "generation_config.json", generation)
    aside = folder / "model.safetensors.new"
    save_file(tensors(network), aside, metadata={"format": "pt"})
    os.replace(aside, folder / "model.safetensors")


def load(checkpoint: Path, dtype: torch.dtype = torch.bfloat16) -> Network:
    """The network of a checkpoint."""
    saved = torch.load(checkpoint, weights_only=True)
    network = Network(Shape(**saved["shape"]), dtype=dtype)
    network.load_state_dict(saved["network"])
    return network.eval()


@torch.no_grad()
def difference(network: Network, folder: Path, ids: Tensor) -> float:
    """The largest difference of float32 logits between the folder and our own network.

    Our network takes the rounded weights, so that only the two programs are compared.
    """
    from transformers import AutoModelForCausalLM

    theirs = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ours = Network(network.shape, dtype=torch.float32).eval()
    rounded = {name: value.bfloat16().float() for name, value in network.state_dict().items()}
    ours.load_state_dict(rounded)
    return (theirs(ids).logits - ours.logits(ids)).abs().max().item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    network = load(options.run / "checkpoint.pt")
    export(network, options.corpus, options.output)
    if options.check:
        from corpus import Corpus

        ids = Corpus(options.corpus / "valid.npy").evaluation(512)[0][0][None]
        print(f"largest logit difference: {difference(network, options.output, ids):.2e}")


if __name__ == "__main__":
    main()
