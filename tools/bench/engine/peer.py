"""What the workers of other engines share: orders from standard input, replies to standard output, a line each."""

import json
import sys


class StaticBatch:
    """Answers prompts of one length in one batch, as engines without continuous batching do.

    A subclass has `start(prompts)`, which reads the prompts and returns the first tokens, and `step(tokens)`.
    """

    def generate(self, order, clock):
        prompts, counts = order["prompts"], order["counts"]
        if len({len(prompt) for prompt in prompts}) > 1 or len(set(counts)) > 1:
            return {"unsupported": "no continuous batching"}
        tokens = self.start(prompts)
        times = [clock()]
        first = tokens.tolist()
        for _ in range(counts[0] - 1):
            tokens = self.step(tokens)
            times.append(clock())
        return {"times": [times] * len(prompts), "first": first}


def serve(engine, greeting, monotonic):
    """Says hello and answers until standard input ends."""
    print(json.dumps(greeting), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        start = monotonic()
        print(json.dumps(engine.generate(order, lambda: monotonic() - start)), flush=True)
