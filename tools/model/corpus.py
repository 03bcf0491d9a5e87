"""Windows of the encoded corpus in a reproducible order."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

SEPARATOR_ID = 0
OPENING_SHARE = 0.1  # of the rows begin with a document, so that titles are not rare


class Corpus:
    """A row of token ids, cut into windows.

    Row `k` of a window length is the same in every run with the same seed. Each pass over the
    corpus shifts the cuts and shuffles the windows anew.
    """

    def __init__(self, path: Path, seed: int = 0) -> None:
        self.ids = np.load(path)
        self.seed = seed
        starts = np.flatnonzero(self.ids == SEPARATOR_ID)
        self.openings = starts[starts < len(self.ids) - 1]

    def batch(self, step: int, length: int, tokens: int) -> tuple[Tensor, Tensor]:
        """Inputs and targets of the `step`-th batch of this length, rows × length."""
        rows = tokens // length
        opening = max(1, round(rows * OPENING_SHARE))
        running = rows - opening
        starts = [self._window(step * running + row, length) for row in range(running)]
        starts += [self._opening(step * opening + row, length) for row in range(opening)]
        windows = np.stack([self.ids[start : start + length + 1] for start in starts])
        joined = torch.from_numpy(windows.astype(np.int64))
        return joined[:, :-1], joined[:, 1:]

    def _window(self, index: int, length: int) -> int:
        count = (len(self.ids) - 1 - length) // length
        lap, place = divmod(index, count)
        generator = np.random.default_rng((self.seed, lap, length))
        shift = int(generator.integers(length))
        return shift + int(generator.permutation(count)[place]) * length

    def _opening(self, index: int, length: int) -> int:
        usable = self.openings[self.openings < len(self.ids) - 1 - length]
        lap, place = divmod(index, len(usable))
        order = np.random.default_rng((self.seed, lap, length, 1)).permutation(len(usable))
        return int(usable[order[place]])

    def evaluation(self, length: int, stride: int | None = None) -> list[tuple[Tensor, Tensor]]:
        """The whole corpus in order: rows of at most `length` inputs and their targets."""
        ids = torch.from_numpy(self.ids.astype(np.int64))
        stops = range(0, len(ids) - 1, stride or length)
        return [(ids[s : s + length][: len(ids) - 1 - s], ids[s + 1 : s + length + 1]) for s in stops]
