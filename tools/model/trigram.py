"""A trigram model with interpolated modified Kneser-Ney smoothing (Chen & Goodman, 1999)."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Order:
    """Counts of one n-gram order, keyed by the n-gram packed into an integer."""

    keys: np.ndarray  # sorted n-grams
    counts: np.ndarray
    contexts: np.ndarray  # sorted contexts
    totals: np.ndarray  # per context: all counts
    reserved: np.ndarray  # per context: mass the discounts set free
    discounts: np.ndarray  # by count 0, 1, 2 and 3 or more

    @classmethod
    def of(cls, keys: np.ndarray, counts: np.ndarray, vocabulary: int) -> "Order":
        ones, twos, threes, fours = (int((counts == n).sum()) for n in (1, 2, 3, 4))
        ratio = ones / (ones + 2 * twos)
        discounts = np.array(
            [0, 1 - 2 * ratio * twos / ones, 2 - 3 * ratio * threes / twos,
             3 - 4 * ratio * fours / threes]
        )  # fmt: skip
        contexts, start = np.unique(keys // vocabulary, return_index=True)
        totals = np.add.reduceat(counts, start)
        reserved = np.add.reduceat(discounts[np.minimum(counts, 3)], start)
        return cls(keys, counts, contexts, totals, reserved, discounts)

    def interpolated(self, keys: np.ndarray, contexts: np.ndarray, lower: np.ndarray) -> np.ndarray:
        """Probability of each n-gram's last token, given that of the next lower order."""
        counts = looked_up(self.keys, self.counts, keys)
        totals = looked_up(self.contexts, self.totals, contexts)
        reserved = looked_up(self.contexts, self.reserved, contexts)
        seen = np.maximum(totals, 1)
        own = (counts - self.discounts[np.minimum(counts, 3)]) / seen
        return np.where(totals > 0, own + reserved / seen * lower, lower)


def looked_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The value of each wanted key, 0 where it is not among the sorted keys."""
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, values[places], 0)


class Trigram:
    """Trigram probabilities; lower orders count distinct left neighbours, not occurrences."""

    def __init__(self, ids: np.ndarray, vocabulary: int) -> None:
        ids = ids.astype(np.int64)
        self.vocabulary = vocabulary
        packed = (ids[:-2] * vocabulary + ids[1:-1]) * vocabulary + ids[2:]
        keys, counts = np.unique(packed, return_counts=True)
        self.third = Order.of(keys, counts, vocabulary)
        keys, counts = np.unique(keys % vocabulary**2, return_counts=True)
        self.second = Order.of(keys, counts, vocabulary)
        keys, counts = np.unique(keys % vocabulary, return_counts=True)
        self.first = Order.of(keys, counts, vocabulary)

    def probabilities(self, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
        """The probability of each `c` after `a`, `b`."""
        a, b, c = (part.astype(np.int64) for part in (a, b, c))
        uniform = np.full(len(c), 1 / self.vocabulary)
        first = self.first.interpolated(c, np.zeros_like(c), uniform)
        second = self.second.interpolated(b * self.vocabulary + c, b, first)
        pair = a * self.vocabulary + b
        return self.third.interpolated(pair * self.vocabulary + c, pair, second)

    def losses(self, ids: np.ndarray) -> np.ndarray:
        """The loss of every token but the first, in nats; the separator stands before the text."""
        before = np.concatenate(([0], ids[:-2]))
        return -np.log(self.probabilities(before, ids[:-1], ids[1:]))
