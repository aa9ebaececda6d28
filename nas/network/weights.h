// Weights of a network as safetensors, under the authors' PyTorch names.
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

// Bytes of a safetensors file of these tensors (float32, float64).
std::string SerializeTensors(
    const std::vector<std::pair<std::string, at::Tensor>>& tensors,
    const std::map<std::string, std::string>& metadata);

// A parameter's tensor (float32 or float64) of a file: of its shape, finite,
// variances not negative. `cell` is for messages.
absl::StatusOr<at::Tensor> ReadTensor(const SafetensorsFile& file,
                                      const Parameter& parameter,
                                      absl::string_view cell);

// Bytes of the file. `state` is as in network.h; `metadata` is added to "cell".
std::string SerializeWeights(const NetworkPlan& plan,
                             const std::vector<at::Tensor>& state,
                             std::map<std::string, std::string> metadata = {});

// Channels, cells per stage, image channels and classes, read off names and
// shapes. Tensors do not say the image size: it is `image_size`.
absl::StatusOr<SkeletonSize> ReadSkeletonSize(const SafetensorsFile& file,
                                              int image_size);

// The state of `plan`, of type `dtype` (float32 or float64). Refuses missing
// and unknown tensors, other shapes and types, another cell's file, values
// that are not finite and negative running variances.
absl::StatusOr<std::vector<at::Tensor>> ParseWeights(
    const SafetensorsFile& file, const NetworkPlan& plan,
    at::ScalarType dtype = at::kFloat);

}  // namespace robbench

#endif  // NAS_NETWORK_WEIGHTS_H_
