#include "nas/network_plan.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nas/base/field_error.h"
#include "nas/operation.h"

namespace robbench {
namespace {

// A value together with its shape.
struct Value {
  int id;
  int channels;
  int size;
};

class Builder {
 public:
  Builder(const Cell& cell, const SkeletonSize& size) {
    plan_.cell = cell;
    plan_.size = size;
  }

  NetworkPlan Build() && {
    const SkeletonSize& size = plan_.size;
    Value value{0, size.image_channels, size.image_size};
    plan_.num_values = 1;
    value = Emit({.kind = LayerKind::kNormalize}, {value});
    value = Convolution("stem.0", value, size.channels, 3, 1);
    value = BatchNorm("stem.1", value);
    int block = 0;
    for (int stage = 0; stage < 3; ++stage) {
      if (stage > 0) {
        value = ResidualBlock(absl::StrCat("cells.", block++, "."), value,
                              size.channels << stage);
      }
      for (int i = 0; i < size.cells_per_stage; ++i) {
        value = CellBlock(absl::StrCat("cells.", block++, ".layers."), value);
      }
    }
    value = BatchNorm("lastact.0", value);
    value = Emit({.kind = LayerKind::kRelu}, {value});
    value =
        Emit({.kind = LayerKind::kGlobalAveragePool, .out_size = 1}, {value});
    value = Emit({.kind = LayerKind::kLinear,
                  .name = "classifier",
                  .out_channels = size.classes},
                 {value});
    AddParameter(".weight", ParameterKind::kLinearWeight,
                 {size.classes, 4 * size.channels}, 4 * size.channels);
    AddParameter(".bias", ParameterKind::kLinearBias, {size.classes},
                 4 * size.channels);
    plan_.logits = value.id;
    MarkDeadLayers();
    return std::move(plan_);
  }

 private:
  // Appends `layer` over `inputs`, which have one shape. Output channels and
  // size are those of the input unless the layer sets them.
  Value Emit(Layer layer, const std::vector<Value>& inputs) {
    for (const Value& input : inputs) layer.inputs.push_back(input.id);
    layer.output = plan_.num_values++;
    layer.in_channels = inputs[0].channels;
    layer.in_size = inputs[0].size;
    if (layer.out_channels == 0) layer.out_channels = layer.in_channels;
    if (layer.out_size == 0) layer.out_size = layer.in_size;
    plan_.layers.push_back(std::move(layer));
    const Layer& added = plan_.layers.back();
    return {added.output, added.out_channels, added.out_size};
  }

  // A parameter of the layer appended last.
  void AddParameter(absl::string_view suffix, ParameterKind kind,
                    std::vector<int64_t> shape, int fan_in) {
    plan_.parameters.push_back(
        {.name = absl::StrCat(plan_.layers.back().name, suffix),
         .kind = kind,
         .shape = std::move(shape),
         .layer = static_cast<int>(plan_.layers.size()) - 1,
         .fan_in = fan_in});
  }

  Value Convolution(std::string name, const Value& input, int out_channels,
                    int kernel, int stride) {
    const Value output = Emit({.kind = LayerKind::kConvolution,
                               .name = std::move(name),
                               .out_channels = out_channels,
                               .kernel = kernel,
                               .stride = stride,
                               .padding = kernel / 2,
                               .out_size = input.size / stride},
                              {input});
    AddParameter(".weight", ParameterKind::kConvolutionWeight,
                 {out_channels, input.channels, kernel, kernel},
                 input.channels * kernel * kernel);
    return output;
  }

  Value BatchNorm(std::string name, const Value& input) {
    const Value output =
        Emit({.kind = LayerKind::kBatchNorm, .name = std::move(name)}, {input});
    const std::vector<int64_t> shape = {input.channels};
    AddParameter(".weight", ParameterKind::kBatchNormWeight, shape, 0);
    AddParameter(".bias", ParameterKind::kBatchNormBias, shape, 0);
    AddParameter(".running_mean", ParameterKind::kRunningMean, shape, 0);
    AddParameter(".running_var", ParameterKind::kRunningVariance, shape, 0);
    return output;
  }

