#!/usr/bin/env python3
"""Makes a table of token vectors for src/overlap: a sentence model, distilled into 128 numbers for each word.

    distill.py --onnx model.onnx --tokenizer tokenizer.json --vocab vocab.txt --corpus FILE... --out gcsem-128.gce1

The teacher is all-MiniLM-L6-v2 or another BERT-like model as ONNX, with its tokenizer and list of wordpieces. A corpus is plain
text, one short technical sentence a line; about a million lines were used to count words, 70,000 of them to fit. It needs numpy,
scipy, onnxruntime and tokenizers. The teacher takes some 10 ms of CPU a sentence, everything else less than a minute.

 1. Entries: wordpieces of the teacher that occur in the corpus, and whole words that occur often and are none.
 2. The teacher's vector of each entry by itself, and of some of the sentences.
 3. The 128 directions in which the sentences differ most; entries begin there, common ones shortened.
 4. A ridge fit: the sum of a sentence's entries shall point where the teacher's vector of the sentence does.
 5. Rows of signed bytes with a scale each, written as src/overlap/table.rs reads them.
"""

import argparse
import collections
import json
import random
import re
import struct

import numpy as np
import scipy.sparse as sparse

RUN = re.compile(r"[^\W_]+")
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\dA-Za-z_]+")
WORD = re.compile(r"[a-z0-9]+|[^\sa-z0-9]")

PIECE_LETTERS_MAX = 24
PIECE_COUNT_MIN = 3
WORD_COUNT_MIN = 25
WORDS_MAX = 14_000
TEACHER_DIMS = 384
TOKENS_MAX = 64
CLS, SEP = 101, 102
COMMON = 1e-3  # A token twice as common as this begins at a third of its length.
EMPTY = 0xFFFF
CONTINUED = 0x9E3779B9


def tokenizer(entries):
    """Takes text apart as src/overlap/words.rs does."""

    def pieces(word):
        start = 0
        while start < len(word):
            for end in range(min(len(word), start + PIECE_LETTERS_MAX), start, -1):
                entry = entries.get(("##" if start else "") + word[start:end])
                if entry is not None:
                    yield entry
                    start = end
                    break
            else:
                start += 1

    def whole_or_pieces(word):
        entry = entries.get(word)
        return [entry] if entry is not None else pieces(word)

    def tokens(text):
        for run in RUN.findall(text):
            word, parts = run.lower(), PART.findall(run)
            if word in entries or len(parts) < 2:
                yield from whole_or_pieces(word)
            else:
                for part in parts:
                    yield from whole_or_pieces(part.lower())

    return tokens


class Teacher:
    """A sentence model."""

    def __init__(self, onnx, tokenizer_file):
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        self.session = onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(tokenizer_file)
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(TOKENS_MAX)

    def ids(self, text):
        return self.tokenizer.encode(text).ids

    def vectors(self, sequences, inner, batch=64):
        """Returns the mean over the positions of each sequence; only the inner ones if asked."""
        found = np.zeros((len(sequences), TEACHER_DIMS), np.float32)
        order = sorted(range(len(sequences)), key=lambda index: len(sequences[index]))
        for start in range(0, len(order), batch):
            indices = order[start : start + batch]
            length = max(len(sequences[index]) for index in indices)
            ids = np.zeros((len(indices), length), np.int64)
            mask = np.zeros_like(ids)
            for row, index in enumerate(indices):
                count = len(sequences[index])
                ids[row, :count] = sequences[index]
                mask[row, :count] = 1
            inputs = {"input_ids": ids, "attention_mask": mask.copy(), "token_type_ids": np.zeros_like(ids)}
            hidden = self.session.run(None, inputs)[0]
            if inner:
                mask[:, 0] = 0
                for row, index in enumerate(indices):
                    mask[row, len(sequences[index]) - 1] = 0
            found[indices] = (hidden * mask[..., None]).sum(1) / np.maximum(mask.sum(1, keepdims=True), 1)
        return found


def entries_of(lines, vocabulary):
    """Returns the wordpieces that occur, and the words that occur often and are none."""
    words = collections.Counter()
    for line in lines:
        words.update(WORD.findall(line.lower()))
    occurs = collections.Counter()
    for word, count in words.items():
        start = 0
        while start < len(word):
            ends = range(len(word), start, -1)
            piece = next((p for p in (("##" if start else "") + word[start:end] for end in ends) if p in vocabulary), None)
            if piece is None:
                break
            occurs[piece] += count
            start += len(piece.removeprefix("##")) if start else len(piece)
    pieces = [p for p in vocabulary if p.isascii() and not p.startswith("[") and occurs[p] >= PIECE_COUNT_MIN]
    often = (word for word, count in words.most_common() if count >= WORD_COUNT_MIN)
    whole = [word for word in often if word.isalpha() and word not in vocabulary and 3 <= len(word) <= 20]
    return pieces, whole[:WORDS_MAX]


