#include "nas/network/weights.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/isfinite.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nas/base/field_error.h"
#include "nas/base/status_macros.h"

namespace robbench {
namespace {

using at::Tensor;

constexpr char kIgnoredSuffix[] = ".num_batches_tracked";

absl::Status TensorError(const SafetensorsFile& file, absl::string_view tensor,
                         absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat(file.path(), ": tensor ", tensor, ": ", problem));
}

std::string ShapeText(const std::vector<int64_t>& shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ", "), "]");
}

// The prefix that a wrapping module has put before the names of a network's
// tensors: "module." by torch.nn.DataParallel, or another. Empty where there is
// none, or where the file is not a network's.
std::string NamePrefix(const SafetensorsFile& file) {
  constexpr absl::string_view kFirst = "stem.0.weight";
  for (const auto& [name, entry] : file.tensors()) {
    if (name.size() > kFirst.size() && absl::EndsWith(name, kFirst)) {
      return name.substr(0, name.size() - kFirst.size());
    }
  }
  return "";
}

// Text to append to an error, which says how to remove the prefix; or "".
std::string PrefixHint(const SafetensorsFile& file) {
  const std::string prefix = NamePrefix(file);
  if (prefix.empty()) return "";
  return absl::StrCat(
      "; its names begin with \"", prefix, "\"",
      prefix == "module."
          ? ", as torch.nn.DataParallel's do: save model.module.state_dict()"
          : "",
      ": take that off each name, {k.removeprefix(\"", prefix,
      "\"): v for k, v in state_dict.items()}");
}

// The shape of a tensor that must exist and have `dimensions` dimensions.
absl::StatusOr<std::vector<int64_t>> ShapeOf(const SafetensorsFile& file,
                                             const std::string& name,
                                             size_t dimensions) {
  const auto entry = file.tensors().find(name);
  if (entry == file.tensors().end()) {
    return absl::NotFoundError(absl::StrCat(
        file.path(), ": tensor ", name,
        ": expected in a weights file, not found", PrefixHint(file)));
  }
  if (entry->second.shape.size() != dimensions) {
    return TensorError(
        file, name,
        absl::StrCat("expected ", dimensions, " dimensions, found shape ",
                     ShapeText(entry->second.shape)));
  }
  return entry->second.shape;
}

}  // namespace

absl::StatusOr<Tensor> ReadTensor(const SafetensorsFile& file,
                                  const Parameter& parameter,
                                  absl::string_view cell) {
  const auto found = file.tensors().find(parameter.name);
  if (found == file.tensors().end()) {
    const std::string hint = PrefixHint(file);
    return absl::NotFoundError(absl::StrCat(
        file.path(), ": tensor ", parameter.name, ": expected ",
        ShapeText(parameter.shape), " for cell ", cell, ", not found",
        hint.empty() ? ": weights of another cell?" : hint));
  }
  const TensorEntry& entry = found->second;
  if (entry.shape != parameter.shape) {
    return TensorError(
        file, parameter.name,
        absl::StrCat("expected shape ", ShapeText(parameter.shape),
                     " for cell ", cell, ", found ", ShapeText(entry.shape)));
  }
  if (entry.dtype != DType::kF32 && entry.dtype != DType::kF64) {
    return TensorError(
        file, parameter.name,
        absl::StrCat("expected F32 or F64, found ", DTypeName(entry.dtype)));
  }
  const Tensor view =
      at::from_blob(const_cast<char*>(entry.data.data()), entry.shape,
                    entry.dtype == DType::kF32 ? at::kFloat : at::kDouble);
  Tensor tensor = view.clone();
  if (!at::isfinite(tensor).all().item<bool>()) {
    return TensorError(file, parameter.name,
                       "expected finite numbers, found NaN or infinity");
  }
  if (parameter.kind == ParameterKind::kRunningVariance &&
      tensor.lt(0).any().item<bool>()) {
    return TensorError(file, parameter.name,
                       "expected variances of at least 0, found negative");
  }
  return tensor;
}

