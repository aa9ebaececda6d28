// The scalar outputs whose gradients make a kernel, given as gradients with
// respect to the logits. The paper (section 5) does not say which scalar it
// takes; TE-NAS sums the logits.
#ifndef NTK_GRADIENTS_SCALAR_OUTPUT_H_
#define NTK_GRADIENTS_SCALAR_OUTPUT_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace robbench {

// A choice of scalar, from NtkSpec.scalar (ntk/ntk.proto).
struct ScalarOutput {
  enum Kind {
    kSumOfLogits,
    kOneClass,   // the logit of one_class
    kMargin,     // the label's logit less the largest other one
    kAllLogits,  // every logit by itself: their kernels are summed
  };
  Kind kind = kSumOfLogits;
  int one_class = 0;
};

// Returns how many scalars an image has: `classes` for kAllLogits, else 1.
int64_t ScalarCount(const ScalarOutput& output, int64_t classes);

// Returns ds / dlogits [B, classes] of the scalar number `scalar`, from 0, at
// `logits` [B, classes]; `labels` are int64 [B]. For kMargin, of equal largest
// logits the first counts.
at::Tensor LogitGradients(const ScalarOutput& output, int64_t scalar,
                          const at::Tensor& logits, const at::Tensor& labels);

}  // namespace robbench

#endif  // NTK_GRADIENTS_SCALAR_OUTPUT_H_
