// Weights of a network as safetensors, under the authors' PyTorch names.
//
// A file holds every parameter and running statistic of plan.parameters, in
// float32 or float64. `num_batches_tracked` may be present and is ignored.
// Metadata of our files: "cell" (code), "seed", "dataset"; where "cell" is
// present it must be the network's, because cells that differ only in edges
// without parameters have the same tensors.
//
// Errors name file, tensor, expected and found.
#ifndef NAS_WEIGHTS_H_
#define NAS_WEIGHTS_H_

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nas/base/safetensors.h"
#include "nas/cell.h"
#include "nas/network_plan.h"

namespace robbench {

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

#endif  // NAS_WEIGHTS_H_
