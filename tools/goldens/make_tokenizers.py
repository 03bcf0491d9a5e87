"""Trains one small tokenizer of each kind and records what the `tokenizers` package makes of seeded strings.

    python tools/goldens/make_tokenizers.py [--count N] [--output DIR]

Writes `recipe.json` (what strings are made of), `<kind>.tokenizer.json` and `<kind>.golden.json` into
Tests/TokenizationTests/Fixtures. `StringRecipe` in the tests makes the same strings from `recipe.json`; the two must
be changed together. The output depends only on the versions named in the fixtures' README.
"""

import argparse
import inspect
import json
import pathlib
import textwrap
import unicodedata

from tokenizers import AddedToken, Regex, Tokenizer
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

MASK = (1 << 64) - 1
SPLIT = {
    "llama3": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+",
    "qwen2": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+",
    "o200k": "|".join(
        [
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
            r"\p{N}{1,3}",
            r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
            r"\s*[\r\n]+",
            r"\s+(?!\S)",
            r"\s+",
        ]
    ),
    "cl100k": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
}

SNIPPETS = [
    "The quick brown fox", "jumps over the lazy dog.", " It wasn't there; we'll see, I'd say they've GONE!",
    "DON'T", "it\u017fn't 'S 'LL 'ſ", "CamelCaseIDENTIFIER", "snake_case_name", "def f(x, *, y=1):\n    return x ** y",
    "for (int i = 0; i < n; ++i) {\n\t\ta[i] += b[i];\n}\n", "<div class=\"a\">&amp;</div>", "\\u00e9\\n",
    "SELECT * FROM t WHERE id = 42;", "https://example.org/path?q=1&r=%20#frag", "user@example.org", "3.14159e-10",
    "1234567890", "1,234,567.89", "0x1F600", "２０２４年", "١٢٣٤٥", "१२३", "Ⅷ½²", "\r\n", "\n\n\n", "\r", "\t",
    "Über naïve façade, Ångström, œuvre, straße, İstanbul ıI", "Voix ambiguë d’un cœur", "Ελληνικά γράμματα ς",
    "Съешь же ещё этих мягких французских булок", "שָׁלוֹם עֲלֵיכֶם", "السَّلَامُ عَلَيْكُمْ", "हिन्दी में पाठ", "ภาษาไทย",
    "한국어 텍스트", "한국어", "日本語のテキスト、です。", "がぎぐげご", "か\u3099", "中文文本，测试。", "Tiếng Việt",
    "e\u0301\u0327 a\u030a o\u0302\u0301", "q\u0307\u0323", "\u1e69 s\u0323\u0307 s\u0307\u0323", "\u212b \u2126 \u212a",
    "\uf900\ufa19", "ﬁﬂﬀ ﬆ", "①②⑩ ㍿ ™ ℡", "👩‍👩‍👧‍👦", "👍🏽", "🏳️‍🌈", "🇫🇷🇯🇵", "❤️", "☕️ 😀😃", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "𠜎𠜱𡃁", "\U0010ffff",
    "\u200b\u200d\ufeff\u2060", "\u00ad", "\u202e abc \u202c", "\ufffd", "\x00\x01\x02", "\x7f\x80\x9f", "▁▁ ▁a", "Ġthe Ċ",
    "<0x0A><0xFF>", "</s>", "[INST] hi [/INST]", "--", "---", "...", "“quoted” ‘text’ — dash…", "a", "A", " ", "  ", "   ", "!",
    "'", "\"", "ß ẞ", "ǆ ǅ Ǆ", "aͣbͤ", "\u0344", "\u0958", "\u0f73", "नि", "\u1100\u1161\u11a8", "x\u0338=",
]
WHITESPACE = [" ", "\t", "\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\xa0", "\u1680", "\u2003", "\u2009",
              "\u200b", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\ufeff"]
ADDED = [
    AddedToken("<|im_start|>", special=True, normalized=False),
    AddedToken("<|im_start|>user", special=True, normalized=False),
    AddedToken("<|im_end|>", special=True, normalized=False, rstrip=True),
    AddedToken("<mask>", special=True, normalized=False, lstrip=True),
    AddedToken("<think>", special=False, normalized=False),
    AddedToken("[TOOL]", special=False, normalized=True),
    AddedToken("wholeword", special=False, normalized=False, single_word=True),
    AddedToken("café", special=False, normalized=True, lstrip=True, rstrip=True),
    AddedToken("\n\n\n\n", special=False, normalized=False),
]


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, count):
        return self.next() % count


