#!/usr/bin/env python3
"""Tiny random models of every family, with what `transformers` computes for them.

Writes Tests/TransformerTests/Goldens/<name>/: config.json, generation_config.json, the weights, tokenizer.json,
and expected.json (a prompt, the logits after each of its tokens, and 64 greedy tokens). For every model the seed
is searched until the two best logits differ by more than 1e-2 at every greedy step, so that a greedy answer does
not hang on rounding.

    pip install torch transformers tokenizers safetensors
    python tools/goldens/families.py            # all
    python tools/goldens/families.py qwen3      # some
"""

import json
import pathlib
import shutil
import sys

import tokenizers
import torch
import transformers

ROOT = pathlib.Path(__file__).resolve().parents[2] / "Tests/TransformerTests/Goldens"
STEPS = 64
MARGIN = 1e-2
# Ids 0..255 are the bytes, then these; the last ones only pad the vocabulary to a round number.
SPECIALS = ["<|bos|>", "<|eos|>", "<|user|>", "<|assistant|>", "<|pad|>"]
VOCABULARY = 256 + len(SPECIALS)
BOS, EOS = 256, 257
PROMPT = [BOS, *b"The lighthouse keeper wrote: 3 ships, no wind."]

COMMON = dict(
    vocab_size=VOCABULARY,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    max_position_embeddings=256,
    bos_token_id=BOS,
    eos_token_id=EOS,
    pad_token_id=VOCABULARY - 1,
    initializer_range=0.3,
)

LLAMA3 = dict(
    rope_type="llama3",
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=32,
)

# name: (model type, dtype the weights are saved in, shard size or None, settings)
MODELS = {
    "llama2": ("llama", "float32", None, dict(intermediate_size=48)),
    "llama3": (
        "llama",
        "bfloat16",
        None,
        dict(
            intermediate_size=48,
            num_key_value_heads=2,
            tie_word_embeddings=True,
            rope_parameters=dict(LLAMA3, rope_theta=500_000.0),
        ),
    ),
    "llama-bias": (
        "llama",
        "float32",
        None,
        dict(intermediate_size=40, attention_bias=True, mlp_bias=True, num_key_value_heads=1),
    ),
    "llama-linear": (
        "llama",
        "float16",
        None,
        dict(
            intermediate_size=40,
            rope_parameters=dict(rope_type="linear", factor=2.0, rope_theta=10_000.0),
        ),
    ),
    "smollm2": (
        "llama",
        "bfloat16",
        None,
        dict(
            hidden_size=36,
            num_attention_heads=9,
            num_key_value_heads=3,
            intermediate_size=64,
            num_hidden_layers=3,
            tie_word_embeddings=True,
            rope_parameters=dict(rope_type="default", rope_theta=100_000.0),
        ),
    ),
    "mistral": (
        "mistral",
        "float32",
        None,
        dict(intermediate_size=48, num_key_value_heads=2, sliding_window=24),
    ),
    "qwen2": (
        "qwen2",
        "float16",
        None,
        dict(
            intermediate_size=48,
            num_key_value_heads=2,
            tie_word_embeddings=True,
            rope_parameters=dict(rope_type="default", rope_theta=1_000_000.0),
        ),
    ),
    "qwen2-window": (
        "qwen2",
        "float32",
        None,
        dict(
            intermediate_size=40,
            num_key_value_heads=2,
            num_hidden_layers=3,
            use_sliding_window=True,
            sliding_window=16,
            max_window_layers=1,
        ),
    ),
    "qwen2-yarn": (
        "qwen2",
        "float32",
        None,
        dict(
            intermediate_size=40,
            num_key_value_heads=2,
            head_dim=16,
            num_attention_heads=2,
            rope_parameters=dict(
                rope_type="yarn",
                factor=4.0,
                original_max_position_embeddings=64,
                rope_theta=10_000.0,
            ),
        ),
    ),
    "qwen3": (
        "qwen3",
        "bfloat16",
        None,
        dict(
            intermediate_size=48,
            num_key_value_heads=2,
            head_dim=12,
            tie_word_embeddings=True,
            rope_parameters=dict(rope_type="default", rope_theta=1_000_000.0),
        ),
    ),
    "mixtral": (
        "mixtral",
        "bfloat16",
        None,
        dict(
            intermediate_size=24,
            num_key_value_heads=2,
            num_local_experts=4,
            num_experts_per_tok=2,
        ),
    ),
    "qwen2-moe": (
        "qwen2_moe",
        "float32",
        "200KB",
        dict(
            intermediate_size=48,
            moe_intermediate_size=16,
            shared_expert_intermediate_size=24,
            num_experts=8,
            num_experts_per_tok=3,
            num_key_value_heads=4,
        ),
    ),
    "qwen2-moe-sparse": (
        "qwen2_moe",
        "bfloat16",
        None,
        dict(
            intermediate_size=40,
            moe_intermediate_size=12,
            shared_expert_intermediate_size=20,
            num_experts=6,
            num_experts_per_tok=2,
            num_hidden_layers=4,
            num_key_value_heads=2,
            decoder_sparse_step=2,
            mlp_only_layers=[1],
            norm_topk_prob=True,
        ),
    ),
    "qwen3-moe": (
        "qwen3_moe",
        "bfloat16",
        None,
        dict(
            intermediate_size=40,
            moe_intermediate_size=16,
            num_experts=8,
            num_experts_per_tok=3,
            num_key_value_heads=2,
            head_dim=12,
            norm_topk_prob=True,
            num_hidden_layers=3,
            mlp_only_layers=[0],
        ),
    ),
    "olmoe": (
        "olmoe",
        "float32",
        None,
        dict(
            intermediate_size=16,
            num_experts=8,
            num_experts_per_tok=3,
            num_key_value_heads=4,
            clip_qkv=1.5,
        ),
    ),
}


