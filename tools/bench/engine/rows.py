"""What is measured: each row is a load, the same for every engine, and a speed in tokens a second."""

import random

CONTEXT = 64  # Tokens of a prompt from whose end decoding is measured.
STEPS = 32  # Tokens that every sequence decodes.


class Row:
    """A load of random prompts; `seed` makes them distinct in every round."""

    def __init__(self, name, title, lengths, counts, together=None):
        self.name, self.title = name, title
        self.lengths, self.counts, self.together = lengths, counts, together

    def order(self, vocabulary, seed):
        """What a worker is asked."""
        generator = random.Random(f"{self.name} {seed}")
        order = {
            "do": "generate",
            "prompts": [[generator.randrange(3, vocabulary) for _ in range(length)] for length in self.lengths],
            "counts": self.counts,
        }
        if self.together:
            order["together"] = self.together
        return order

    def speed(self, times):
        """Tokens a second, from when each token of each sequence came."""
        if self.name.startswith("prefill"):
            return sum(self.lengths) / times[0][0]
        if self.name.startswith("decode"):
            # From the moment when all decode until the first one ends: no prefill, always the full batch.
            start, end = max(t[0] for t in times), min(t[-1] for t in times)
            return sum(start < time <= end for t in times for time in t) / (end - start)
        return sum(self.counts) / max(t[-1] for t in times)


def _mixed():
    """24 requests of unlike sizes from 8 clients, each of whom sends the next when its answer has ended."""
    generator = random.Random(1)
    lengths = [generator.randint(16, 192) for _ in range(24)]
    counts = [generator.randint(8, 40) for _ in range(24)]
    return Row("mixed", "mixed load, 8 clients", lengths, counts, together=8)


ROWS = [
    *(Row(f"prefill-{n}", f"prefill {n}", [n], [1]) for n in (128, 512, 2048)),
    *(Row(f"decode-{b}", f"decode, batch {b}", [CONTEXT] * b, [STEPS + 1] * b) for b in (1, 8, 32)),
    _mixed(),
]