def unit(rows):
    return rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9)


def fit(counts, start, wanted, strength, rounds):
    """Moves the entries so that sums of them come near the wanted rows, by conjugate gradients: a ridge around the start."""
    change = np.zeros_like(start)
    rest = counts.T @ (wanted - counts @ start)
    direction = rest.copy()
    size = (rest * rest).sum(0)
    for _ in range(rounds):
        image = counts.T @ (counts @ direction) + strength * direction
        step = size / ((direction * image).sum(0) + 1e-12)
        change += step * direction
        rest -= step * image
        size, before = (rest * rest).sum(0), size
        direction = rest + size / (before + 1e-12) * direction
    return start + change


def fnv(data):
    value = 0x811C9DC5
    for byte in data:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def write(path, names, vectors, frequencies):
    """Writes the table. Entries are sorted by name; a piece that continues a word is stored with a byte 1 before it."""
    count, dims = vectors.shape
    order = sorted(range(count), key=lambda index: names[index])
    scales = np.abs(vectors).max(1) / 127 + 1e-12
    rows = np.round(vectors / scales[:, None]).astype(np.int8)
    weights = -np.log(frequencies)
    weights = weights / weights.max()
    slot_count = 1
    while slot_count < 2 * count:
        slot_count *= 2
    slots = np.full(slot_count, EMPTY, "<u2")
    strings = []
    for place, index in enumerate(order):
        continues = names[index].startswith("##")
        text = names[index].removeprefix("##").encode()
        slot = (fnv(text) ^ (CONTINUED if continues else 0)) & (slot_count - 1)
        while slots[slot] != EMPTY:
            slot = (slot + 1) & (slot_count - 1)
        slots[slot] = place
        strings.append(b"\x01" + text if continues else text)
    ends = np.cumsum([0] + [len(text) for text in strings]).astype("<u4")
    meta = np.stack([scales[order], weights[order]], 1).astype("<f4")
    sections = [slots.tobytes(), ends.tobytes(), b"".join(strings), meta.tobytes(), rows[order].tobytes()]
    offsets, end = [], 64
    for section in sections:
        end += -end % 64
        offsets.append(end)
        end += len(section)
    table = bytearray(end)
    header = b"GCE1" + struct.pack("<8I", count, dims, slot_count, *offsets)
    table[: len(header)] = header
    for section, offset in zip(sections, offsets):
        table[offset : offset + len(section)] = section
    with open(path, "wb") as file:
        file.write(table)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("onnx", "tokenizer", "vocab", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--corpus", nargs="+", required=True)
    parser.add_argument("--dims", type=int, default=128)
    parser.add_argument("--sentences", type=int, default=70_000)
    parser.add_argument("--strength", type=float, default=0.05)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()

    lines = {line.strip() for path in options.corpus for line in open(path, errors="replace")}
    lines = sorted(line for line in lines if 18 <= len(line) <= 170 and line.isascii())
    vocabulary = {line.rstrip("\n"): index for index, line in enumerate(open(options.vocab))}
    pieces, words = entries_of(lines, vocabulary)
    names = pieces + words

    teacher = Teacher(options.onnx, options.tokenizer)
    alone = [[CLS, vocabulary[piece], SEP] for piece in pieces] + [teacher.ids(word) for word in words]
    of_entries = teacher.vectors(alone, inner=True, batch=128)
    random.seed(options.seed)
    sentences = random.sample(lines, min(options.sentences, len(lines)))
    wanted = unit(teacher.vectors([teacher.ids(sentence) for sentence in sentences], inner=False))
    wanted = unit(wanted - wanted.mean(0))
    _, directions = np.linalg.eigh(wanted.T @ wanted / len(wanted))
    directions = directions[:, ::-1][:, : options.dims].astype(np.float32)
    wanted = unit(wanted @ directions)

    tokens = tokenizer({name: index for index, name in enumerate(names)})
    found = [list(tokens(sentence)) for sentence in sentences]
    rows = [row for row, entries in enumerate(found) for _ in entries]
    columns = [entry for entries in found for entry in entries]
    frequencies = np.bincount(columns, minlength=len(names)) + 0.5
    frequencies = frequencies / frequencies.sum()
    start = (of_entries - of_entries.mean(0)) @ directions
    start = (start * (COMMON / (COMMON + frequencies))[:, None]).astype(np.float32)
    counts = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(sentences), len(names)))
    lengths = np.linalg.norm(counts @ start, axis=1) + 1e-6
    counts = (sparse.diags(1 / lengths).astype(np.float32) @ counts).tocsr()

    fitted = fit(counts, start, wanted, options.strength, options.rounds)
    likeness = [float((unit(counts @ entries) * wanted).sum(1).mean()) for entries in (start, fitted)]
    write(options.out, names, fitted, frequencies)
    print(json.dumps({"entries": len(names), "cosine_at_start": likeness[0], "cosine_fitted": likeness[1]}))


if __name__ == "__main__":
    main()
