"""Writes reference.safetensors with Python's `safetensors` library.

Run from this directory: python make_safetensors.py
The C++ test reads it and, from the same tensors, writes the same bytes.
"""
import numpy as np
from safetensors.numpy import save_file

save_file(
    {
        "bytes": np.arange(6, dtype=np.uint8).reshape(2, 3),
        "labels": np.array([3, -1], dtype=np.int64),
        "weight": np.array([[0.5, -1.25], [3.0, 1e-30]], dtype=np.float32),
        "kernel": np.array([np.pi], dtype=np.float64),
        "scalar": np.array(7, dtype=np.int32),
        "empty": np.zeros((0, 4), dtype=np.float32),
    },
    "reference.safetensors",
    metadata={"name": "reference"},
)
