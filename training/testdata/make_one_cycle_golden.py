#!/usr/bin/env python3
"""Makes one_cycle_golden.safetensors: learning rate and momentum of PyTorch's
OneCycleLR at every step, [steps, 2], for several lengths and settings."""
import os
import warnings

import numpy as np
import torch
from safetensors.numpy import save_file

# Name: total steps, max rate, start divisor, end divisor, rise share, max
# momentum, min momentum. The test has the same table.
CASES = {
    "paper_shape": (980, 0.1, 25, 1e4, 0.3, 0.95, 0.85),
    "mini": (252, 0.1, 25, 1e4, 0.3, 0.95, 0.85),
    "short": (7, 0.1, 25, 1e4, 0.3, 0.95, 0.85),
    "other": (100, 0.4, 10, 100, 0.45, 0.9, 0.8),
}


def main():
    warnings.simplefilter("ignore")
    out = {}
    for name, (steps, peak, start, end, share, high, low) in CASES.items():
        parameter = torch.zeros(1, requires_grad=True)
        optimizer = torch.optim.SGD([parameter], lr=peak, momentum=0.9)
        scheduler = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=peak, total_steps=steps, pct_start=share, div_factor=start,
            final_div_factor=end, base_momentum=low, max_momentum=high)
        rows = []
        for step in range(steps):
            group = optimizer.param_groups[0]
            rows.append([group["lr"], group["momentum"]])
            if step + 1 < steps:
                scheduler.step()
        out[name] = np.array(rows)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "one_cycle_golden.safetensors")
    save_file(out, path)
    print(os.path.getsize(path), "bytes")


if __name__ == "__main__":
    main()
