"""Measure a trained mixture beside a trigram model and its dense twin.

    python evaluate.py --corpus work/ --mixture runs/mixture --dense runs/dense

Prints Markdown. Weights are rounded to bfloat16, as shipped; products run in float32. The whole
validation corpus is scored, every token once, in windows that share nothing.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from architecture import Network
from corpus import SEPARATOR_ID, Corpus
from export import load
from trigram import Trigram

WINDOW = 2048
POSITIONS = (0, 128, 512, 1024, 2048)


class Scores:
    """Per token of the validation corpus: loss in nats, and whether the best guess was right."""

    def __init__(self, losses: np.ndarray, hits: np.ndarray | None, load: np.ndarray | None) -> None:
        self.losses, self.hits, self.load = losses, hits, load


def rounded(checkpoint: Path) -> Network:
    network = load(checkpoint, dtype=torch.float32)
    weights = {name: value.bfloat16().float() for name, value in network.state_dict().items()}
    network.load_state_dict(weights)
    return network


@torch.no_grad()
def scores(network: Network, corpus: Corpus, window: int, mute: bool = False) -> Scores:
    """Score the corpus in windows of `window` tokens; `mute` leaves the experts' output out."""
    losses, hits, load = [], [], 0
    for inputs, targets in corpus.evaluation(window):
        hidden, routing = network.hidden(inputs[None], mute)
        logits = hidden[0] @ network.embedding.T
        losses.append(torch.nn.functional.cross_entropy(logits, targets, reduction="none"))
        hits.append(logits.argmax(dim=-1) == targets)
        load = load + routing.load if routing is not None else load
    found = load.numpy() if isinstance(load, torch.Tensor) else None
    return Scores(torch.cat(losses).numpy(), torch.cat(hits).numpy(), found)


def document_of(ids: np.ndarray) -> np.ndarray:
    """The document number of every token but the first."""
    return np.cumsum(ids == SEPARATOR_ID)[:-1] - 1


def interval(values: np.ndarray, documents: np.ndarray, draws: int = 2000) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean of `values`, documents drawn whole."""
    count = documents.max() + 1
    sums = np.bincount(documents, weights=values, minlength=count)
    sizes = np.bincount(documents, minlength=count)
    picks = np.random.default_rng(0).integers(count, size=(draws, count))
    means = sums[picks].sum(axis=1) / sizes[picks].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def text_bytes(corpus: Path, ids: np.ndarray) -> int:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(corpus / "tokenizer.json"))
    return len(tokenizer.decode(ids.tolist(), skip_special_tokens=True).encode())


def print_perplexities(rows: dict[str, np.ndarray], documents: np.ndarray, size: int) -> None:
    print("| model | perplexity a token | 95 % interval | bits a byte |")
    print("| --- | ---: | ---: | ---: |")
    for name, losses in rows.items():
        low, high = np.exp(interval(losses, documents))
        bits = losses.sum() / np.log(2) / size
        print(f"| {name} | {np.exp(losses.mean()):.2f} | {low:.2f}–{high:.2f} | {bits:.3f} |")


def print_positions(rows: dict[str, np.ndarray]) -> None:
    edges = list(zip(POSITIONS, POSITIONS[1:]))
    print("| model | " + " | ".join(f"{low}–{high - 1}" for low, high in edges) + " |")
    print("| --- |" + " ---: |" * len(edges))
    for name, losses in rows.items():
        place = np.arange(len(losses)) % WINDOW
        cells = [np.exp(losses[(place >= low) & (place < high)].mean()) for low, high in edges]
        print(f"| {name} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")


def print_accuracy(name: str, whole: Scores, muted: Scores, documents: np.ndarray) -> None:
    with_experts, without = whole.hits.mean(), muted.hits.mean()
    drop = 1 - without / with_experts
    low, high = interval(whole.hits.astype(float), documents)
    print(f"| {name} | {with_experts:.2%} ({low:.2%}–{high:.2%}) | {without:.2%} | {drop:.1%} |")


def print_load(load: np.ndarray) -> None:
    """Each layer's spread of tokens over experts; an even load is a share of 1."""
    experts = load.shape[1]
    print("| layer | least | most | entropy (1 is even) | share of each expert, even = 1 |")
    print("| ---: | ---: | ---: | ---: | --- |")
    for layer, row in enumerate(load):
        share = row / row.sum()
        entropy = -(share[share > 0] * np.log(share[share > 0])).sum() / np.log(experts)
        cells = " ".join(f"{value * experts:.2f}" for value in share)
        least, most = share.min() * experts, share.max() * experts
        print(f"| {layer} | {least:.2f} | {most:.2f} | {entropy:.4f} | {cells} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--mixture", type=Path, required=True, help="run folder")
    parser.add_argument("--dense", type=Path, required=True, help="run folder")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    valid = Corpus(options.corpus / "valid.npy")
    ids = valid.ids.astype(np.int64)
    documents = document_of(ids)
    mixture = rounded(options.mixture / "checkpoint.pt")
    dense = rounded(options.dense / "checkpoint.pt")
    trigram = Trigram(np.load(options.corpus / "train.npy"), mixture.shape.vocabulary)
    whole, muted = scores(mixture, valid, WINDOW), scores(mixture, valid, WINDOW, mute=True)
    twin, twin_muted = scores(dense, valid, WINDOW), scores(dense, valid, WINDOW, mute=True)

    for name, network in (("mixture", mixture), ("dense", dense)):
        total = sum(parameter.numel() for parameter in network.parameters())
        print(f"- {name}: {total:,} parameters, {network.shape.active_parameters:,} active a token")
    size = text_bytes(options.corpus, ids)
    print(f"- validation: {len(ids) - 1:,} tokens, {size:,} bytes of text\n")
    rows = {"mixture": whole.losses, "dense twin": twin.losses, "trigram": trigram.losses(ids)}
    print_perplexities(rows, documents, size)
    low, high = interval(twin.losses - whole.losses, documents)
    gain = (twin.losses - whole.losses).mean()
    print(f"\nDense minus mixture: {gain:.4f} nats a token (95 %: {low:.4f} to {high:.4f})\n")
    print("Perplexity by position in the window:\n")
    print_positions(rows)
    print("\n| model | next token right | feed-forward off | relative fall |")
    print("| --- | ---: | ---: | ---: |")
    print_accuracy("mixture", whole, muted, documents)
    print_accuracy("dense twin", twin, twin_muted, documents)
    print()
    print_load(whole.load)


if __name__ == "__main__":
    main()
