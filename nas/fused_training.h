// Forward and backward pass in train mode on the CPU without LibTorch: the
// counterpart of FusedEngine for the training step. Layer by layer over the
// batch, because BatchNorm couples its images; inside a layer image by image,
// so that BatchNorm's gradient and both gradients of a convolution work on
// data in the cache. float32, channels a multiple of 8, AVX2, one thread.
//
// Checked against nas/network.h in nas/network_test.cc.
#ifndef NAS_FUSED_TRAINING_H_
#define NAS_FUSED_TRAINING_H_

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "nas/buffer_plan.h"
#include "nas/fused_convolution.h"
#include "nas/fused_engine.h"
#include "nas/network_plan.h"

namespace robbench {

class FusedTraining {
 public:
  static bool Supports(const NetworkPlan& plan);

  // CHECKs Supports(plan). Memory for a batch is taken at the first pass and
  // kept.
  FusedTraining(const NetworkPlan& plan, const FusedNormalizer& normalizer);

  // Statistics of a BatchNorm layer over the last batch.
  struct Statistics {
    std::vector<float> mean;
    std::vector<float> variance;  // unbiased; 0 for a single value
    std::vector<float> inverse_deviation;
  };
  const Statistics& statistics(int layer) const { return statistics_[layer]; }

  // `images`: planar [batch, C, H, W]; `state`: data of each of
  // plan.parameters; `logits`: [batch, classes].
  void Forward(const float* images, int64_t batch,
               const std::vector<const float*>& state, float* logits);

  // After Forward with the same state. `gradients`: where to put the gradient
  // of each parameter (null for buffers).
  void Backward(const float* logit_gradient,
                const std::vector<const float*>& state,
                const std::vector<float*>& gradients);

 private:
  using Buffer = std::vector<float>;  // [batch] images with borders

  // The value whose buffer holds `value`.
  int Home(int value) const { return buffer_plan_.home[value]; }
  // The homes of the values that a layer reads.
  std::vector<int> Reads(int i) const;
  int64_t ImageFloats(int value) const {
    return PaddedFloats(shapes_[value].first, shapes_[value].second);
  }
  float* Image(std::vector<Buffer>& buffers, int value, int64_t image) {
    return buffers[value].data() + image * ImageFloats(value);
  }
  // Gets memory for a value. Returns whether it had been written before.
  bool Touch(std::vector<Buffer>& buffers, int value);
  void Release(std::vector<Buffer>& buffers, int value);

  void ForwardLayer(int i, const float* images,
                    const std::vector<const float*>& state, float* logits);
  void BackwardLayer(int i, const float* logit_gradient,
                     const std::vector<const float*>& state,
                     const std::vector<float*>& gradients);
  void ForwardBatchNorm(int i, const std::vector<const float*>& state);
  void BackwardBatchNorm(int i, const std::vector<const float*>& state,
                         const std::vector<float*>& gradients);
  void BackwardConvolution(int i, const std::vector<const float*>& state,
                           const std::vector<float*>& gradients);
  void Add(std::vector<Buffer>& buffers, int from, float scale, int to);

  // d input = a * gradient + b * (input - mean) + d, per channel.
  struct InputGradient {
    std::vector<float> a;
    std::vector<float> b;
    std::vector<float> d;
  };

  const NetworkPlan plan_;
  const FusedNormalizer normalizer_;
  const BufferPlan buffer_plan_;
  std::vector<int> first_parameter_;         // by layer
  std::vector<std::pair<int, int>> shapes_;  // by value: channels, size
  std::vector<int> last_reader_;             // by value: layer, forward
  std::vector<bool> kept_;                   // by value: for backward
  std::vector<int> last_gradient_use_;       // by value: layer, backward
  std::vector<int> norm_after_;              // by layer: convolutions
  int64_t batch_ = 0;
  int64_t capacity_ = 0;
  std::vector<Buffer> values_;
  std::vector<Buffer> value_gradients_;
  std::map<std::pair<int, int>, std::vector<Buffer>> unused_;  // by shape
  std::vector<std::vector<uint8_t>> masks_;  // by layer: ReLUs
  std::vector<float> features_;              // [batch, channels]
  std::vector<float> feature_gradients_;
  std::vector<Statistics> statistics_;
  std::vector<InputGradient> input_gradients_;  // by layer: BatchNorms
};

}  // namespace robbench

#endif  // NAS_FUSED_TRAINING_H_
