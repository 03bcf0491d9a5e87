"""Which window length and learning rate a step has, keyed to the clock, and its record.

The clock decides, because the machine is shared; the record (`plan.jsonl`, a line a step) makes
the decision repeatable. A resumed run replays it, and the dense twin follows the record of the
mixture, so that both see the same tokens in the same order at the same rates.
"""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

PHASES = ((0.55, 256), (0.88, 512), (1.0, 2048))  # up to this share of the time: window length
WARM_UP_STEPS = 40
DECAY_FROM = 0.4
LAST_SCALE = 0.02


@dataclass(frozen=True)
class Step:
    """One entry of the plan; `last` marks the step after which training ends."""

    index: int
    length: int
    scale: float
    last: bool


class Plan:
    """The steps decided so far, and the clock that decides the next.

    `follow` names another run's record; this run then only repeats it and waits where it must.
    """

    def __init__(self, path: Path, minutes: float, follow: Path | None = None) -> None:
        self.path, self.follow = follow or path, follow is not None
        self.clock = path.with_name("clock.json")
        self.minutes = minutes
        self.steps: list[Step] = []
        self._read()
        if not self.follow and not self.clock.exists():
            now = time.time()
            self.clock.write_text(json.dumps({"from": now, "until": now + 60 * minutes}))

    def step(self, index: int, spent: float) -> Step:
        """Entry `index`. `spent` is the time of the latest step, in seconds."""
        while index >= len(self.steps):
            if self.follow:
                self._read()
                if index >= len(self.steps):
                    time.sleep(2)
            else:
                self._decide(index, spent)
        return self.steps[index]

    def _decide(self, index: int, spent: float) -> None:
        clock = json.loads(self.clock.read_text())
        share = (time.time() - clock["from"]) / (clock["until"] - clock["from"])
        last = time.time() + 1.5 * spent >= clock["until"]
        length = next((length for end, length in PHASES if share < end), PHASES[-1][1])
        falling = max(0.0, (1 - share) / (1 - DECAY_FROM))
        scale = min(1.0, (index + 1) / WARM_UP_STEPS, max(falling, LAST_SCALE))
        step = Step(index, length, round(scale, 5), last)
        with self.path.open("a") as record:
            record.write(json.dumps(asdict(step)) + "\n")
        self.steps.append(step)

    def _read(self) -> None:
        if not self.path.exists():
            return
        lines = self.path.read_text().split("\n")[:-1]
        self.steps = [Step(**json.loads(line)) for line in lines]
