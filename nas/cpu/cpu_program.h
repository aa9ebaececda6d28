// A network compiled for the CPU: the kernels of a forward and a backward pass
// in the order in which they run, and the memory that they share. Image
// gradients, training passes and gradients per sample are three purposes of
// one compiler; what differs between their engines is the numbers (folded or
// not) and what a convolution, a BatchNorm and the head do with a gradient.
//
//   const CpuProgram program =
//       CompileProgram(plan, ProgramPurpose::kImageGradient);
//
// Instructions name slots: memory for one image with a border of zeros
// (cpu_kernels.h), or for each image of the pass. Which values share a slot
// follows from two rules: buffer_plan.h lays sums where their terms lie, and a
// slot that nothing reads any more serves the next value of its shape, so that
// the cache holds them all. An instruction that is not the first to write its
// slot adds to it.
#ifndef NAS_CPU_CPU_PROGRAM_H_
#define NAS_CPU_CPU_PROGRAM_H_

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "nas/cpu/aligned_floats.h"
#include "nas/network_plan.h"

namespace robbench {

// What a program is for.
enum class ProgramPurpose {
  // Gradients of images: BatchNorm is folded into the convolution before it,
  // and dead layers are dropped. Values do not outlive the forward pass. The
  // last stage, whose weights are larger than its images, runs instruction by
  // instruction on all images of the pass, the rest image by image.
  kImageGradient,
  // Gradients of parameters in train mode: phases end where a BatchNorm needs
  // the whole batch, dead layers run forward. What the backward pass reads is
  // kept until it has read it.
  kTraining,
  // Gradients of parameters of one image: folded as for image gradients. What
  // the backward pass reads is kept, so that it may run again.
  kSampleGradients,
};

// One kernel on an image. In a backward pass it stands for the adjoint of the
// kernel: `in` is the gradient of the layer's output, `out` that of its input.
struct Instruction {
  struct Normalize {};  // the image, from outside the program
  struct Zero {};
  struct Add {
    float factor;
  };
  struct Relu {
    int64_t mask;  // first byte in the image's masks
  };
  struct Convolution {
    int norm;  // layer of the BatchNorm after it, or -1
  };
  struct Statistics {};  // sums over the batch of a BatchNorm; no output
  struct BatchNorm {};
  struct AveragePool3x3 {};
  struct AveragePool2x2 {};
  // Mean over pixels and linear layer, in folded programs after BatchNorm and
  // ReLU. Logits and their gradient are outside the program.
  struct Head {
    int norm;      // layer of the BatchNorm, or -1
    int64_t mask;  // with a BatchNorm: first byte in the image's masks
  };

  using Kernel =
      std::variant<Normalize, Zero, Add, Relu, Convolution, Statistics,
                   BatchNorm, AveragePool3x3, AveragePool2x2, Head>;
  Kernel kernel;
  int layer;     // of the plan; of a head the linear one
  int channels;  // of the layer's input; of a head the pooling's
  int size;
  // Slots; -1: none. A convolution without `out` in a backward pass is the
  // stem, whose input is the normalised image.
  int in = -1;
  int out = -1;
  bool accumulate = false;  // adds to `out`
  // Of backward passes that need them: the layer's input and output in the
  // forward pass, and a slot for the length of this instruction, of the shape
  // of the layer's output, of a head of its input.
  int kept_input = -1;
  int kept_output = -1;
  int scratch = -1;
};

// Instructions that run image by image, all of them on the first, all of them
// on the second; or one after the other, each on all images `together`.
struct ProgramPhase {
  std::vector<Instruction> instructions;
  bool together = false;
};

// The shape of a slot's memory. Sizes are without the border.
struct ProgramSlot {
  int channels;
  int size;
  bool every_image;  // memory for each image of a pass, not for one
};

// The compiled network. It has no numbers of the network, so one program serves
// every state.
struct CpuProgram {
  std::vector<ProgramPhase> forward;
  std::vector<ProgramPhase> backward;
  std::vector<ProgramSlot> slots;
  int64_t mask_bytes = 0;      // of one image: the units of ReLUs that are on
  int64_t scratch_floats = 0;  // of the pooling kernels, for one image
};

// Whether the kernels can run the network on this processor: it must have AVX2,
// and all numbers of channels but the image's must be multiples of 8.
bool ProgramSupports(const NetworkPlan& plan, ProgramPurpose purpose);

// Compiles the network. CHECKs ProgramSupports(plan, purpose).
CpuProgram CompileProgram(const NetworkPlan& plan, ProgramPurpose purpose);

// The memory of a program's slots for passes of up to `images` images, at first
// zero. It owns the memory; one thread may use it at a time.
class SlotMemory {
 public:
  SlotMemory(const CpuProgram& program, int64_t images);

  // The slot's memory for an image of the pass, with its border.
  float* Image(int slot, int64_t image) {
    return buffers_[slot].data() + image * strides_[slot];
  }
  // Floats from an image to the next; 0 where the images share the memory, one
  // after the other.
  ptrdiff_t stride(int slot) const { return strides_[slot]; }
  // Working memory for the pooling kernels.
  float* scratch() { return scratch_.data(); }

 private:
  std::vector<AlignedFloats> buffers_;
  std::vector<ptrdiff_t> strides_;
  AlignedFloats scratch_;
};

// Calls run(instruction, first, count) for each instruction of a phase and for
// the images first ... first + count - 1 of a pass of `images`, in the order
// that the phase asks for.
template <typename Run>
void RunPhase(const ProgramPhase& phase, int64_t images, const Run& run) {
  if (phase.together) {
    for (const Instruction& instruction : phase.instructions) {
      run(instruction, int64_t{0}, images);
    }
    return;
  }
  for (int64_t image = 0; image < images; ++image) {
    for (const Instruction& instruction : phase.instructions) {
      run(instruction, image, int64_t{1});
    }
  }
}

}  // namespace robbench

#endif  // NAS_CPU_CPU_PROGRAM_H_
