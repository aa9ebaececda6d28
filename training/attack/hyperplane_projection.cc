#include "training/attack/hyperplane_projection.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <cstdint>

namespace robbench {

at::Tensor StepToHyperplane(const at::Tensor& points, const at::Tensor& normals,
                            const at::Tensor& excess) {
  const at::Tensor weights = normals.abs();
  const at::Tensor target = excess.abs().unsqueeze(1);
  // The direction in which each coordinate goes, +1 or -1; 0 where the normal
  // is zero and the coordinate does not matter.
  const at::Tensor direction =
      at::where(excess.unsqueeze(1).ge(0), -normals.sign(), normals.sign());
  const at::Tensor room =
      at::where(direction.gt(0), 1 - points, points).mul_(direction.abs());
  // Apart from rounding, every step passes a breakpoint or is the last one.
  const double rounding = points.scalar_type() == at::kDouble ? 1e-13 : 1e-6;
  at::Tensor length = at::zeros_like(target);
  for (int64_t step = 0; step <= points.size(1); ++step) {
    const at::Tensor reached =
        (weights * at::minimum(room, length)).sum(1, /*keepdim=*/true);
    const at::Tensor slope =
        (weights * room.gt(length)).sum(1, /*keepdim=*/true);
    const at::Tensor open =
        slope.gt(0).logical_and_((target - reached).gt(target * rounding));
    const at::Tensor next = length + at::where(open, (target - reached) / slope,
                                               at::zeros_like(length));
    if (!next.gt(length).any().item<bool>()) break;
    length = next;
  }
  return direction * at::minimum(room, length);
}

}  // namespace robbench
