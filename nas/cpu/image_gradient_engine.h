// The engine for attacks: logits and gradients of images of a trained network
// on the CPU without LibTorch. BatchNorm is folded into the convolutions
// (nas/network/folded_steps.h). One image at a time runs through the network,
// in memory that fits the processor's cache. In the last stage, where weights
// are larger than images, kGroup images at a time share them.
//
// A folded network is piecewise linear, so a backward pass needs only to know
// which units of the ReLUs were on: the forward pass leaves one bit a unit
// (a few kB an image) and no activations. Sums of a node's edges are
// accumulated by the kernels that compute the edges. training/pgd_benchmark.cc
// measures what this gains over LibTorch's operations on batches.
//
// Numbers are float32. Several threads may use one engine, each with a
// Workspace of its own.
#ifndef NAS_CPU_IMAGE_GRADIENT_ENGINE_H_
#define NAS_CPU_IMAGE_GRADIENT_ENGINE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "nas/cpu/convolution_calls.h"
#include "nas/cpu/cpu_program.h"
#include "nas/cpu/program_kernels.h"
#include "nas/network_plan.h"

namespace robbench {

// The numbers of a layer of the folded network.
struct FoldedNumbers {
  // Convolution [out, in, k, k], linear [out, in], scale of a BatchNorm that no
  // convolution precedes [C].
  std::vector<float> weight;
  std::vector<float> bias;  // empty: none
};

class ImageGradientEngine {
 public:
  // Whether the engine can run the network on this processor: it needs AVX2 and
  // numbers of channels that are multiples of 8.
  static bool Supports(const NetworkPlan& plan) {
    return ProgramSupports(plan, ProgramPurpose::kImageGradient);
  }

  // CHECKs Supports(plan). `numbers` are by layer of the plan; those of dead
  // layers and of BatchNorms after a convolution are empty. Nothing refers to
  // `plan` afterwards.
  ImageGradientEngine(const NetworkPlan& plan,
                      const PixelNormalizer& normalizer,
                      std::vector<FoldedNumbers> numbers);

  int64_t image_floats() const { return image_floats_; }  // C * H * W
  int64_t classes() const { return classes_; }
  int64_t mask_bytes() const { return program_.mask_bytes; }  // of one image

  // The largest number of images of a pass. Three of them have 12 tiles of
  // Winograd's algorithm in the last stage, which fill two blocks of registers.
  static constexpr int kGroup = 3;

  // Working memory of one thread.
  struct Workspace {
    SlotMemory slots;
    std::vector<float> features;
  };
  Workspace MakeWorkspace() const;

  // An image, planar [C, H, W], to logits [classes]; `mask` (mask_bytes)
  // receives the units that are on.
  struct ForwardImage {
    const float* image;
    float* logits;
    uint8_t* mask;
  };
  // Runs 1 to kGroup images. An image's numbers do not depend on the others.
  void Forward(std::span<const ForwardImage> images,
               Workspace& workspace) const;

  // The image's gradient, planar, from that of its logits.
  struct BackwardImage {
    const float* logit_gradient;
    const uint8_t* mask;
    float* image_gradient;
  };
  // Runs 1 to kGroup images, each with the mask that its forward pass wrote.
  // Where the logits do not depend on the image, its gradient is zero.
  void Backward(std::span<const BackwardImage> images,
                Workspace& workspace) const;

 private:
  struct Convolution {
    ConvolutionShape shape;
    std::vector<ConvolutionCall> forward;
    std::vector<ConvolutionCall> backward;
    std::vector<float> stem_weight;  // [in][tap][out], instead of `backward`
  };

  void PrepareConvolution(const ConvolutionShape& shape,
                          const Instruction& backward);
  LinearLayer Linear(const Instruction& head) const;
  // An instruction on the images from number `first` of the group.
  void RunForward(const Instruction& instruction, int64_t first,
                  std::span<const ForwardImage> images,
                  Workspace& workspace) const;
  void RunBackward(const Instruction& instruction, int64_t first,
                   std::span<const BackwardImage> images,
                   Workspace& workspace) const;

  const CpuProgram program_;
  const PixelNormalizer normalizer_;
  std::vector<FoldedNumbers> numbers_;     // by layer
  std::vector<Convolution> convolutions_;  // by layer
  int64_t image_floats_ = 0;
  int classes_ = 0;
  int features_ = 0;
  bool reaches_image_ = false;  // the logits depend on the image
};

}  // namespace robbench

#endif  // NAS_CPU_IMAGE_GRADIENT_ENGINE_H_
