"""Throw-away Python environments of the other engines, everything from PyPI, kept between runs."""

import os
import subprocess
import sys

# Native code, weights repacked for the processor, nothing but the library.
LLAMA_CMAKE = " ".join(f"-D{option}" for option in (
    "GGML_NATIVE=ON", "GGML_CPU_REPACK=ON", "LLAMA_CURL=OFF", "LLAVA_BUILD=OFF", "MTMD_BUILD=OFF",
    "LLAMA_BUILD_TESTS=OFF", "LLAMA_BUILD_EXAMPLES=OFF", "LLAMA_BUILD_SERVER=OFF", "LLAMA_BUILD_TOOLS=OFF"))

REQUIREMENTS = {
    "openvino": ["openvino==2026.4.1", "optimum-intel==2.2.0", "nncf==3.4.0", "torch", "safetensors"],
    "llama": ["llama-cpp-python==0.3.36", "gguf==0.19.0", "numpy"],
    "transformers": ["transformers==5.24.0", "torch", "safetensors"],
}


class Unavailable(Exception):
    """Why an engine cannot be compared with."""


def python(name, work):
    """The interpreter of an environment, which is made when it is missing.

    `torch` comes with everything for graphics cards unless PIP_FIND_LINKS names a folder with a wheel for processors.
    """
    folder = f"{work}/environments/{name}"
    stamp = f"{folder}/installed"
    wanted = "\n".join(REQUIREMENTS[name])
    if not os.path.exists(stamp) or open(stamp).read() != wanted:
        print(f"making the environment of {name} in {folder}", flush=True)
        _run([sys.executable, "-m", "venv", folder], f"{folder}.log")
        options = ["--no-binary", "llama-cpp-python"] if name == "llama" else []
        _run([f"{folder}/bin/pip", "install", *options, *REQUIREMENTS[name]], f"{folder}.log")
        if name == "openvino":
            # It comes along, is not needed, and fails beside a torch of another build.
            _run([f"{folder}/bin/pip", "uninstall", "-y", "torchvision"], f"{folder}.log")
        open(stamp, "w").write(wanted)
    return f"{folder}/bin/python"


def _run(command, log):
    os.makedirs(os.path.dirname(log), exist_ok=True)
    environment = os.environ | {"CMAKE_ARGS": LLAMA_CMAKE}
    with open(log, "a") as file:
        status = subprocess.run(command, stdout=file, stderr=file, env=environment).returncode
    if status:
        raise Unavailable(f"{' '.join(command[:3])} … failed; its messages are in {log}")
