#!/usr/bin/env python3
"""Makes the mixture on which brownout is measured: random weights, but experts loaded as the bundled model's are.

usage: shape.py BENCHMARK FOLDER

BENCHMARK is the BrownoutBenchmark executable, which measures how the load comes out. FOLDER gets the engine benchmark's
shape `moe` as a model that can be served, with united experts by four. Those are random too: speed does not depend on
what they know.

The first number of the hidden state is a constant in every layer: embeddings start with it, no block adds to it, and
none but the routers reads it. Their first column therefore acts as a bias for each expert. It is fitted until the experts' shares of the tokens
are those of `load.json`, and kept in `bias.json`, so that only a change of shape or load needs fitting again.
"""

import json
import math
import os
import random
import subprocess
import sys

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "engine"))
sys.path.insert(0, os.path.join(HERE, "..", "serving"))
from shapes import SHAPES, bfloat16, write, write_tensors  # noqa: E402
from vocabulary import write_tokenizer  # noqa: E402

SHAPE = SHAPES["moe"]
WAY = 4
CONSTANT = 0.1
ROUNDS = 8  # Of fitting; then the shares are within what 200 steps can tell.
STEPS = 200


def asked_load():
    """For each layer of the shape the share of each expert.

    The bundled model has half as many experts and fewer layers: its sorted shares are read as a distribution, at twice
    as many places, and each third of its inner layers' depth stands for one of them. Which expert gets which share is
    drawn, so that neighbours, which are united, are not alike.
    """
    layers = json.load(open(f"{HERE}/load.json"))["layers"]
    generator = random.Random(1)
    asked = []
    for layer in range(SHAPE.layers):
        inner = 1 + (layer - 1) * (len(layers) - 2) // (SHAPE.layers - 2)
        source = sorted(layers[0 if layer == 0 else -1 if layer == SHAPE.layers - 1 else inner], reverse=True)
        places = [(index + 0.5) / len(source) for index in range(len(source))]
        shares = numpy.interp([(index + 0.5) / SHAPE.experts for index in range(SHAPE.experts)], places, source)
        shares = list(shares / shares.sum())
        generator.shuffle(shares)
        asked.append(shares)
    return asked


def numbers(biases):
    """What makes a tensor of the shape, given the routers' first columns."""
    def make(dimensions, name):
        bits = bfloat16(dimensions, name)
        if name == "model.embed_tokens.weight":
            bits[:, 0] = rounded(CONSTANT)
        elif name.endswith(("o_proj.weight", "down_proj.weight")):
            bits[0, :] = 0
        elif name.endswith("mlp.gate.weight"):
            bits[:, 0] = [rounded(bias) for bias in biases[int(name.split(".")[2])]]
        elif len(dimensions) == 2:
            bits[:, 0] = 0
        return bits
    return make


def rounded(number):
    """The bits of a bfloat16."""
    bits = int(numpy.float32(number).view(numpy.uint32))
    return (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16


def measure(benchmark, folder):
    command = [benchmark, folder, "--load", "--rounds", str(STEPS)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def distance(asked, measured):
    """The share of the tokens that would have to go to other experts, on the mean of the layers."""
    return sum(sum(abs(x - y) for x, y in zip(*pair)) / 2 for pair in zip(asked, measured)) / len(asked)


def patch_routers(folder, biases):
    """Puts other biases into the weights on disk."""
    make = numbers(biases)
    with open(f"{folder}/model.safetensors", "r+b") as file:
        length = int.from_bytes(file.read(8), "little")
        for name, entry in json.loads(file.read(length)).items():
            if name.endswith("mlp.gate.weight"):
                file.seek(8 + length + entry["data_offsets"][0])
                file.write(make(entry["shape"], name).tobytes())


def fit(benchmark, folder, asked):
    """Moves every bias until its expert gets its share."""
    biases = [[0.0] * SHAPE.experts for _ in asked]
    for number in range(ROUNDS):
        found = measure(benchmark, folder)
        print(f"fitting {number}: {100 * distance(asked, found['layers']):.1f} % of the load is elsewhere", flush=True)
        for layer, shares in enumerate(found["layers"]):
            for expert, share in enumerate(shares):
                ratio = asked[layer][expert] / max(share, 0.2 / (STEPS * 32 * SHAPE.experts_per_token))
                biases[layer][expert] += 0.3 * math.log(ratio) / found["first_inputs"][layer]
        patch_routers(folder, biases)
    return biases


def united_tensors():
    for layer in range(1, SHAPE.layers - 1):
        for group in range(SHAPE.experts // WAY):
            prefix = f"model.layers.{layer}.mlp.united.{group}."
            yield prefix + "gate_proj.weight", (SHAPE.feed_forward, SHAPE.hidden)
            yield prefix + "up_proj.weight", (SHAPE.feed_forward, SHAPE.hidden)
            yield prefix + "down_proj.weight", (SHAPE.hidden, SHAPE.feed_forward)


def fingerprint(biases):
    """FNV-1a over the routers, by which `plimsoll serve` knows whose united experts it reads."""
    hash, make = 0xCBF29CE484222325, numbers(biases)
    for layer in range(SHAPE.layers):
        for byte in make((SHAPE.experts, SHAPE.hidden), f"model.layers.{layer}.mlp.gate.weight").tobytes():
            hash = (hash ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{hash:x}"


def write_united(folder, biases):
    neighbours = [expert // WAY for expert in range(SHAPE.experts)]
    groups = [[] if layer in (0, SHAPE.layers - 1) else neighbours for layer in range(SHAPE.layers)]
    metadata = {
        "plimsoll.united": json.dumps({"way": WAY, "groups": groups}),
        "plimsoll.routers": fingerprint(biases),
        "plimsoll.settings": json.dumps("random weights: stand-ins for measurements of speed"),
    }
    write_tensors(f"{folder}/united-experts-{WAY}.safetensors", united_tensors(), numbers(biases), metadata)


def main():
    benchmark, folder = sys.argv[1:]
    if os.path.exists(f"{folder}/load.json"):
        return
    asked, kept = asked_load(), f"{HERE}/bias.json"
    biases = json.load(open(kept)) if os.path.exists(kept) else [[0.0] * SHAPE.experts] * SHAPE.layers
    print(f"writing {folder}, 2.2 GB", flush=True)
    write(SHAPE, folder, numbers(biases))
    write_tokenizer(folder, SHAPE.vocabulary)
    if not os.path.exists(kept):
        biases = [[round(bias, 4) for bias in layer] for layer in fit(benchmark, folder, asked)]
        patch_routers(folder, biases)
        with open(kept, "w") as file:
            file.write("[\n" + ",\n".join(json.dumps(layer) for layer in biases) + "\n]\n")
    write_united(folder, biases)
    found = measure(benchmark, folder)["layers"]
    with open(f"{folder}/load.json", "w") as file:
        json.dump({"asked": asked, "measured": found}, file)
    print(f"{100 * distance(asked, found):.1f} % of the load is with other experts than asked for")
    for name, load in (("asked", asked), ("measured", found)):
        inner = [sorted(layer, reverse=True) for layer in load[1:-1]]
        mean = [sum(column) / len(inner) for column in zip(*inner)]
        print(f"{name}: share of the hottest expert {100 * mean[0]:.1f} %, of the hottest eight {100 * sum(mean[:8]):.1f} %, "
              f"of the coldest eight {100 * sum(mean[-8:]):.1f} %")


if __name__ == "__main__":
    main()
