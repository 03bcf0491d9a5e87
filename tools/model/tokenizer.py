"""Train the byte-level BPE tokenizer and encode the corpus.

    python tokenizer.py --train train.txt --valid valid.txt --vocabulary 4096 --output work/

Writes `tokenizer.json` and its companions in the layout of the Hugging Face Hub, and
`train.npy` / `valid.npy`, the corpora as token ids. A document is encoded with the separator
before it, so that the model learns to write a title, a blank line and the tale.
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SEPARATOR = "<|endoftext|>"
CONTEXT = 2048
TEMPLATE = Path(__file__).with_name("chat_template.jinja")


def documents(path: Path) -> list[str]:
    """The documents of a corpus file, without separator and surrounding white space."""
    parts = path.read_text(encoding="utf-8").split(SEPARATOR)
    return [part.strip() for part in parts if part.strip()]


def train_tokenizer(texts: list[str], vocabulary: int) -> Tokenizer:
    """A byte-level BPE tokenizer whose id 0 is the document separator."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[SEPARATOR],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def encode(tokenizer: Tokenizer, texts: list[str]) -> np.ndarray:
    """All documents as one row of ids: separator, document, separator, document, …, separator."""
    separator = tokenizer.token_to_id(SEPARATOR)
    ids = [separator]
    for encoding in tokenizer.encode_batch(texts, add_special_tokens=False):
        ids.extend(encoding.ids)
        ids.append(separator)
    return np.array(ids, dtype=np.uint16)


def write_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write the tokenizer files of a Hugging Face model folder."""
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {"bos_token": SEPARATOR, "eos_token": SEPARATOR, "pad_token": SEPARATOR}
    config = {
        "add_bos_token": False,
        "add_prefix_space": False,
        "added_tokens_decoder": {
            "0": {
                "content": SEPARATOR,
                "lstrip": False,
                "normalized": False,
                "rstrip": False,
                "single_word": False,
                "special": True,
            }
        },
        **special,
        "clean_up_tokenization_spaces": False,
        "model_max_length": CONTEXT,
        "tokenizer_class": "PreTrainedTokenizerFast",
    }
    write_json(folder / "tokenizer_config.json", config)
    write_json(folder / "special_tokens_map.json", special)
    shutil.copyfile(TEMPLATE, folder / "chat_template.jinja")


def write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--valid", type=Path, required=True)
    parser.add_argument("--vocabulary", type=int, default=4096)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)

    corpora = {"train": documents(options.train), "valid": documents(options.valid)}
    tokenizer = train_tokenizer(corpora["train"], options.vocabulary)
    write_tokenizer(tokenizer, options.output)
    for name, texts in corpora.items():
        ids = encode(tokenizer, texts)
        size = sum(len(text.encode()) for text in texts)
        np.save(options.output / f"{name}.npy", ids)
        print(f"{name}: {len(texts)} documents, {len(ids)} tokens, {size / len(ids):.3f} bytes each")


if __name__ == "__main__":
    main()
