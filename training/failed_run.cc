#include "training/failed_run.h"

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "nas/base/field_error.h"
#include "nas/base/status_macros.h"
#include "nas/cell_identity.h"

namespace robbench {
namespace {

constexpr char kFailed[] = "failed";

absl::StatusOr<uint32_t> Number(const SafetensorsFile& weights,
                                const std::string& key) {
  ROBBENCH_ASSIGN_OR_RETURN(const std::string text, weights.Metadata(key));
  uint32_t number;
  if (absl::SimpleAtoi(text, &number)) return number;
  return FieldError(weights.path(), absl::StrCat("metadata.", key), "a number",
                    absl::StrCat("\"", text, "\""));
}

}  // namespace

std::string FailedWeights(const Cell& cell, const std::string& dataset,
                          uint32_t seed, const Skeleton& skeleton,
                          const std::string& reason) {
  return WriteSafetensors(
      {}, {{"cell", cell.Code()},
           {"cells_per_stage", absl::StrCat(skeleton.cells_per_stage())},
           {"channels", absl::StrCat(skeleton.channels())},
           {"dataset", dataset},
           {kFailed, reason},
           {"seed", absl::StrCat(seed)}});
}

bool IsFailedRun(const SafetensorsFile& weights) {
  return weights.tensors().empty() && weights.metadata().contains(kFailed);
}

absl::StatusOr<EvaluationRecord> EvaluateFailedRun(
    const SafetensorsFile& weights, const Cell& cell,
    const std::string& dataset, const std::string& suite, uint32_t seed,
    bool as_record) {
  ROBBENCH_ASSIGN_OR_RETURN(const std::string reason,
                            weights.Metadata(kFailed));
  if (!as_record) {
    return absl::FailedPreconditionError(absl::StrCat(
        weights.path(),
        ": expected trained weights, found a run that failed: ", reason));
  }
  ROBBENCH_ASSIGN_OR_RETURN(const std::string code, weights.Metadata("cell"));
  if (code != cell.Code()) {
    return FieldError(weights.path(), "metadata.cell", cell.Code(), code);
  }
  EvaluationRecord record;
  record.set_dataset(dataset);
  *record.mutable_cell() = MakeCellIdentity(cell);
  record.set_seed(seed);
  record.set_suite(suite);
  ROBBENCH_ASSIGN_OR_RETURN(const uint32_t channels,
                            Number(weights, "channels"));
  ROBBENCH_ASSIGN_OR_RETURN(const uint32_t cells_per_stage,
                            Number(weights, "cells_per_stage"));
  record.mutable_skeleton()->set_channels(channels);
  record.mutable_skeleton()->set_cells_per_stage(cells_per_stage);
  record.set_unreliable(false);
  record.set_failed(reason);
  return record;
}

}  // namespace robbench
