"""Train the mixture, or its dense twin, within a given time.

    python train.py --corpus work/ --run runs/mixture --minutes 75
    python train.py --corpus work/ --run runs/dense --dense --follow runs/mixture/plan.jsonl

A run is a folder. It is resumed from its latest checkpoint when the command is given again, after
a kill too: checkpoints are written aside and renamed. `threads` in that folder, if there,
holds the number of threads to use and is read again every few steps.
"""

import argparse
import json
import os
import time
from pathlib import Path

import torch

from architecture import Network, Shape, compile_elementwise
from corpus import Corpus
from export import export
from optimizer import Optimizer
from schedule import Plan, Step

TOKENS_PER_STEP = 8192
BALANCE, Z = 0.01, 0.001  # weights of the routers' losses
REPORT_EVERY = 10


class Run:
    """A network in training, its optimizer and its place in the corpus."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.folder, self.interim = options.run, options.interim
        self.corpus_folder = options.corpus
        self.folder.mkdir(parents=True, exist_ok=True)
        self.train = Corpus(options.corpus / "train.npy")
        self.valid = Corpus(options.corpus / "valid.npy")
        shape = Shape(experts=0) if options.dense else Shape()
        self.network = Network(shape, seed=options.seed)
        self.optimizer = Optimizer(self.network)
        self.next_step = 0
        self.batches: dict[int, int] = {}  # window length: batches drawn
        self.checkpoint = self.folder / "checkpoint.pt"
        if self.checkpoint.exists():
            self.load()

    def load(self) -> None:
        saved = torch.load(self.checkpoint, weights_only=True)
        self.network.load_state_dict(saved["network"])
        self.optimizer.load(saved["optimizer"])
        self.next_step, self.batches = saved["next_step"], saved["batches"]

    def save(self) -> None:
        aside = self.checkpoint.with_suffix(".new")
        state = {
            "shape": self.network.shape.as_dict(),
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state(),
            "next_step": self.next_step,
            "batches": self.batches,
        }
        torch.save(state, aside)
        os.replace(aside, self.checkpoint)
        self.report(step=self.next_step, valid=self.validate())
        if self.interim:
            export(self.network, self.corpus_folder, self.interim)

    def take(self, step: Step) -> tuple[float, list[float]]:
        """One optimizer step. The mean loss and each layer's highest expert load over the mean."""
        drawn = self.batches.get(step.length, 0)
        inputs, targets = self.train.batch(drawn, step.length, TOKENS_PER_STEP)
        losses, routing = self.network.losses(inputs, targets)
        loss = losses.mean()
        peaks = []
        total = loss
        if routing is not None:
            total = loss + BALANCE * routing.balance + Z * routing.z
            peaks = (routing.load.amax(dim=1) / routing.load.float().mean(dim=1)).tolist()
        total.backward()
        self.optimizer.step(step.scale)
        self.batches[step.length] = drawn + 1
        self.next_step = step.index + 1
        return loss.item(), peaks

    @torch.no_grad()
    def validate(self, rows: int = 64, length: int = 512) -> float:
        """The mean loss on evenly spaced windows of the validation corpus, in nats a token."""
        windows = [row for row in self.valid.evaluation(length) if len(row[0]) == length]
        chosen = windows[:: max(1, len(windows) // rows)][:rows]
        total = 0.0
        for start in range(0, len(chosen), 16):
            inputs, targets = (torch.stack(part) for part in zip(*chosen[start : start + 16]))
            total += self.network.losses(inputs, targets)[0].sum().item()
        return total / (len(chosen) * length)

    def report(self, **values) -> None:
        line = json.dumps({"time": round(time.time(), 1), **values})
        print(line, flush=True)
        with (self.folder / "log.jsonl").open("a") as log:
            log.write(line + "\n")

    def set_threads(self) -> None:
        control = self.folder / "threads"
        wanted = int(control.read_text()) if control.exists() else 1
        if wanted != torch.get_num_threads():
            torch.set_num_threads(wanted)


def train(run: Run, plan: Plan, checkpoint_seconds: float) -> None:
    saved, spent = time.time(), 0.0
    while run.next_step == 0 or not plan.steps[run.next_step - 1].last:
        step = plan.step(run.next_step, spent)
        began = time.time()
        loss, peaks = run.take(step)
        spent = time.time() - began
        if step.index % REPORT_EVERY == 0:
            run.set_threads()
            rounded = [round(peak, 2) for peak in peaks]
            run.report(
                step=step.index, length=step.length, scale=step.scale, loss=round(loss, 4),
                seconds=round(spent, 2), peaks=rounded,
            )  # fmt: skip
        if time.time() - saved > checkpoint_seconds:
            run.save()
            saved = time.time()
    run.save()
    run.report(finished=run.next_step, tokens=run.next_step * TOKENS_PER_STEP)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True, help="folder of tokenizer.py")
    parser.add_argument("--run", type=Path, required=True, help="folder of this run")
    parser.add_argument("--minutes", type=float, default=75)
    parser.add_argument("--dense", action="store_true", help="train the dense twin")
    parser.add_argument("--follow", type=Path, help="plan.jsonl of the run to repeat")
    parser.add_argument("--interim", type=Path, help="export here at every checkpoint")
    parser.add_argument("--checkpoint-minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    torch.set_num_threads(1)
    compile_elementwise()
    run = Run(options)
    run.set_threads()
    plan = Plan(options.run / "plan.jsonl", options.minutes, options.follow)
    plan.step(run.next_step, 0)
    train(run, plan, 60 * options.checkpoint_minutes)


if __name__ == "__main__":
    main()
