// The network of a cell in a skeleton, as data: a flat list of layers over
// numbered values, and the parameters with the authors' PyTorch names.
// Forward passes, folding of BatchNorm, cost, gradients and serialisation are
// functions over it (paper, section 3; ARCHITECTURE.md).
//
//   stem conv3x3 + BN | N cells at C | residual block to 2C, stride 2 |
//   N cells at 2C | residual block to 4C | N cells at 4C | BN, ReLU |
//   global average pool | linear
//
// Nothing here needs LibTorch, so that costs and searches do not either.
#ifndef NAS_NETWORK_PLAN_H_
#define NAS_NETWORK_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nas/cell.h"

namespace robbench {

// What a layer computes. Values have shape [B, C, H, W] unless noted; PyTorch's
// BatchNorm has epsilon 1e-5.
enum class LayerKind {
  kNormalize,  // (x - mean) / std per channel: value 0 to value 1
  kZero,       // zeros of the shape of input 0 (a node without edges)
  kRelu,
  kConvolution,        // no bias; parameter name + ".weight"
  kBatchNorm,          // name + ".weight", ".bias", ".running_mean", ...
  kAveragePool3x3,     // stride 1, padding 1, padding not counted
  kAveragePool2x2,     // stride 2
  kSum,                // of all inputs, in order
  kGlobalAveragePool,  // [B, C, H, W] to [B, C]
  kLinear,             // name + ".weight", name + ".bias"
};

// One layer: it reads the values `inputs` and writes the value `output`.
struct Layer {
  LayerKind kind;
  std::string name;         // prefix of its parameters; empty where it has none
  std::vector<int> inputs;  // values
  int output;               // value; each value is written by one layer
  int in_channels = 0;
  int out_channels = 0;
  int kernel = 0;
  int stride = 1;
  int padding = 0;
  int in_size = 0;   // height = width of the input
  int out_size = 0;  // height = width of the output
  // Whether the logits depend on the output. Dead layers matter in training
  // all the same: BatchNorm's running statistics move, and weight decay acts
  // on their parameters (their gradient is zero, not absent).
  bool live = true;
};

// What a tensor of the state is, its shape, and its first value where that is
// not random.
enum class ParameterKind {
  kConvolutionWeight,  // [out, in, kernel, kernel]
  kBatchNormWeight,    // [channels], 1 at initialisation
  kBatchNormBias,      // [channels], 0
  kLinearWeight,       // [classes, channels]
  kLinearBias,         // [classes]
  kRunningMean,        // buffer, [channels], 0
  kRunningVariance,    // buffer, [channels], 1
};

// Whether a tensor is a trainable one whose name ends in ".bias".
constexpr bool IsBias(ParameterKind kind) {
  return kind == ParameterKind::kBatchNormBias ||
         kind == ParameterKind::kLinearBias;
}

// Whether a tensor is a running statistic, which training updates but does not
// differentiate.
constexpr bool IsBuffer(ParameterKind kind) {
  return kind == ParameterKind::kRunningMean ||
         kind == ParameterKind::kRunningVariance;
}

// A tensor of the network's state: a trainable parameter or a buffer.
struct Parameter {
  std::string name;  // "cells.0.layers.1.op.1.weight"
  ParameterKind kind;
  std::vector<int64_t> shape;
  int layer;   // position in NetworkPlan::layers
  int fan_in;  // of a convolution or linear layer, else 0

  int64_t NumElements() const;
};

// The sizes of the skeleton around the cells. The defaults are the paper's on
// CIFAR-10.
struct SkeletonSize {
  int channels = 16;        // C
  int cells_per_stage = 5;  // N
  int image_channels = 3;
  int image_size = 32;  // height = width; two halvings need a multiple of 4
  int classes = 10;

  friend bool operator==(const SkeletonSize&, const SkeletonSize&) = default;
};

// The whole network. Made by MakeNetworkPlan and not changed afterwards.
struct NetworkPlan {
  Cell cell;
  SkeletonSize size;
  std::vector<Layer> layers;  // in order of evaluation; value 0 is the image
  // Every tensor of the state, in PyTorch's state_dict order (weight, bias,
  // running_mean, running_var of each BatchNorm; no num_batches_tracked).
  std::vector<Parameter> parameters;
  int num_values = 0;
  int logits = 0;  // the value that holds them

  // The position in `parameters` of the one called `name`, or -1.
  int Find(const std::string& name) const;

  // For each layer, the position in `parameters` of its first one, which the
  // layer's others follow, or -1 where it has none.
  std::vector<int> FirstParameters() const;
};

// Makes the plan of `cell` in a skeleton. A cell without a path from input to
// output has a plan as well, in which all layers before the last cell are dead.
// InvalidArgument, naming the field, when a size is out of range: channels 1 to
// 1024, cells_per_stage 1 to 64, image_size 4 to 1024 and a multiple of 4,
// image_channels 1 to 16, classes 2 to 100,000.
absl::StatusOr<NetworkPlan> MakeNetworkPlan(const Cell& cell,
                                            const SkeletonSize& size);

}  // namespace robbench

#endif  // NAS_NETWORK_PLAN_H_
