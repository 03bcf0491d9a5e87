"""llama.cpp through the C API of `llama-cpp-python`, batched continuously as its own server does it.

usage: peer_llama.py GGUF THREADS      runs in the llama environment
"""

import ctypes
import sys
import time

import llama_cpp
import numpy

from peer import serve

SEATS, SEAT_TOKENS, BATCH_TOKENS = 32, 512, 2048


class Sequence:
    """A request in a seat: the tokens still to be read, then one at a time."""

    def __init__(self, index, prompt, count):
        self.index, self.pending, self.left = index, prompt, count
        self.position = 0
        self.times, self.first = [], None


class Llama:
    """One context for long prompts and one with separate caches for many sequences; they share the weights."""

    def __init__(self, path, threads):
        llama_cpp.llama_backend_init()
        parameters = llama_cpp.llama_model_default_params()
        parameters.use_extra_bufts = True  # Weights repacked for the processor.
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), parameters)
        if not self.model:
            raise SystemExit(f"llama.cpp refuses {path}")
        self.vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self.model))
        self.alone = self._context(1, 2304, threads)
        self.together = self._context(SEATS, SEATS * SEAT_TOKENS, threads)
        self.batch = llama_cpp.llama_batch_init(BATCH_TOKENS, 0, 1)

    def _context(self, seats, tokens, threads):
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx, parameters.n_seq_max = tokens, seats
        parameters.n_batch, parameters.n_ubatch = BATCH_TOKENS, 512
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED
        parameters.kv_unified = False
        context = llama_cpp.llama_init_from_model(self.model, parameters)
        if not context:
            raise SystemExit("llama.cpp makes no context of this size")
        return context

    def generate(self, order, clock):
        context = self.alone if len(order["prompts"]) == 1 else self.together
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), False)
        waiting = [Sequence(i, p, n) for i, (p, n) in enumerate(zip(order["prompts"], order["counts"]))]
        sequences = list(waiting)
        seats = [None] * min(order.get("together", len(waiting)), len(waiting))
        while waiting or any(seats):
            for seat, sequence in enumerate(seats):
                if sequence is None and waiting:
                    seats[seat] = waiting.pop(0)
            self._step(context, seats, clock)
        return {"times": [s.times for s in sequences], "first": [s.first for s in sequences]}

    def _step(self, context, seats, clock):
        """Every decoding sequence's token and as much of the prompts as fits; then a token for whoever is complete."""
        self.batch.n_tokens = 0
        complete = []
        for seat, sequence in sorted(enumerate(seats), key=lambda pair: pair[1] is None or len(pair[1].pending)):
            if sequence is None:
                continue
            chunk = sequence.pending[:BATCH_TOKENS - self.batch.n_tokens]
            sequence.pending = sequence.pending[len(chunk):]
            for token in chunk:
                self._append(token, sequence.position, seat)
                sequence.position += 1
            if not sequence.pending and chunk:
                complete.append((seat, sequence, self.batch.n_tokens - 1))
                self.batch.logits[self.batch.n_tokens - 1] = 1
        status = llama_cpp.llama_decode(context, self.batch)
        if status:
            raise SystemExit(f"llama_decode: {status}")
        for seat, sequence, row in complete:
            logits = llama_cpp.llama_get_logits_ith(context, row)
            token = int(numpy.ctypeslib.as_array(logits, (self.vocabulary,)).argmax())
            sequence.times.append(clock())
            sequence.first = token if sequence.first is None else sequence.first
            sequence.pending, sequence.left = [token], sequence.left - 1
            if sequence.left == 0:
                llama_cpp.llama_memory_seq_rm(llama_cpp.llama_get_memory(context), seat, -1, -1)
                seats[seat] = None

    def _append(self, token, position, seat):
        row = self.batch.n_tokens
        self.batch.token[row], self.batch.pos[row] = token, position
        self.batch.n_seq_id[row], self.batch.seq_id[row][0] = 1, seat
        self.batch.logits[row] = 0
        self.batch.n_tokens = row + 1


def main():
    start = time.monotonic()
    engine = Llama(sys.argv[1], int(sys.argv[2]))
    information = ctypes.string_at(llama_cpp.llama_print_system_info()).decode()
    serve(engine, {
        "loadSeconds": time.monotonic() - start,
        "version": f"llama-cpp-python {llama_cpp.__version__}",
        "settings": f"repacked, flash attention, float16 cache; {information.strip(' |')}",
    }, time.monotonic)


if __name__ == "__main__":
    main()
