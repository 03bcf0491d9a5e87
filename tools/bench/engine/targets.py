"""What the comparison must show, and whether it does."""

LLAMA = 3.0  # Every row against llama.cpp at the same width, except:
LLAMA_EXCEPTIONS = {"decode-1": 1.7, ("moe", "decode-8"): 2.3}

# (model, bits, row): times OpenVINO, and the share of the read bandwidth that is enough where it is reached first.
OPENVINO = {
    ("1b", 8, "prefill-512"): (1.5, None),
    ("1b", 4, "prefill-512"): (1.5, None),
    ("135m", 8, "prefill-512"): (1.7, None),
    ("1b", 8, "decode-1"): (1.2, 0.85),
    ("1b", 4, "decode-1"): (1.35, 0.75),
    ("135m", 8, "decode-1"): (1.5, None),
    ("135m", 4, "decode-1"): (2.0, None),
    ("1b", 8, "decode-8"): (1.3, None),
    ("1b", 8, "decode-32"): (1.4, None),
    ("135m", 8, "decode-8"): (1.3, None),
    ("135m", 8, "decode-32"): (1.4, None),
    ("moe", 8, "prefill-128"): (2.5, None),
    ("moe", 8, "prefill-512"): (2.5, None),
    ("moe", 8, "prefill-2048"): (2.5, None),
    ("moe", 8, "decode-1"): (1.6, None),
    ("moe", 8, "decode-8"): (2.0, None),
    ("moe", 8, "decode-32"): (2.5, None),
}

PERPLEXITY = {"int8": 0.005, "int4": 0.03}  # Above float32, relatively, at most.


class Verdict:
    """A target in words, and whether it is met; nothing where the row has none or its peer is missing."""

    def __init__(self, text, is_met):
        self.text, self.is_met = text, is_met


def against_openvino(model, bits, row, ratio, bandwidth_share):
    factor, share = OPENVINO.get((model, bits, row), (None, None))
    if factor is None or ratio is None:
        return None
    text = f"{factor}x" + (f" or {100 * share:.0f} % of read" if share else "")
    return Verdict(text, ratio >= factor or bool(share and bandwidth_share >= share))


def against_llama(model, row, ratio):
    if ratio is None:
        return None
    factor = LLAMA_EXCEPTIONS.get((model, row)) or LLAMA_EXCEPTIONS.get(row) or LLAMA
    return Verdict(f"{factor}x", ratio >= factor)
