"""Files as numpy writes them: npy_v1.npy, npy_v2.npy (uint8 [2, 3, 4], element
i being 11 i) and npy_scalar.npy."""

import os

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, array, version=(1, 0)):
    with open(os.path.join(HERE, name), "wb") as f:
        numpy.lib.format.write_array(f, array, version=version)


array = (11 * numpy.arange(24)).astype(numpy.uint8).reshape(2, 3, 4)
write("npy_v1.npy", array)
write("npy_v2.npy", array, (2, 0))
write("npy_scalar.npy", numpy.array(7, dtype=numpy.uint8))
