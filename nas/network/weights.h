// Reads and writes the weights of a network as safetensors, under the authors'
// PyTorch names, so that PyTorch's load_state_dict takes them.
//
// A file holds every parameter and running statistic of plan.parameters, in
// float32 or float64. `num_batches_tracked` may be present and is ignored.
// Metadata of our files: "cell" (code), "seed", "dataset"; where "cell" is
// present it must be the network's, because cells that differ only in edges
// without parameters have the same tensors.
//
// Errors name file, tensor, expected and found.
#ifndef NAS_NETWORK_WEIGHTS_H_
#define NAS_NETWORK_WEIGHTS_H_

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nas/base/safetensors.h"
#include "nas/network_plan.h"

namespace robbench {

// Returns the bytes of a safetensors file of these tensors, which are float32
// or float64 and may be on any device.
std::string SerializeTensors(
    const std::vector<std::pair<std::string, at::Tensor>>& tensors,
    const std::map<std::string, std::string>& metadata);

// Reads the tensor of one parameter, float32 or float64. It must have the
// parameter's shape, be finite and, if it is a variance, not be negative.
// `cell` is for messages.
absl::StatusOr<at::Tensor> ReadTensor(const SafetensorsFile& file,
                                      const Parameter& parameter,
                                      absl::string_view cell);

// Returns the bytes of a weights file. `state` is as in network.h. The metadata
// is `metadata` and "cell".
std::string SerializeWeights(const NetworkPlan& plan,
                             const std::vector<at::Tensor>& state,
                             std::map<std::string, std::string> metadata = {});

// Reads channels, cells per stage, image channels and classes from the names
// and shapes of the tensors. These do not say the image size, which is set to
// `image_size`.
absl::StatusOr<SkeletonSize> ReadSkeletonSize(const SafetensorsFile& file,
                                              int image_size);

// Reads the state of `plan`, converted to `dtype` (float32 or float64), on the
// CPU. Refuses missing and unknown tensors, other shapes and types, another
// cell's file, values that are not finite and negative running variances.
absl::StatusOr<std::vector<at::Tensor>> ParseWeights(
    const SafetensorsFile& file, const NetworkPlan& plan,
    at::ScalarType dtype = at::kFloat);

}  // namespace robbench

#endif  // NAS_NETWORK_WEIGHTS_H_
