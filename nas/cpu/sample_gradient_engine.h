// The engine for neural tangent kernels: gradients of one image's scalar output
// in all parameters, on the CPU without LibTorch. Image after image runs
// through the whole network, by the kernels that the attacks use. It computes
// the same function as LibTorch's operations on chunks of a batch
// (ntk/gradients/sample_gradients.h) up to rounding, several times faster.
//
//   SampleGradientEngine engine(plan, normalizer, state,
//                               /*weights_only=*/false);
//   engine.Forward(image, logits);
//   engine.Backward(logit_gradient, row);  // row_floats() floats
//
// BatchNorm runs on its running statistics and is folded into the convolution
// before it. Only convolutions' inputs outlive the forward pass.
//
// Numbers are float32. One object serves one thread, as it holds its working
// memory.
#ifndef NAS_CPU_SAMPLE_GRADIENT_ENGINE_H_
#define NAS_CPU_SAMPLE_GRADIENT_ENGINE_H_

#include <cstdint>
#include <vector>

#include "nas/cpu/convolution_calls.h"
#include "nas/cpu/cpu_program.h"
#include "nas/cpu/program_kernels.h"
#include "nas/network_plan.h"

namespace robbench {

// A row holds the gradients of one image in the parameters that the logits
// depend on, each in one piece, in the order of the plan.
struct GradientPiece {
  int parameter;   // position in plan.parameters
  int64_t first;   // position of its first float in the row
  int64_t floats;  // elements of the parameter
};

// The layout of a row of all trainable parameters, or of those named ".weight"
// only. Parameters of dead layers have no piece.
std::vector<GradientPiece> GradientPieces(const NetworkPlan& plan,
                                          bool weights_only);

class SampleGradientEngine {
 public:
  // Whether the engine can run the network on this processor: it needs AVX2 and
  // numbers of channels that are multiples of 8.
  static bool Supports(const NetworkPlan& plan) {
    return ProgramSupports(plan, ProgramPurpose::kSampleGradients);
  }

  // CHECKs Supports(plan). `state` points to the data of each of
  // plan.parameters, buffers included; it is read now and not kept. With
  // `weights_only` rows have no biases.
  SampleGradientEngine(const NetworkPlan& plan,
                       const PixelNormalizer& normalizer,
                       const std::vector<const float*>& state,
                       bool weights_only);

  // A row's layout, as GradientPieces gives it. Within a convolution's piece
  // the order is that of AddWeightGradient, not of the parameter, on which
  // products of rows do not depend.
  const std::vector<GradientPiece>& pieces() const { return pieces_; }
  int64_t row_floats() const { return row_floats_; }

  // Computes the logits [classes] of an image, planar [C, H, W] in [0, 1].
  void Forward(const float* image, float* logits);

  // Writes to `row` (row_floats() floats) the gradients of the product of
  // `logit_gradient` [classes] with the logits of the last Forward. It may be
  // called again for other products.
  void Backward(const float* logit_gradient, float* row);

 private:
  struct Convolution {
    ConvolutionShape shape;
    std::vector<ConvolutionCall> forward;
    std::vector<ConvolutionCall> backward;  // empty: of the stem
    std::vector<float> weight;  // not folded, as AddWeightGradient orders it
  };

  // A BatchNorm by its running statistics: output = scale * input + shift.
  struct Norm {
    std::vector<float> scale;
    std::vector<float> shift;
    std::vector<float> mean;
    std::vector<float> inverse_deviation;
  };

  void FoldNorm(int layer, const std::vector<const float*>& state,
                int channels);
  // `norm` is the BatchNorm after the convolution, or null; `plain` are the
  // weights before folding.
  void FoldConvolution(const ConvolutionShape& shape,
                       const Instruction& backward, const Norm* norm,
                       const float* plain);
  LinearLayer Linear() const;
  // Where the gradient of a layer's parameter number `offset` lies, or null.
  float* Piece(float* row, int layer, int offset) const;
  // Writes a BatchNorm's gradients, from `sums_` of the gradient at its output
  // and `products_` of that with its input less the mean.
  void NormGradients(int layer, float* row) const;
  void ConvolutionGradient(const Instruction& instruction, int layer_of_norm,
                           float* row);
  void HeadGradients(const Instruction& instruction,
                     const Instruction::Head& head, const float* logit_gradient,
                     float* row);

  float* At(int slot) { return slot < 0 ? nullptr : slots_.Image(slot, 0); }

  const CpuProgram program_;
  const PixelNormalizer normalizer_;
  const std::vector<int> first_parameter_;  // by layer
  const std::vector<GradientPiece> pieces_;
  std::vector<int64_t> piece_first_;  // by parameter; -1: not in a row
  int64_t row_floats_ = 0;
  std::vector<Convolution> convolutions_;  // by layer
  std::vector<Norm> norms_;                // by layer
  std::vector<float> linear_weight_;       // [classes, channels]
  std::vector<float> linear_bias_;

  // Working memory.
  SlotMemory slots_;
  std::vector<uint8_t> masks_;
  std::vector<float> features_;
  std::vector<float> feature_gradients_;
  std::vector<float> ones_;
  std::vector<float> zeros_;
  std::vector<double> sums_;
  std::vector<double> products_;
  std::vector<float> weight_products_;
};

}  // namespace robbench

#endif  // NAS_CPU_SAMPLE_GRADIENT_ENGINE_H_
