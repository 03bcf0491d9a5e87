"""The engines that are compared: how a model is prepared for each, and how its worker is started."""

import os
import subprocess

from environments import Unavailable, python
from shapes import SHAPES
from worker import Worker

HERE = os.path.dirname(os.path.abspath(__file__))
THREADS = 2


class Workshop:
    """Models and what was made of them, in one folder that is kept between runs."""

    def __init__(self, work, binary):
        self.work, self.binary = os.path.abspath(work), os.path.abspath(binary)
        for folder in ("models", "converted", "logs"):
            os.makedirs(f"{self.work}/{folder}", exist_ok=True)

    def folder(self, model):
        """The Hugging Face folder with random weights."""
        path = f"{self.work}/models/{model}"
        if not os.path.exists(f"{path}/model.safetensors"):
            self._convert(python("transformers", self.work), "shapes.py", model, path)
        return path

    def converted(self, model, bits, kind):
        """What `kind` reads, made at the first call."""
        shape, path = SHAPES[model], f"{self.work}/converted/{model}-int{bits}"
        if kind == "openvino":
            path += "-openvino"
            if not os.path.exists(f"{path}/openvino_model.bin"):
                self._convert(python(kind, self.work), "convert_openvino.py",
                              self.folder(model), bits, shape.quantisation_group, path)
        else:
            path += ".gguf"
            if not os.path.exists(path):
                self._convert(python(kind, self.work), "convert_gguf.py", model, self.folder(model), bits, path)
        return path

    def start(self, engine, model, bits):
        """A worker that has loaded the model."""
        log = f"{self.work}/logs/{engine}-{model}-int{bits}.log"
        command = [str(part) for part in self._command(engine, model, bits)]
        worker = Worker(engine, command, log)
        if worker.greeting.get("isCached") is False:
            # Its first start packs the weights and keeps them; what users meet from then on is the second.
            worker.close()
            first = worker.greeting["loadSeconds"]
            worker = Worker(engine, command, log)
            worker.greeting["firstLoadSeconds"] = first
        return worker

    def _command(self, engine, model, bits):
        if engine == "plimsoll":
            return [self.binary, self.folder(model), "--weights", f"int{bits}", "--threads", THREADS, "--cache-weights"]
        interpreter, script = python(engine, self.work), f"{HERE}/peer_{engine}.py"
        if engine == "transformers":
            return [interpreter, script, self.folder(model), THREADS]
        path = self.converted(model, bits, engine)
        group = [SHAPES[model].quantisation_group] if engine == "openvino" else []
        return [interpreter, script, path, THREADS, *group]

    def _convert(self, interpreter, script, *arguments):
        print(f"{script} {' '.join(str(argument) for argument in arguments)}", flush=True)
        log = f"{self.work}/logs/{script}.log"
        with open(log, "a") as file:
            command = [interpreter, f"{HERE}/{script}", *(str(argument) for argument in arguments)]
            if subprocess.run(command, stdout=file, stderr=file).returncode:
                raise Unavailable(f"{script} failed; its messages are in {log}")
