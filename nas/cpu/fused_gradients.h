// Gradients of one image's scalar output in all parameters, on the CPU without
// LibTorch: image by image through the whole network, by the kernels that the
// attacks run (nas/cpu/cpu_kernels.h). The same function as sample_gradients.h
// up to rounding, several times faster.
//
//   FusedGradients network(plan, normalizer, state, /*weights_only=*/false);
//   network.Forward(image, logits);
//   network.Backward(logit_gradient, row);  // row_floats() floats
//
// BatchNorm runs on its running statistics and is folded into the convolution
// before it, as in sample_gradients.h. Sums of a node's edges are accumulated
// where the edges are computed (nas/cpu/buffer_plan.h). Only convolutions'
// inputs outlive the forward pass.
//
// float32, channels a multiple of 8, processors with AVX2. One object serves
// one thread.
#ifndef NAS_CPU_FUSED_GRADIENTS_H_
#define NAS_CPU_FUSED_GRADIENTS_H_

#include <cstdint>
#include <vector>

#include "nas/cpu/fused_convolution.h"
#include "nas/cpu/fused_engine.h"
#include "nas/network_plan.h"

namespace robbench {

// Whether WEIGHTS, all tensors named ".weight", leave a parameter out.
constexpr bool IsBias(ParameterKind kind) {
  return kind == ParameterKind::kBatchNormBias ||
         kind == ParameterKind::kLinearBias;
}

class FusedGradients {
 public:
  static bool Supports(const NetworkPlan& plan);

  // CHECKs Supports(plan). `state`: data of each of plan.parameters, not
  // kept. With `weights_only` rows have no biases.
  FusedGradients(const NetworkPlan& plan, const FusedNormalizer& normalizer,
                 const std::vector<const float*>& state, bool weights_only);

  // A row holds the gradients of the parameters that the logits depend on,
  // each in one piece, in an order of its own.
  struct Piece {
    int parameter;  // position in plan.parameters
    int64_t first;
    int64_t floats;
  };
  const std::vector<Piece>& pieces() const { return pieces_; }
  int64_t row_floats() const { return row_floats_; }

  // `image`: planar [C, H, W] in [0, 1]; `logits`: [classes].
  void Forward(const float* image, float* logits);

  // Of the last image. All of `row` is written. May be called again.
  void Backward(const float* logit_gradient, float* row);

 private:
  struct Term {
    int value;  // home
    float scale;
    bool accumulate;           // forward, into the sum
    bool accumulate_gradient;  // backward, into the term
  };

  struct Step {
    LayerKind kind;
    int in = -1;  // values: homes
    int out = -1;
    int channels = 0;  // of the input
    int size = 0;
    bool accumulate = false;           // forward, into out
    bool accumulate_gradient = false;  // backward, into in
    int64_t mask = -1;                 // of a ReLU: position
    std::vector<Term> terms;           // of a sum
    // Convolutions.
    ConvolutionShape shape{};
    std::vector<ConvolutionCall> forward;
    std::vector<ConvolutionCall> input_gradient;  // empty: none is needed
    std::vector<float> bias;                      // folded; empty: none
    std::vector<float> weight;  // not folded, as AddWeightGradient orders it
    // The BatchNorm of a convolution, or of the head.
    std::vector<float> scale;
    std::vector<float> mean;
    std::vector<float> inverse_deviation;
    // Positions in a row; -1: not there.
    int64_t weight_row = -1;
    int64_t norm_weight_row = -1;
    int64_t norm_bias_row = -1;
  };

  class Compiler;

  float* Value(int home) { return buffers_[value_buffer_[home]].data(); }
  float* Gradient(int home) { return buffers_[gradient_buffer_[home]].data(); }
  void ConvolutionGradient(const Step& step, float* row);
  void HeadGradients(const float* logit_gradient, float* row);

  const FusedNormalizer normalizer_;
  std::vector<Step> steps_;
  std::vector<Piece> pieces_;
  int64_t row_floats_ = 0;
  int classes_ = 0;

  // The head: BatchNorm, ReLU, mean, linear.
  Step head_;
  std::vector<float> head_shift_;
  std::vector<float> linear_weight_;  // [classes, channels]
  std::vector<float> linear_bias_;
  int64_t linear_weight_row_ = -1;
  int64_t linear_bias_row_ = -1;

  // Working memory. Buffers have a border of zeros.
  std::vector<std::vector<float>> buffers_;
  std::vector<int> value_buffer_;     // by home
  std::vector<int> gradient_buffer_;  // by home
  std::vector<uint8_t> masks_;
  std::vector<float> features_;
  std::vector<float> feature_gradients_;
  std::vector<float> scratch_;
  std::vector<float> head_gradient_;  // an image
  std::vector<float> ones_;
  std::vector<float> zeros_;
  std::vector<double> sums_;
  std::vector<double> products_;
  std::vector<float> weight_products_;
};

}  // namespace robbench

#endif  // NAS_CPU_FUSED_GRADIENTS_H_
