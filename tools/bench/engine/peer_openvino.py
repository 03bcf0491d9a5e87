"""OpenVINO's runtime on a model that `convert_openvino.py` made.

usage: peer_openvino.py FOLDER THREADS GROUP      runs in the openvino environment

The settings that its documentation names for speed on a processor: float32 activations, which are quantised on the fly
in groups of GROUP (the default precision here would be bfloat16, without), the latency hint, the 8-bit key-value
cache. Logits of the last position only, as its own pipelines do it.
"""

import sys
import time

import numpy
import openvino
from openvino import opset13

from peer import StaticBatch, serve


def keep_last_position(model):
    """Puts a slice before the head, so that only the last position's logits are computed."""
    node = model.output("logits").get_node().input_value(0).get_node()
    while node.get_type_name() != "MatMul":
        node = node.input_value(0).get_node()
    numbers = [opset13.constant(numpy.array([value], numpy.int64)) for value in (-1, 2**62, 1, 1)]
    last = opset13.slice(node.input_value(0), *numbers)
    node.input(0).replace_source_output(last.output(0))
    model.validate_nodes_and_infer_types()


class OpenVINO(StaticBatch):
    def __init__(self, folder, threads, group):
        core = openvino.Core()
        model = core.read_model(f"{folder}/openvino_model.xml")
        keep_last_position(model)
        self.inputs = {name for port in model.inputs for name in port.get_names()}
        self.settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "f32",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": group,
            "KV_CACHE_PRECISION": "u8",
        }
        compiled = core.compile_model(model, "CPU", self.settings)
        self.request = compiled.create_infer_request()

    def start(self, prompts):
        self.request.reset_state()
        self.length = 0
        return self._run(numpy.array(prompts, numpy.int64))

    def step(self, tokens):
        return self._run(tokens[:, None])

    def _run(self, ids):
        count, width = ids.shape
        positions = numpy.arange(self.length, self.length + width, dtype=numpy.int64)
        self.length += width
        values = {
            "input_ids": ids,
            "attention_mask": numpy.ones((count, self.length), numpy.int64),
            "position_ids": numpy.broadcast_to(positions, (count, width)).copy(),
            "beam_idx": numpy.arange(count, dtype=numpy.int32),
        }
        self.request.infer({name: value for name, value in values.items() if name in self.inputs}, share_inputs=True)
        return self.request.get_tensor("logits").data[:, -1].argmax(axis=-1)


def main():
    start = time.monotonic()
    engine = OpenVINO(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    serve(engine, {
        "loadSeconds": time.monotonic() - start,
        "version": f"OpenVINO {openvino.get_version().split('-')[0]}",
        "settings": ", ".join(f"{name} {value}" for name, value in engine.settings.items()),
    }, time.monotonic)


if __name__ == "__main__":
    main()