def is_disputed(character):
    """Whether the reference's Unicode tables (some of version 9) treat a character unlike Python's (version 14)."""
    category = unicodedata.category(character)
    is_mark = category[0] == "M"
    probes = [character]
    if is_mark:
        probes += ["a\u0301" + character, "a" + character + "\u0334", "a" + character + "\u0323"]
    is_punctuation = category[0] == "P" or (category[0] == "S" and ord(character) < 128)
    return (
        any(
            getattr(normalizers, form)().normalize_str(probe) != unicodedata.normalize(form, probe)
            for form in ("NFC", "NFD", "NFKC", "NFKD")
            for probe in probes
        )
        or (normalizers.StripAccents().normalize_str(character) == "") != is_mark
        or (pre_tokenizers.Punctuation("removed").pre_tokenize_str(character) == []) != is_punctuation
    )


def tested_ranges():
    """Every scalar that Python's Unicode version assigns, but for private use, surrogates and disputed ones."""
    ranges = []
    for value in range(0x110000):
        if unicodedata.category(chr(value)) in ("Cn", "Co", "Cs") or is_disputed(chr(value)):
            continue
        if ranges and ranges[-1][1] == value - 1:
            ranges[-1][1] = value
        else:
            ranges.append([value, value])
    return ranges


def make_string(recipe, generator):
    """The string recipe; `StringRecipe.next(using:)` in the tests is its twin."""

    def scalar():
        low, high = recipe["ranges"][generator.below(len(recipe["ranges"]))]
        return chr(low + generator.below(high - low + 1))

    def choice(name):
        return recipe[name][generator.below(len(recipe[name]))]

    text = ""
    for _ in range(generator.below(9)):
        match generator.below(12):
            case 0 | 1 | 2:
                text += choice("snippets")
            case 3:
                for _ in range(1 + generator.below(8)):
                    text += scalar()
            case 4:
                low, high = recipe["ranges"][generator.below(len(recipe["ranges"]))]
                for _ in range(1 + generator.below(12)):
                    text += chr(low + generator.below(high - low + 1))
            case 5:
                text += scalar() * (1 + generator.below(40))
            case 6 | 7:
                for _ in range(1 + generator.below(6)):
                    text += choice("whitespace")
            case 8:
                for _ in range(1 + generator.below(20)):
                    text += chr(0x20 + generator.below(95))
            case 9:
                for _ in range(1 + generator.below(7)):
                    text += choice("digits")
            case 10:
                text += choice("added")
            case 11:
                text += " "
    return text


def corpus():
    lines = (inspect.getsource(argparse) + inspect.getsource(textwrap)).splitlines(keepends=True)
    return lines + SNIPPETS * 40


def byte_level(pre_tokenizer, size, normalizer=None, **model):
    tokenizer = Tokenizer(models.BPE(**model))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=["<|endoftext|>"], show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator(corpus(), trainer)
    return tokenizer


def split_then_bytes(pattern):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])


def beginning_of_text(token, identifier):
    return processors.TemplateProcessing(single=f"{token} $A", special_tokens=[(token, identifier)])


def sentence_piece(size, byte_fallback=True, fuse_unk=True):
    """A SentencePiece-style vocabulary: unknown, begin, end, the bytes, then pieces with visible spaces."""
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)] if byte_fallback else []
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=byte_fallback, fuse_unk=fuse_unk))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    trainer = trainers.BpeTrainer(
        vocab_size=size, limit_alphabet=160, special_tokens=["<unk>", "<s>", "</s>"] + bytes_, show_progress=False)
    lines = [unicodedata.normalize("NFC", line.replace("\n", "")) for line in corpus()]
    tokenizer.train_from_iterator(lines, trainer)
    document = json.loads(tokenizer.to_str())
    document["added_tokens"] = document["added_tokens"][:3]
    tokenizer = Tokenizer.from_str(json.dumps(document))
    tokenizer.post_processor = beginning_of_text("<s>", 1)
    return tokenizer


def sentence_piece_decoder():
    return decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])


def gpt2():
    return byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False), 700)


def smollm2():
    return byte_level(
        pre_tokenizers.Sequence([
            pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]), 700)


def llama3():
    tokenizer = byte_level(split_then_bytes(SPLIT["llama3"]), 800, ignore_merges=True)
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False), beginning_of_text("<|endoftext|>", 0)])
    return tokenizer


def qwen2():
    return byte_level(split_then_bytes(SPLIT["qwen2"]), 700, normalizer=normalizers.NFC())


