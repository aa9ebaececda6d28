"""What Python's pickle and numpy write, in many ways, as small files in JSON.

    python make_variants.py        # with numpy 2

writes pickle_variants.json and npy_variants.json beside this script: lists of
{"name", "file" in base64, and what it holds: labels, shape, data as hexadecimal
bytes in the file's order, values in C order; or "error", a part of the message
with which a file that Python reads is refused}. Each is first read by Python.
"""

import base64
import io
import json
import os
import pickle
import pickletools

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = numpy.array([[0, 10, 13, 39, 92, 255], [1, 26, 34, 127, 128, 194]],
                   dtype=numpy.uint8)
LABELS = [1, 120, 1000]


def pickles():
    variants = []

    def add(name, bytes_, batch=None, error=None):
        read = pickle.loads(bytes_, encoding="latin1")
        variant = {"name": name, "file": base64.b64encode(bytes_).decode()}
        variants.append(variant)
        if error:
            variant["error"] = error
            return
        data = read.get("data", read.get(b"data"))
        assert (data == DATA).all(), name
        labels = read.get("labels", read.get(b"labels"))
        order = "F" if data.flags.f_contiguous else "C"
        variant.update(labels=[int(l) for l in labels], shape=list(data.shape),
                       fortran=order == "F", data=data.tobytes(order).hex())

    batches = {
        "list": {"data": DATA, "labels": LABELS},
        "bytes keys": {b"data": DATA, b"labels": LABELS},
        "tuple": {"data": DATA, "labels": tuple(LABELS)},
        "int64 array": {"data": DATA, "labels": numpy.array(LABELS)},
        "big-endian array": {"data": DATA,
                             "labels": numpy.array(LABELS, dtype=">i4")},
        "int16 array": {"data": DATA, "labels": numpy.array(
            LABELS, dtype=numpy.int16)},
        "numpy scalars": {"data": DATA, "labels": list(numpy.array(LABELS))},
        "uint16 scalars": {"data": DATA, "labels": list(
            numpy.array(LABELS, dtype=numpy.uint16))},
        "fortran": {"data": numpy.asfortranarray(DATA), "labels": LABELS},
        "empty labels": {"data": DATA, "labels": []},
        "negative and long": {"data": DATA, "labels": [
            -1, -(1 << 40), (1 << 63) - 1, -(1 << 63), 1 << 31, 0]},
        "other keys": {"data": DATA, "labels": LABELS,
                       "mean": numpy.array([0.5, 2]), "pi": 3.14, 3: None,
                       "half": numpy.array([0.5], dtype=numpy.float16),
                       "name": "\u00fcber \U0001f600 \\ \n'", "more": {"a": [()]},
                       "flags": [True, False, None], (1, 2): b"\x00\xff",
                       "scalar": numpy.float64(2.5), "yes": numpy.bool_(True)},
    }
    for name, batch in batches.items():
        for protocol in range(6):
            add("%s, protocol %d" % (name, protocol),
                pickle.dumps(batch, protocol))
    # The pure Python pickler and pickletools write other memos.
    batch = batches["list"]
    for protocol in range(6):
        out = io.BytesIO()
        pickle._Pickler(out, protocol).dump(batch)
        add("Python's pickler, protocol %d" % protocol, out.getvalue())
        add("optimised, protocol %d" % protocol,
            pickletools.optimize(pickle.dumps(batch, protocol)))
    add("protocol 5 of a bytearray", pickle.dumps(
        {"data": DATA, "labels": LABELS, "raw": bytearray(b"abc")}, 5))

    # Python 2's cPickle under protocols 0 and 1, by hand.
    raw = DATA.tobytes()
    literal = repr(raw)[1:].encode()
    head = (b"cnumpy.core.multiarray\n_reconstruct\np3\n(cnumpy\nndarray\np4\n"
            b"(I0\ntp5\nS'b'\np6\ntp7\nRp8\n(I1\n(I2\nI6\ntp9\ncnumpy\ndtype\n"
            b"p10\n(S'u1'\np11\nI0\nI1\ntp12\nRp13\n(I3\nS'|'\np14\nNNNI-1\nI-1\n"
            b"I0\ntp15\nbI00\nS")
    labels = b"S'labels'\np18\n(lp19\nI1\naI120\naL1000L\nas."
    add("Python 2, protocol 0", b"(dp1\nS'data'\np2\n" + head + literal +
        b"\np16\ntp17\nbs" + labels)

    add("a class", pickle.dumps({"data": DATA, "labels": slice(1, 2)}),
        error="class builtins.slice is not allowed")
    add("objects", pickle.dumps({"data": DATA, "labels": numpy.array(
        [1, None], dtype=object)}), error="found \"O8\"")
    add("a set", pickle.dumps({"data": DATA, "labels": {1}}, 4),
        error="EMPTY_SET: this opcode is not allowed")
    add("more than 8 bytes", pickle.dumps({"data": DATA, "labels": [1 << 70]}),
        error="expected an integer of at most 8 bytes")
    add("bytes behind it", pickle.dumps(batch) + b"\n",
        error="expected the end of the file, found 1 more bytes")
    return variants


