"""A byte-level vocabulary for models with random weights, the same for every server.

The 256 bytes, then pairs, then triples of printable characters: whatever tokens such a model draws are text, and nearly
all of it is valid UTF-8, so no server waits for the rest of a character.
"""

import json
import string

SPECIAL = ["<unk>", "<s>", "</s>"]
PRINTABLE = [character for character in string.printable if character.isprintable()]


def byte_characters():
    """GPT-2's spelling of the 256 bytes: printable ones as they are, the others from U+0100 on."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return {**{byte: chr(byte) for byte in plain}, **{byte: chr(0x100 + i) for i, byte in enumerate(others)}}


def vocabulary(size):
    """`size` tokens in the order of their ids, and the merges that make them."""
    spelling = byte_characters()
    letters = [spelling[ord(character)] for character in PRINTABLE]
    pairs = [(first, second) for first in letters for second in letters]
    triples = [(first + second, third) for first, second in pairs for third in letters]
    merges = (pairs + triples)[: size - len(SPECIAL) - len(spelling)]
    tokens = SPECIAL + [spelling[byte] for byte in range(256)] + [first + second for first, second in merges]
    assert len(tokens) == size, f"{len(tokens)} tokens of {size}"
    return tokens, merges


def tokenizer_json(size):
    """`tokenizer.json` as Hugging Face's tokenizers write it."""
    tokens, merges = vocabulary(size)
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [
            {"id": i, "content": token, "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": False, "special": True} for i, token in enumerate(SPECIAL)],
        "normalizer": None, "pre_tokenizer": level, "post_processor": None, "decoder": level,
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": {token: i for i, token in enumerate(tokens)},
            "merges": [f"{first} {second}" for first, second in merges],
        },
    }


def write_tokenizer(folder, size):
    with open(f"{folder}/tokenizer.json", "w") as file:
        json.dump(tokenizer_json(size), file)


def describe(writer, size):
    """The same vocabulary in a GGUF file's metadata."""
    tokens, merges = vocabulary(size)
    control, normal = 3, 1
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([control if i < len(SPECIAL) else normal for i in range(size)])
    writer.add_token_merges([f"{first} {second}" for first, second in merges])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(False)