  Value CellBlock(const std::string& prefix, const Value& input) {
    std::array<Value, kNumNodes> nodes;
    std::array<Value, kNumNodes> rectified;
    rectified.fill({.id = -1});
    nodes[0] = input;
    std::vector<Value> terms;
    for (int edge = 0; edge < kNumEdges; ++edge) {
      const auto [source, target] = kEdges[edge];
      const Operation operation = plan_.cell.operation(edge);
      const Value from = nodes[source];
      if (IsConvolution(operation)) {
        Value& relu = rectified[source];
        if (relu.id < 0) relu = Emit({.kind = LayerKind::kRelu}, {from});
        const std::string name = absl::StrCat(prefix, edge, ".op.");
        const int kernel = operation == Operation::kConvolution3x3 ? 3 : 1;
        terms.push_back(
            BatchNorm(name + "2",
                      Convolution(name + "1", relu, from.channels, kernel, 1)));
      } else if (operation == Operation::kAveragePool3x3) {
        terms.push_back(Emit({.kind = LayerKind::kAveragePool3x3,
                              .kernel = 3,
                              .stride = 1,
                              .padding = 1},
                             {from}));
      } else if (operation == Operation::kSkipConnect) {
        terms.push_back(from);
      }
      if (source == target - 1) {  // the node's last edge
        nodes[target] = Node(input, terms);
        terms.clear();
      }
    }
    return nodes[kNumNodes - 1];
  }

  Value Node(const Value& like, const std::vector<Value>& terms) {
    if (terms.empty()) return Emit({.kind = LayerKind::kZero}, {like});
    if (terms.size() == 1) return terms[0];
    return Emit({.kind = LayerKind::kSum}, terms);
  }

  Value ResidualBlock(const std::string& prefix, const Value& input,
                      int out_channels) {
    Value value = Emit({.kind = LayerKind::kRelu}, {input});
    value = Convolution(prefix + "conv_a.op.1", value, out_channels, 3, 2);
    value = BatchNorm(prefix + "conv_a.op.2", value);
    value = Emit({.kind = LayerKind::kRelu}, {value});
    value = Convolution(prefix + "conv_b.op.1", value, out_channels, 3, 1);
    value = BatchNorm(prefix + "conv_b.op.2", value);
    Value shortcut = Emit({.kind = LayerKind::kAveragePool2x2,
                           .kernel = 2,
                           .stride = 2,
                           .out_size = input.size / 2},
                          {input});
    shortcut =
        Convolution(prefix + "downsample.1", shortcut, out_channels, 1, 1);
    return Emit({.kind = LayerKind::kSum}, {value, shortcut});
  }

  // A layer is live when the logits are reached from it. A zero layer keeps
  // only the shape of its input, so nothing flows through it.
  void MarkDeadLayers() {
    std::vector<bool> needed(plan_.num_values, false);
    needed[plan_.logits] = true;
    for (auto layer = plan_.layers.rbegin(); layer != plan_.layers.rend();
         ++layer) {
      layer->live = needed[layer->output];
      if (!layer->live || layer->kind == LayerKind::kZero) continue;
      for (const int input : layer->inputs) needed[input] = true;
    }
  }

  NetworkPlan plan_;
};

absl::Status CheckRange(absl::string_view field, int value, int min, int max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return FieldError("skeleton", field, absl::StrCat(min, " to ", max), value);
}

absl::Status CheckSize(const SkeletonSize& size) {
  absl::Status status;
  status.Update(CheckRange("channels", size.channels, 1, 1024));
  status.Update(CheckRange("cells_per_stage", size.cells_per_stage, 1, 64));
  status.Update(CheckRange("image_channels", size.image_channels, 1, 16));
  status.Update(CheckRange("image_size", size.image_size, 4, 1024));
  status.Update(CheckRange("classes", size.classes, 2, 100000));
  if (status.ok() && size.image_size % 4 != 0) {
    return FieldError("skeleton", "image_size", "a multiple of 4",
                      size.image_size);
  }
  return status;
}

}  // namespace

int64_t Parameter::NumElements() const {
  int64_t count = 1;
  for (const int64_t extent : shape) count *= extent;
  return count;
}

std::vector<int> NetworkPlan::FirstParameters() const {
  std::vector<int> first(layers.size(), -1);
  for (int p = static_cast<int>(parameters.size()) - 1; p >= 0; --p) {
    first[parameters[p].layer] = p;
  }
  return first;
}

int NetworkPlan::Find(const std::string& name) const {
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

absl::StatusOr<NetworkPlan> MakeNetworkPlan(const Cell& cell,
                                            const SkeletonSize& size) {
  if (absl::Status status = CheckSize(size); !status.ok()) return status;
  return Builder(cell, size).Build();
}

}  // namespace robbench