def npys():
    variants = []

    def add(name, bytes_, error=None):
        read = numpy.load(io.BytesIO(bytes_), allow_pickle=True)
        variant = {"name": name, "file": base64.b64encode(bytes_).decode()}
        variants.append(variant)
        if error:
            variant["error"] = error
            return
        variant.update(shape=list(read.shape),
                       values=[int(v) for v in read.flatten("C")])

    def write(array, version=None):
        out = io.BytesIO()
        numpy.lib.format.write_array(out, array, version=version)
        return out.getvalue()

    cube = numpy.arange(24).reshape(2, 3, 4)
    for version in [(1, 0), (2, 0), (3, 0)]:
        add("version %d" % version[0], write(cube.astype(numpy.uint8), version))
        add("fortran, version %d" % version[0],
            write(numpy.asfortranarray(cube.astype(numpy.uint8)), version))
    for dtype in ["?", "i1", "u1", "<i2", ">i2", "<u2", ">u2", "<i4", ">i4",
                  "<u4", ">u4", "<i8", ">i8", "<u8", ">u8"]:
        array = (cube - (5 if "i" in dtype else 0)).astype(dtype)
        add("dtype " + dtype, write(array))
        add("fortran of dtype " + dtype, write(numpy.asfortranarray(array)))
    for shape in [(), (0,), (0, 32, 32, 3), (3, 0), (1,), (1, 1, 1, 1, 1, 1, 1)]:
        add("shape %s" % (shape,), write(numpy.zeros(shape, dtype=numpy.uint8)))
    extremes = [-(1 << 63), (1 << 63) - 1]
    add("extremes", write(numpy.array(extremes, dtype=numpy.int64)))

    def raw(header, data, version=1):
        size = len(header).to_bytes(2 if version == 1 else 4, "little")
        return b"\x93NUMPY" + bytes([version, 0]) + size + header + data

    plain = b"{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}"
    add("no padding", raw(plain, b"abc"))
    add("much padding", raw(plain + b" " * 5000 + b"\n", b"abc"))
    add("other order, double quotes", raw(
        b'{"shape":(3,),"fortran_order":False,"descr":"|u1",}\n', b"abc"))
    add("blanks and a line break", raw(
        b"{ 'descr' : '|u1' ,\n 'fortran_order' : False , 'shape' : ( 3 , ) , }"
        b"\n", b"abc"))
    add("Python 2's long", raw(
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (3L,), }\n", b"abc"))
    add("byte order of bytes", raw(plain.replace(b"|u1", b"<u1"), b"abc"))
    add("shape without its last comma", raw(
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (3, 1)}", b"abc"))

    add("floats", write(numpy.ones(3)), error="descr: expected integers")
    add("complex numbers", write(numpy.ones(3, dtype=complex)),
        error="descr: expected integers")
    add("text", write(numpy.array(["a"])), error="descr: expected integers")
    add("objects", write(numpy.array([None])), error="descr: expected integers")
    add("dates", write(numpy.array(["2020-01-01"], dtype="datetime64[D]")),
        error="descr: expected integers")
    add("records", write(numpy.zeros(2, dtype=[("a", "u1"), ("b", "i4")])),
        error="descr: expected integers")
    add("bytes behind it", write(cube) + b"x", error="too long")
    return variants


for name, variants in [("pickle", pickles()), ("npy", npys())]:
    with open(os.path.join(HERE, name + "_variants.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(v) for v in variants) + "\n]\n")
