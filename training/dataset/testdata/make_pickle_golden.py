"""Batches in ImageNet16's format, pickled by Python with real numpy arrays.

    python make_pickle_golden.py        # once with numpy 1, once with numpy 2

writes imagenet16_numpyN_protocolP.pickle for P = 2 ... 5 beside this script,
and imagenet16_python2.pickle: what Python 2's cPickle writes under protocol 2,
assembled here by opcodes, as no Python 2 is at hand, and read back by Python.

Pixel k of row r is (37 r + 11 k) mod 256.
"""

import os
import pickle
import struct

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
LABELS = [1, 120, 121, 1000]
DATA = numpy.array(
    [[(37 * r + 11 * k) % 256 for k in range(768)] for r in range(len(LABELS))],
    dtype=numpy.uint8)


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(data)


def python2():
    def text(string):
        return b"U" + bytes([len(string)]) + string

    memo = iter(range(1, 100))

    def put():
        return b"q" + bytes([next(memo)])

    raw = DATA.tobytes()
    out = b"\x80\x02}" + put() + b"("
    out += text(b"data") + put()
    out += b"cnumpy.core.multiarray\n_reconstruct\n" + put()
    out += b"cnumpy\nndarray\n" + put()
    out += b"K\x00\x85" + put() + text(b"b") + put() + b"\x87" + put()
    out += b"R" + put()
    out += b"(K\x01K\x04M\x00\x03\x86" + put()
    out += b"cnumpy\ndtype\n" + put() + text(b"u1") + put()
    out += b"K\x00K\x01\x87" + put() + b"R" + put()
    out += b"(K\x03" + text(b"|") + put()
    out += b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t" + put() + b"b\x89"
    out += b"T" + struct.pack("<I", len(raw)) + raw + put() + b"t" + put()
    out += b"b" + text(b"labels") + put() + b"]" + put()
    out += b"(K\x01K\x78K\x79M\xe8\x03eu."
    return out


def main():
    batch = {
        "data": DATA,
        "labels": LABELS,
        "mean": numpy.array([0.5, -2.0, 1e300]),
        "numbers": [0, -1, 255, 256, 70000, -(1 << 31), 1 << 31, -(1 << 40)],
    }
    version = numpy.__version__.split(".")[0]
    for protocol in range(2, 6):
        write("imagenet16_numpy%s_protocol%d.pickle" % (version, protocol),
              pickle.dumps(batch, protocol))
    old = pickle.loads(python2(), encoding="latin1")
    assert (old["data"] == DATA).all() and old["labels"] == LABELS
    write("imagenet16_python2.pickle", python2())


main()