def tokenizer():
    """Byte-level BPE without merges: the 256 bytes and the special tokens, ids as above."""
    alphabet = byte_alphabet()
    vocabulary = {alphabet[byte]: byte for byte in range(256)}
    tok = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocabulary, merges=[]))
    tok.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tok.decoder = tokenizers.decoders.ByteLevel()
    tok.add_special_tokens(SPECIALS)
    tok.post_processor = tokenizers.processors.TemplateProcessing(
        single=f"{SPECIALS[0]} $A",
        pair=f"{SPECIALS[0]} $A {SPECIALS[0]} $B",
        special_tokens=[(SPECIALS[0], BOS)],
    )
    text = bytes(PROMPT[1:]).decode()
    assert tok.encode(text).ids == PROMPT and tok.decode(PROMPT) == text
    return tok


def byte_alphabet():
    """The printable character that byte-level BPE writes for each byte (GPT-2's table)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    extra = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(extra)) for byte in range(256)]


CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|' + ('assistant' if message['role'] == 'assistant' else 'user') + '|>' + message['content'] }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def build(model_type, dtype, settings, seed):
    torch.manual_seed(seed)
    config = transformers.AutoConfig.for_model(model_type, **{**COMMON, **settings})
    config._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(config).eval().float()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1:  # biases and norms start at 0 and 1, where mistakes would not show
                parameter += 0.2 * torch.randn_like(parameter)
            parameter.copy_(parameter.to(getattr(torch, dtype)).float())
    return model


@torch.no_grad()
def greedy(model):
    """The greedy continuation, the smallest margin between best and second best, and the prompt's logits."""
    ids, margin = list(PROMPT), float("inf")
    prompt_logits = model(torch.tensor([ids])).logits[0]
    for _ in range(STEPS):
        logits = model(torch.tensor([ids])).logits[0, -1]
        best = logits.topk(2).values
        margin = min(margin, float(best[0] - best[1]))
        if margin <= MARGIN:
            break
        ids.append(int(logits.argmax()))
    return ids[len(PROMPT) :], margin, prompt_logits


def write(name):
    model_type, dtype, shard, settings = MODELS[name]
    for seed in range(1000):
        model = build(model_type, dtype, settings, seed)
        tokens, margin, logits = greedy(model)
        # A continuation that repeats one token or ends at once would test little.
        if margin > MARGIN and len(set(tokens)) > 8 and EOS not in tokens:
            break
    else:
        raise SystemExit(f"{name}: no seed found")
    folder = ROOT / name
    shutil.rmtree(folder, ignore_errors=True)
    model.to(getattr(torch, dtype)).save_pretrained(
        folder, **({"max_shard_size": shard} if shard else {})
    )
    tokenizer().save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            dict(
                tokenizer_class="PreTrainedTokenizerFast",
                bos_token=SPECIALS[0],
                eos_token=SPECIALS[1],
                pad_token=SPECIALS[4],
                clean_up_tokenization_spaces=False,
                chat_template=CHAT_TEMPLATE,
            )
        )
    )
    check_reload(folder, logits)
    rows = [0, 1, len(PROMPT) // 2, len(PROMPT) - 1]
    expected = dict(
        seed=seed,
        margin=margin,
        prompt=PROMPT,
        greedy=tokens,
        rows=rows,
        logits=[[round(x, 6) for x in logits[row].tolist()] for row in rows],
    )
    (folder / "expected.json").write_text(json.dumps(expected))
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{name}: seed {seed}, margin {margin:.3f}, {len(set(tokens))} distinct, {size} bytes")


def write_minimal():
    """A model whose every file is under 8 KB, to derive hostile files from: two shards, a dense layer, a mixture."""
    torch.manual_seed(0)
    settings = dict(
        vocab_size=16,
        hidden_size=4,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=64,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=2,
        intermediate_size=6,
        moe_intermediate_size=3,
        shared_expert_intermediate_size=5,
        num_experts=3,
        num_experts_per_tok=2,
        mlp_only_layers=[0],
        use_sliding_window=True,
        sliding_window=8,
        max_window_layers=1,
        rope_parameters=dict(rope_type="yarn", factor=2.0, rope_theta=10_000.0),
    )
    config = transformers.AutoConfig.for_model("qwen2_moe", **settings)
    model = transformers.AutoModelForCausalLM.from_config(config)
    folder = ROOT / "minimal"
    shutil.rmtree(folder, ignore_errors=True)
    model.half().save_pretrained(folder, max_shard_size="1KB")
    largest = max(file.stat().st_size for file in folder.iterdir())
    assert largest < 8192
    print(f"minimal: {len(list(folder.iterdir()))} files, the largest {largest} bytes")


def check_reload(folder, logits):
    """What was saved must mean the same as what was computed."""
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    )
    with torch.no_grad():
        again = model(torch.tensor([PROMPT])).logits[0]
    assert torch.allclose(again, logits, atol=1e-6), "reloading changes the logits"


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, transformers {transformers.__version__}")
    for name in sys.argv[1:] or [*MODELS, "minimal"]:
        write_minimal() if name == "minimal" else write(name)
