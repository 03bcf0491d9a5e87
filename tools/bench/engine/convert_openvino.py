"""Converts a Hugging Face folder for OpenVINO, weights compressed as its own documentation advises for speed.

usage: convert_openvino.py FOLDER BITS GROUP OUTPUT      runs in the openvino environment

8 bits: symmetric, one scale per output channel. 4 bits: symmetric, groups of GROUP inputs, every matrix, so that
embedding and head are as wide as the rest.
"""

import sys

from optimum.intel import OVModelForCausalLM, OVWeightQuantizationConfig


def main():
    folder, bits, group, output = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    if bits == 8:
        quantisation = OVWeightQuantizationConfig(bits=8, sym=True)
    else:
        quantisation = OVWeightQuantizationConfig(bits=4, sym=True, group_size=group, ratio=1.0, all_layers=True)
    model = OVModelForCausalLM.from_pretrained(
        folder, export=True, compile=False, quantization_config=quantisation, use_cache=True)
    model.save_pretrained(output)


if __name__ == "__main__":
    main()
