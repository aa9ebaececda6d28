// Represents a training that ended where a number was not finite, as a result
// that later stages pass on. The same inputs fail in the same way again, so it
// is as good an artifact as weights are. A crash is not.
//
// The weights file of such a run has no tensor. Its metadata says why
// ("failed") and what was trained ("cell", "seed", "dataset", "channels",
// "cells_per_stage").
#ifndef TRAINING_FAILED_RUN_H_
#define TRAINING_FAILED_RUN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "nas/base/safetensors.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"
#include "training/records.pb.h"

namespace robbench {

// Returns the bytes of the weights file. `reason` names epoch, step and tensor.
std::string FailedWeights(const Cell& cell, const std::string& dataset,
                          uint32_t seed, const Skeleton& skeleton,
                          const std::string& reason);

// Whether a weights file is that of a failed run.
bool IsFailedRun(const SafetensorsFile& weights);

// Returns the record of an evaluation of such weights, all but the provenance.
// FailedPrecondition, naming the file and why the run failed, unless
// `as_record`; InvalidArgument when the weights are another cell's.
absl::StatusOr<EvaluationRecord> EvaluateFailedRun(
    const SafetensorsFile& weights, const Cell& cell,
    const std::string& dataset, const std::string& suite, uint32_t seed,
    bool as_record);

}  // namespace robbench

#endif  // TRAINING_FAILED_RUN_H_
