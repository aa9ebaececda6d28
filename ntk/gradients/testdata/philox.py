"""Philox 4x32-10 streams of nas/base/philox.h, in NumPy."""
import numpy as np


def philox(seed, purpose, epoch, step, sample, count):
    """The first `count` words of PhiloxStream(seed, purpose, epoch, ...)."""
    blocks = (count + 3) // 4
    u64 = lambda v: np.full(blocks, v, np.uint64)
    c = [np.arange(blocks, dtype=np.uint64), u64(sample), u64(step), u64(epoch)]
    k = [seed, purpose]
    low = np.uint64(0xFFFFFFFF)
    for _ in range(10):
        p0 = c[0] * np.uint64(0xD2511F53)
        p1 = c[2] * np.uint64(0xCD9E8D57)
        c = [(p1 >> np.uint64(32)) ^ c[1] ^ np.uint64(k[0]), p1 & low,
             (p0 >> np.uint64(32)) ^ c[3] ^ np.uint64(k[1]), p0 & low]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return np.stack(c, 1).reshape(-1)[:count]
