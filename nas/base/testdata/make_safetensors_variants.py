"""Files that the safetensors library reads, or refuses, as JSON.

    python make_safetensors_variants.py        # safetensors, numpy

writes safetensors_variants.json beside this script: a list of {"name", "file"
in base64, "reads": whether the library reads it}, with the names, shapes and
bytes of its tensors as hexadecimal where it does.
"""

import base64
import json
import os

import numpy
import safetensors
import safetensors.numpy

HERE = os.path.dirname(os.path.abspath(__file__))


def raw(header, data):
    if not isinstance(header, bytes):
        header = json.dumps(header).encode()
    return len(header).to_bytes(8, "little") + header + data


def tensor(dtype, shape, begin, end, **more):
    return dict({"dtype": dtype, "shape": shape, "data_offsets": [begin, end]},
                **more)


def files():
    for dtype, size in [("BOOL", 1), ("U8", 1), ("I8", 1), ("F8_E5M2", 1),
                        ("F8_E4M3", 1), ("F8_E8M0", 1), ("I16", 2), ("U16", 2),
                        ("F16", 2), ("BF16", 2), ("I32", 4), ("U32", 4),
                        ("F32", 4), ("C64", 8), ("F64", 8), ("I64", 8),
                        ("U64", 8)]:
        yield dtype, raw({"a": tensor(dtype, [2], 0, 2 * size)},
                         bytes(range(2 * size)))
    one = tensor("U8", [2], 0, 2)
    yield "by the library", safetensors.numpy.save(
        {"x": numpy.arange(3), "y": numpy.ones((2, 2), dtype=numpy.float16)},
        {"format": "pt"})
    yield "no tensors", raw({}, b"")
    yield "no tensors by the library", safetensors.numpy.save({})
    yield "only metadata", raw({"__metadata__": {"a": "b"}}, b"")
    yield "empty metadata", raw({"__metadata__": {}, "a": one}, b"ab")
    yield "metadata null", raw({"__metadata__": None, "a": one}, b"ab")
    yield "metadata number", raw({"__metadata__": {"a": 1}, "a": one}, b"ab")
    yield "metadata list", raw({"__metadata__": [], "a": one}, b"ab")
    yield "metadata unicode", raw(
        json.dumps({"__metadata__": {"\u00fc": "\U0001f600\n"}, "a": one},
                   ensure_ascii=False).encode(), b"ab")
    yield "metadata last", raw({"a": one, "__metadata__": {"x": "y"}}, b"ab")
    yield "names", raw({"\u00fc\"\\ \n": tensor("U8", [1], 0, 1),
                        "": tensor("U8", [1], 1, 2)}, b"ab")
    yield "other order", raw({"b": tensor("U8", [1], 1, 2),
                              "a": tensor("U8", [1], 0, 1)}, b"ab")
    yield "scalar", raw({"a": tensor("U8", [], 0, 1)}, b"a")
    yield "zero sizes", raw({"a": tensor("F32", [0], 0, 0),
                             "b": tensor("F32", [3, 0, 2], 0, 0),
                             "c": tensor("U8", [2], 0, 2),
                             "d": tensor("U8", [0], 2, 2)}, b"ab")
    yield "a zero size inside", raw({"a": tensor("U8", [1], 0, 1),
                                     "z": tensor("U8", [0], 1, 1),
                                     "b": tensor("U8", [1], 1, 2)}, b"ab")
    yield "ten dimensions", raw({"a": tensor("U8", [1] * 9 + [2], 0, 2)}, b"ab")
    yield "another field", raw({"a": dict(one, strides=[1])}, b"ab")
    text = json.dumps({"a": one}).encode()
    yield "blanks behind", raw(text + b" " * 100, b"ab")
    yield "blanks and line breaks behind", raw(text + b"\n\t \r\n", b"ab")
    yield "blanks before", raw(b"  " + text, b"ab")
    yield "blanks inside", raw(json.dumps({"a": one}, indent=2).encode(), b"ab")
    yield "zeros behind", raw(text + b"\0\0", b"ab")
    yield "text behind", raw(text + b"x", b"ab")
    yield "a byte order mark", raw(b"\xef\xbb\xbf" + text, b"ab")
    yield "no UTF-8", raw(text.replace(b'"a"', b'"\xff"'), b"ab")
    yield "half a surrogate", raw(text.replace(b'"a"', b'"\\ud800"'), b"ab")
    yield "escaped name", raw(text.replace(b'"a"', b'"\\u0061"'), b"ab")
    yield "a comma too many", raw(text[:-1] + b",}", b"ab")
    yield "a comment", raw(text[:-1] + b"/* */}", b"ab")
    yield "gap", raw({"a": tensor("U8", [1], 1, 2)}, b"ab")
    yield "hole", raw({"a": tensor("U8", [1], 0, 1),
                       "b": tensor("U8", [1], 2, 3)}, b"abc")
    yield "overlap", raw({"a": tensor("U8", [2], 0, 2),
                          "b": tensor("U8", [2], 1, 3)}, b"abc")
    yield "data too long", raw({"a": one}, b"abc")
    yield "data too short", raw({"a": one}, b"a")
    yield "another size", raw({"a": tensor("U8", [3], 0, 2)}, b"ab")
    yield "sizes that overflow", raw(
        {"a": tensor("U8", [1 << 62, 1 << 62], 0, 2)}, b"ab")
    yield "sizes that overflow, and 0", raw(
        {"a": tensor("U8", [1 << 62, 1 << 62, 0], 0, 0)}, b"")
    yield "negative size", raw({"a": tensor("U8", [-2], 0, 2)}, b"ab")
    yield "size as a float", raw({"a": tensor("U8", [2.0], 0, 2)}, b"ab")
    yield "size as text", raw({"a": tensor("U8", ["2"], 0, 2)}, b"ab")
    yield "three offsets", raw({"a": dict(one, data_offsets=[0, 2, 2])}, b"ab")
    yield "unknown dtype", raw({"a": tensor("U7", [2], 0, 2)}, b"ab")
    yield "dtype in lower case", raw({"a": tensor("u8", [2], 0, 2)}, b"ab")
    yield "no dtype", raw({"a": {"shape": [2], "data_offsets": [0, 2]}}, b"ab")
    yield "no shape", raw({"a": {"dtype": "U8", "data_offsets": [0, 2]}}, b"ab")
    yield "a list", raw(b"[]", b"")
    yield "no header", (0).to_bytes(8, "little")
    yield "header too long", raw(text, b"ab")[:-4]
    yield "a name twice", raw(
        b'{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},'
        b'"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}', b"ab")


def main():
    variants = []
    for name, data in files():
        variant = {"name": name, "file": base64.b64encode(data).decode()}
        try:
            tensors = dict(safetensors.deserialize(data))
            variant["reads"] = True
            variant["tensors"] = {
                key: {"dtype": t["dtype"], "shape": t["shape"],
                      "data": bytes(t["data"]).hex()}
                for key, t in sorted(tensors.items())}
        except Exception as error:
            variant["reads"] = False
        variants.append(variant)
        print(name, variant["reads"])
    with open(os.path.join(HERE, "safetensors_variants.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(v) for v in variants) + "\n]\n")


main()
