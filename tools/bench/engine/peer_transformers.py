"""Hugging Face transformers on the unconverted folder, in bfloat16 as it is stored.

usage: peer_transformers.py FOLDER THREADS      runs in the transformers environment
"""

import sys
import time

import torch
import transformers

from peer import StaticBatch, serve


class Transformers(StaticBatch):
    def __init__(self, folder, threads):
        torch.set_num_threads(threads)
        self.model = transformers.AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.bfloat16, attn_implementation="sdpa").eval()

    def start(self, prompts):
        self.cache = transformers.DynamicCache(config=self.model.config)
        return self._run(torch.tensor(prompts))

    def step(self, tokens):
        return self._run(tokens[:, None])

    @torch.inference_mode()
    def _run(self, ids):
        output = self.model(input_ids=ids, past_key_values=self.cache, use_cache=True, logits_to_keep=1)
        return output.logits[:, -1].argmax(dim=-1)


def main():
    start = time.monotonic()
    engine = Transformers(sys.argv[1], int(sys.argv[2]))
    serve(engine, {
        "loadSeconds": time.monotonic() - start,
        "version": f"transformers {transformers.__version__}, torch {torch.__version__}",
        "settings": "bfloat16, sdpa",
    }, time.monotonic)


if __name__ == "__main__":
    main()
