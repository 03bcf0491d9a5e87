"""Tell tales with `transformers` from an exported folder, titles as chat messages.

    python sample.py --model Models/NAME --tokens 250 "The Fox and the Golden Apple"
"""

import argparse
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--tokens", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("titles", nargs="+")
    options = parser.parse_args()
    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    model = AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32).eval()
    for title in options.titles:
        messages = [{"role": "user", "content": title}]
        inputs = tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        torch.manual_seed(options.seed)
        output = model.generate(**inputs, max_new_tokens=options.tokens)
        prompt = inputs["input_ids"].shape[1]
        tale = tokenizer.decode(output[0, prompt:], skip_special_tokens=True)
        print(f"## {title}\n\n{tale}\n")


if __name__ == "__main__":
    main()
