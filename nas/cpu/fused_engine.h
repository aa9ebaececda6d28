// The folded network on the CPU without LibTorch: one image at a time through
// the network, in memory that fits the processor's cache. In the last stage,
// where weights are larger than images, kGroup images at a time share them.
//
// A folded network is piecewise linear, so a backward pass needs only to know
// which units of the ReLUs were on: the forward pass leaves one bit a unit
// (a few kB an image) and no activations. Sums of a node's edges are
// accumulated by the kernels that compute the edges. What this gains over
// LibTorch's operations on batches is in training/pgd_benchmark.cc.
//
// float32, channels a multiple of 8, processors with AVX2. Thread-safe.
#ifndef NAS_CPU_FUSED_ENGINE_H_
#define NAS_CPU_FUSED_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nas/cpu/aligned_floats.h"
#include "nas/network_plan.h"

namespace robbench {

// One step of a folded network (folded_network.h) with its numbers.
struct FusedStep {
  LayerKind kind;
  std::vector<int> inputs;  // values
  int output;
  int kernel = 0;
  int stride = 1;
  int in_channels = 0;
  int out_channels = 0;
  int in_size = 0;
  int out_size = 0;
  // Convolution [out, in, k, k], linear [out, in], scale of a BatchNorm [C].
  std::vector<float> weight;
  std::vector<float> bias;  // empty: none
};

struct FusedNormalizer {
  std::vector<float> mean;  // of pixels in [0, 1]
  std::vector<float> inverse_deviation;
};

// A planar image [C, H, W], normalised, into the inside of `out`, which has a
// border.
void NormalizeImage(const float* image, const FusedNormalizer& normalizer,
                    int channels, int size, float* out);

class FusedEngine {
 public:
  // Whether the engine can run these steps on this processor.
  static bool Supports(const std::vector<FusedStep>& steps);

  // CHECKs Supports(steps).
  FusedEngine(const std::vector<FusedStep>& steps, int image_channels,
              int image_size, const FusedNormalizer& normalizer);
  ~FusedEngine();

  int64_t image_floats() const { return image_floats_; }  // C * H * W
  int64_t classes() const { return classes_; }
  int64_t mask_bytes() const { return mask_bytes_; }  // of one image

  // Images that a pass takes at most. Three of them have 12 tiles of Winograd's
  // in the last stage: two blocks of registers.
  static constexpr int kGroup = 3;

  // A value's memory: with borders of zeros, for one image (stride 0) or for a
  // group.
  struct Buffer {
    AlignedFloats data;
    ptrdiff_t stride;
  };

  // Working memory of one thread.
  struct Workspace {
    std::vector<Buffer> buffers;
    std::vector<float> features;
    AlignedFloats scratch;
  };
  Workspace MakeWorkspace() const;

  // An image, planar [C, H, W], to logits [classes]; `mask` (mask_bytes)
  // receives the units that are on.
  struct ForwardImage {
    const float* image;
    float* logits;
    uint8_t* mask;
  };
  // 1 to kGroup images; an image's numbers do not depend on the others.
  void Forward(std::span<const ForwardImage> images,
               Workspace& workspace) const;

  // The image's gradient, planar, from that of its logits.
  struct BackwardImage {
    const float* logit_gradient;
    const uint8_t* mask;
    float* image_gradient;
  };
  void Backward(std::span<const BackwardImage> images,
                Workspace& workspace) const;

 private:
  struct Operation;
  class Compiler;

  struct BufferSize {
    int64_t floats;  // of one image
    bool group;
  };

  void RunForward(const Operation& operation, int first,
                  std::span<const ForwardImage> images,
                  Workspace& workspace) const;
  void RunBackward(const Operation& operation, int first,
                   std::span<const BackwardImage> images,
                   Workspace& workspace) const;

  std::vector<Operation> forward_;
  std::vector<Operation> backward_;
  // Operations from here on run for the whole group, one after the other;
  // those before image by image. In the backward pass the other way round.
  size_t forward_split_ = 0;
  size_t backward_split_ = 0;
  std::vector<BufferSize> buffer_sizes_;
  int64_t image_floats_ = 0;
  int64_t classes_ = 0;
  int64_t mask_bytes_ = 0;
  int64_t feature_floats_ = 0;
  int64_t scratch_floats_ = 0;
};

}  // namespace robbench

#endif  // NAS_CPU_FUSED_ENGINE_H_