std::string SerializeTensors(
    const std::vector<std::pair<std::string, Tensor>>& tensors,
    const std::map<std::string, std::string>& metadata) {
  std::vector<Tensor> kept;  // owns what the entries point into
  std::map<std::string, TensorEntry> entries;
  for (const auto& [name, any] : tensors) {
    kept.push_back(any.to(at::kCPU).contiguous());
    const Tensor& tensor = kept.back();
    entries[name] = {
        tensor.scalar_type() == at::kDouble ? DType::kF64 : DType::kF32,
        tensor.sizes().vec(),
        absl::string_view(static_cast<const char*>(tensor.data_ptr()),
                          tensor.nbytes())};
  }
  return WriteSafetensors(entries, metadata);
}

std::string SerializeWeights(const NetworkPlan& plan,
                             const std::vector<Tensor>& state,
                             std::map<std::string, std::string> metadata) {
  std::vector<std::pair<std::string, Tensor>> tensors;
  for (size_t i = 0; i < state.size(); ++i) {
    tensors.emplace_back(plan.parameters[i].name, state[i]);
  }
  metadata["cell"] = plan.cell.Code();
  return SerializeTensors(tensors, metadata);
}

absl::StatusOr<SkeletonSize> ReadSkeletonSize(const SafetensorsFile& file,
                                              int image_size) {
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<int64_t> stem,
                            ShapeOf(file, "stem.0.weight", 4));
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<int64_t> classifier,
                            ShapeOf(file, "classifier.weight", 2));
  // The first residual block follows the N cells of the first stage.
  constexpr int kMaxCells = 64;
  int cells = 1;
  while (cells <= kMaxCells && !file.tensors().contains(absl::StrCat(
                                   "cells.", cells, ".downsample.1.weight"))) {
    ++cells;
  }
  if (cells > kMaxCells) {
    return absl::NotFoundError(
        absl::StrCat(file.path(),
                     ": tensor cells.N.downsample.1.weight: expected for an N "
                     "of 1 to ",
                     kMaxCells, ", not found"));
  }
  constexpr int64_t kMaxSize = 1 << 20;
  for (int64_t size : {stem[0], stem[1], classifier[0]}) {
    if (size < 1 || size > kMaxSize) {
      return absl::InvalidArgumentError(
          absl::StrCat(file.path(), ": tensors stem.0.weight, ",
                       "classifier.weight: expected sizes of 1 to ", kMaxSize,
                       ", found ", size));
    }
  }
  return SkeletonSize{.channels = static_cast<int>(stem[0]),
                      .cells_per_stage = cells,
                      .image_channels = static_cast<int>(stem[1]),
                      .image_size = image_size,
                      .classes = static_cast<int>(classifier[0])};
}

absl::StatusOr<std::vector<Tensor>> ParseWeights(const SafetensorsFile& file,
                                                 const NetworkPlan& plan,
                                                 at::ScalarType dtype) {
  const std::string code = plan.cell.Code();
  const auto cell = file.metadata().find("cell");
  if (cell != file.metadata().end() && cell->second != code) {
    return FieldError(file.path(), "metadata.cell", code,
                      absl::StrCat("\"", cell->second, "\""));
  }
  std::vector<Tensor> state;
  std::set<absl::string_view> known;
  for (const Parameter& parameter : plan.parameters) {
    ROBBENCH_ASSIGN_OR_RETURN(Tensor tensor, ReadTensor(file, parameter, code));
    state.push_back(tensor.to(dtype));
    known.insert(parameter.name);
  }
  for (const auto& [name, entry] : file.tensors()) {
    if (known.contains(name) || absl::EndsWith(name, kIgnoredSuffix)) continue;
    return TensorError(file, name,
                       absl::StrCat("not in the network of cell ", code,
                                    ": weights of another cell?"));
  }
  return state;
}

}  // namespace robbench
