"""Makes what the benchmark needs: a model of random weights, its GGUF twin, llama-server from its source on PyPI."""

import glob
import os
import subprocess
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(f"{HERE}/../engine")

import vocabulary
from environments import REQUIREMENTS, python
from servers import Programs
from shapes import SHAPES

MODEL = "135m"
LLAMA_CMAKE = [f"-D{option}" for option in (
    "CMAKE_BUILD_TYPE=Release", "GGML_NATIVE=ON", "GGML_CPU_REPACK=ON", "LLAMA_OPENSSL=OFF", "LLAMA_BUILD_TESTS=OFF",
    "LLAMA_BUILD_EXAMPLES=OFF", "LLAMA_BUILD_APP=OFF", "LLAMA_BUILD_UI=OFF", "LLAMA_USE_PREBUILT_UI=OFF",
    "BUILD_SHARED_LIBS=OFF")]


def find_programs(options):
    """What is in the work folder, made where it is missing."""
    work = os.path.abspath(options.work)
    os.makedirs(f"{work}/logs", exist_ok=True)
    model = f"{work}/models/{MODEL}"
    if not os.path.exists(f"{model}/model.safetensors"):
        _run([python("llama", work), f"{HERE}/../engine/shapes.py", MODEL, model], work)
    if not os.path.exists(f"{model}/tokenizer.json"):
        vocabulary.write_tokenizer(model, SHAPES[MODEL].vocabulary)
    gguf = f"{work}/{MODEL}-int8.gguf"
    if not os.path.exists(gguf):
        _run([python("llama", work), f"{HERE}/../engine/convert_gguf.py", MODEL, model, "8", gguf, "vocabulary"], work)
    return Programs(os.path.abspath(options.plimsoll), model, _llama_server(work), gguf)


def _llama_server(work):
    """llama-server, built from the llama.cpp that travels in llama-cpp-python's source package."""
    program = f"{work}/llama-server"
    if os.path.exists(program):
        return program
    requirement = next(name for name in REQUIREMENTS["llama"] if name.startswith("llama-cpp-python"))
    _run([python("llama", work), "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "-d", work, requirement],
         work)
    archive = glob.glob(f"{work}/llama_cpp_python-*.tar.gz")[0]
    with tarfile.open(archive) as file:
        file.extractall(f"{work}/llama-source", filter="data")
    source = glob.glob(f"{work}/llama-source/*/vendor/llama.cpp")[0]
    _run(["cmake", "-S", source, "-B", f"{work}/llama-build", *LLAMA_CMAKE], work)
    _run(["cmake", "--build", f"{work}/llama-build", "--target", "llama-server", "-j", "1"], work)
    os.symlink(f"{work}/llama-build/bin/llama-server", program)
    return program


def _run(command, work):
    print(" ".join(os.path.basename(part) for part in command[:3]), "…", flush=True)
    with open(f"{work}/logs/making.log", "a") as log:
        if subprocess.run(command, stdout=log, stderr=log).returncode:
            raise SystemExit(f"{command[0]} failed; its messages are in {work}/logs/making.log")
