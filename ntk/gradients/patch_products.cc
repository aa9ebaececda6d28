#include "ntk/gradients/patch_products.h"

#include <ATen/ops/bmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/im2col.h>
#include <ATen/ops/zeros.h>

#include <cstdint>

namespace robbench {

at::Tensor PatchProducts(const Layer& shape, const at::Tensor& input,
                         const at::Tensor& gradient) {
  const int64_t n = gradient.size(0);
  const int64_t rows = gradient.size(1);
  const int64_t in = shape.in_channels;
  const int64_t k = shape.kernel;
  const int64_t pixels = int64_t{shape.out_size} * shape.out_size;
  const at::Tensor flat = gradient.view({n, rows, pixels});
  if (k == 1 && shape.stride == 1) {
    return flat.bmm(input.reshape({n, in, pixels}).transpose(1, 2))
        .view({n, rows, in, 1, 1});
  }
  if (k != 3 || shape.stride != 1) {
    return flat
        .bmm(at::im2col(input, {k, k}, {1, 1}, {shape.padding, shape.padding},
                        {shape.stride, shape.stride})
                 .transpose(1, 2))
        .view({n, rows, in, k, k});
  }
  // The patches of a 3x3 convolution of stride 1 are nine copies of the input,
  // each moved by -1, 0 or 1 rows and columns. Three copies moved by columns
  // are enough: with a line of zeros above and below, a copy that is moved by a
  // row too is the same memory from another line on.
  const int64_t size = shape.in_size;
  at::Tensor moved = at::zeros({n, 3, in, size + 2, size}, gradient.options());
  const at::Tensor inside = moved.narrow(3, 1, size);
  inside.select(1, 1).copy_(input);
  if (size > 1) {
    inside.select(1, 0)
        .narrow(3, 1, size - 1)
        .copy_(input.narrow(3, 0, size - 1));
    inside.select(1, 2)
        .narrow(3, 0, size - 1)
        .copy_(input.narrow(3, 1, size - 1));
  }
  const at::Tensor lines = moved.view({n, 3 * in, (size + 2) * size});
  at::Tensor products = at::empty({3, n, rows, 3 * in}, gradient.options());
  for (int64_t row = 0; row < 3; ++row) {
    at::Tensor out = products.select(0, row);
    at::bmm_out(out, flat, lines.narrow(2, row * size, pixels).transpose(1, 2));
  }
  // The dimensions are [row, n, rows, column, in]; those of the result are
  // [n, rows, in, row, column].
  return products.view({3, n, rows, 3, in}).permute({1, 2, 4, 0, 3});
}

}  // namespace robbench