def olmoe():
    tokenizer = byte_level(
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True), 700, normalizer=normalizers.NFC())
    tokenizer.add_tokens([AddedToken(" " * width, normalized=True) for width in range(24, 1, -1)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A <|endoftext|>", special_tokens=[("<|endoftext|>", 0)])
    return tokenizer


def o200k():
    return byte_level(split_then_bytes(SPLIT["o200k"]), 700)


def cl100k():
    tokenizer = byte_level(split_then_bytes(SPLIT["cl100k"]), 600, normalizer=normalizers.NFKC())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.Digits(individual_digits=False),
        pre_tokenizers.Split("return", "merged_with_previous"),
        pre_tokenizers.Split(Regex(r"[A-Z][a-z]+"), "removed", invert=False),
        pre_tokenizers.Split(Regex(SPLIT["cl100k"]), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=False)])
    return tokenizer


def llama2():
    tokenizer = sentence_piece(900)
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = sentence_piece_decoder()
    document = json.loads(tokenizer.to_str())
    document["pre_tokenizer"] = None
    document["model"]["merges"] = [" ".join(pair) for pair in document["model"]["merges"]]
    return Tokenizer.from_str(json.dumps(document)), document


def mistral():
    tokenizer = sentence_piece(900)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.decoder = sentence_piece_decoder()
    return tokenizer


def metaspace():
    tokenizer = sentence_piece(700, byte_fallback=False, fuse_unk=False)
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase(),
        normalizers.Replace(Regex(r"\s{2,}"), " "), normalizers.Strip(left=False, right=True)])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")])
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def words():
    """Fits no family: the remaining pre-tokenizers, and no decoder."""
    tokenizer = sentence_piece(700, fuse_unk=False)
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.Strip()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(" ", "merged_with_next"), pre_tokenizers.Whitespace()])
    return tokenizer


KINDS = [gpt2, smollm2, llama3, qwen2, olmoe, o200k, cl100k, llama2, mistral, metaspace, words]


def fnv1a(data, value=0xCBF29CE484222325):
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def expectation(tokenizer, text):
    """The ids with special tokens, those without, and the text of the former, whole and without special tokens."""
    ids = tokenizer.encode(text, add_special_tokens=True).ids
    bare = tokenizer.encode(text, add_special_tokens=False).ids
    return ids, bare, tokenizer.decode(ids, skip_special_tokens=False), tokenizer.decode(ids, skip_special_tokens=True)


def digest(ids, bare, whole, skipped):
    """48 bits of FNV-1a over the four parts, each ended by FF: ids as four bytes, low first, then UTF-8."""
    data = b"".join(identifier.to_bytes(4, "little") for identifier in ids) + b"\xff"
    data += b"".join(identifier.to_bytes(4, "little") for identifier in bare) + b"\xff"
    data += whole.encode() + b"\xff" + skipped.encode() + b"\xff"
    return f"{fnv1a(data) >> 16:012x}"


def write(path, document, indent=None):
    separators = None if indent else (",", ":")
    path.write_text(json.dumps(document, ensure_ascii=False, indent=indent, separators=separators) + "\n")


def main():
    parser = argparse.ArgumentParser()
    root = pathlib.Path(__file__).resolve().parents[2]
    parser.add_argument("--output", type=pathlib.Path, default=root / "Tests/TokenizationTests/Fixtures")
    parser.add_argument("--count", type=int, default=920, help="strings per kind")
    parser.add_argument("--samples", type=int, default=20, help="strings per kind recorded in full")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    ranges = tested_ranges()
    digits = [chr(v) for low, high in ranges for v in range(low, high + 1) if unicodedata.category(chr(v)) == "Nd"]
    recipe = {
        "snippets": SNIPPETS, "whitespace": WHITESPACE, "digits": digits, "ranges": ranges,
        "added": [token.content for token in ADDED] + ["<|endoftext|>", "<s>", "</s>", "<unk>", "cafe\u0301"],
    }
    write(arguments.output / "recipe.json", recipe)
    for seed, kind in enumerate(KINDS, start=1):
        tokenizer, document = made if isinstance(made := kind(), tuple) else (made, None)
        tokenizer.add_tokens(ADDED)
        saved = json.loads(tokenizer.to_str())
        if document:
            saved["model"]["merges"] = document["model"]["merges"]
        write(arguments.output / f"{kind.__name__}.tokenizer.json", saved)
        generator = SplitMix64(seed)
        texts = [make_string(recipe, generator) for _ in range(arguments.count)]
        results = [expectation(tokenizer, text) for text in texts]
        samples = [
            {"text": text, "ids": ids, "bare": bare, "whole": whole, "skipped": skipped}
            for text, (ids, bare, whole, skipped) in zip(texts[: arguments.samples], results)
        ]
        golden = {"seed": seed, "count": arguments.count, "samples": samples,
                  "digests": "".join(digest(*result) for result in results)}
        write(arguments.output / f"{kind.__name__}.golden.json", golden)
        print(kind.__name__, tokenizer.get_vocab_size(), sum(len(text) for text in texts))


if __name__ == "__main__":
    main()
