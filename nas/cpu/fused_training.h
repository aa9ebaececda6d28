// Forward and backward pass in train mode on the CPU without LibTorch: the
// counterpart of FusedEngine for the training step. BatchNorm couples the
// images of a batch, so a pass is cut into segments where a BatchNorm needs the
// whole batch (forward its statistics, backward the two sums of its gradient);
// inside a segment image after image runs through all its layers, on data in
// the cache. A value that lives in one segment only needs memory for one image.
// float32, channels a multiple of 8, AVX2, one thread.
//
// Checked against nas/network/network.h in nas/network/network_test.cc.
#ifndef NAS_CPU_FUSED_TRAINING_H_
#define NAS_CPU_FUSED_TRAINING_H_

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "nas/cpu/aligned_floats.h"
#include "nas/cpu/buffer_plan.h"
#include "nas/cpu/cpu_kernels.h"
#include "nas/cpu/fused_convolution.h"
#include "nas/cpu/fused_engine.h"
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
  // What is done with a layer in a segment.
  struct Step {
    enum Kind {
      kLayer,
      kReduce,  // of a BatchNorm, over the batch
    };
    Kind kind;
    int layer;
  };
  using Segment = std::vector<Step>;

  // Values of all images of the batch, or of the current one (stride 0), with
  // borders.
  struct Buffer {
    AlignedFloats data;
    int64_t stride = 0;
  };
  // The segments of a pass that use a value: none, unless first <= last.
  struct Use {
    int first = 1 << 30;
    int last = -1;
    void Add(int segment) {
      first = first < segment ? first : segment;
      last = last > segment ? last : segment;
    }
  };

  // d input = a * gradient + b * (input - mean) + d, per channel.
  struct InputGradient {
    std::vector<float> a;
    std::vector<float> b;
    std::vector<float> d;
  };

  // What a layer works with during a segment.
  struct Work {
    std::vector<bool> accumulate;        // by target
    std::vector<ConvolutionCall> calls;  // convolutions
    AlignedFloats total;                 // gradient of a convolution's weights
    AlignedFloats one;                   // the same of one image
    AlignedFloats scratch;
    std::vector<float> scale;  // BatchNorms
    std::vector<float> shift;
    std::vector<double> mean;
    std::vector<double> sums;
    std::vector<double> products;
    std::vector<double> deviations;  // sum of squares about the mean
  };

  struct Pass {
    const float* images;
    float* logits;
    const float* logit_gradient;
    const std::vector<const float*>* state;
    const std::vector<float*>* gradients;
  };

  // The value whose buffer holds `value`.
  int Home(int value) const { return buffer_plan_.home[value]; }
  int64_t ImageFloats(int value) const {
    return PaddedFloats(shapes_[value].first, shapes_[value].second);
  }
  float* Image(std::vector<Buffer>& buffers, int value, int64_t image) {
    Buffer& buffer = buffers[value];
    return buffer.data.data() + image * buffer.stride;
  }
  // Homes of values and gradients that a step uses.
  void ForwardUse(const Step& step, std::vector<int>& values) const;
  void BackwardUse(const Step& step, std::vector<int>& values,
                   std::vector<int>& gradients) const;
  void PlanSegments();
  // Gets memory for a value. Returns whether it had been written before.
  bool Touch(std::vector<Buffer>& buffers, int value, const Use& use);
  bool TouchValue(int value);
  bool TouchGradient(int value);
  void Release(std::vector<Buffer>& buffers, int value);

  void BeginForward(const Step& step, const Pass& pass);
  void ForwardImage(const Step& step, const Pass& pass, int64_t b);
  void EndForward(const Step& step);
  void BeginBackward(const Step& step, const Pass& pass);
  void BackwardImage(const Step& step, const Pass& pass, int64_t b);
  void EndBackward(const Step& step, const Pass& pass);
  void AddStatistics(int i, int64_t b);
  void ConvolutionGradient(int i, int64_t b);

  const NetworkPlan plan_;
  const FusedNormalizer normalizer_;
  const BufferPlan buffer_plan_;
  std::vector<int> first_parameter_;         // by layer
  std::vector<std::pair<int, int>> shapes_;  // by value: channels, size
  std::vector<int> norm_after_;              // by layer: convolutions
  std::vector<bool> follows_convolution_;    // by layer: BatchNorms
  std::vector<Segment> forward_;
  std::vector<Segment> backward_;
  std::vector<Use> value_use_;           // by value, of forward_
  std::vector<Use> gradient_use_;        // by value, of backward_
  std::vector<int> last_backward_read_;  // by value: segment, or -1
  int64_t batch_ = 0;
  int64_t capacity_ = 0;
  std::vector<Buffer> values_;
  std::vector<Buffer> value_gradients_;
  // By shape and whether for one image.
  std::map<std::pair<std::pair<int, int>, bool>, std::vector<Buffer>> unused_;
  std::vector<std::vector<uint8_t>> masks_;  // by layer: ReLUs
  std::vector<Work> work_;                   // by layer
  std::vector<float> features_;              // [batch, channels]
  std::vector<float> feature_gradients_;     // [channels]
  std::vector<Statistics> statistics_;
  std::vector<InputGradient> input_gradients_;  // by layer: BatchNorms
};

}  // namespace robbench

#endif  // NAS_CPU_FUSED_TRAINING_H_
