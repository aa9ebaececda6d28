// Makes one NTK record: kernels and scores of a cell's network on test images
// of a data set and on their adversarial examples. This is all of //ntk:score
// but its flags and outputs.
#ifndef NTK_SCORE_CELL_H_
#define NTK_SCORE_CELL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nas/network/numeric_run.h"
#include "ntk/ntk.pb.h"

namespace robbench {

// What to score. Paths are read; nothing is written.
struct ScoreJob {
  std::string dataset;            // path
  std::string cell;               // index, code or architecture
  uint32_t seed = 0;              // of initial weights and attack starts
  std::string spec;               // path of a textproto NtkSpec
  std::optional<int64_t> images;  // instead of the spec's
  std::string weights;            // path; empty: initial weights
  // A gradient that is not finite gives a record that says so, instead of
  // FailedPrecondition.
  bool failure_as_record = false;
};

// What a run gives.
struct ScoreResult {
  NtkRecord record;
  // safetensors of float64 [images, images] by KernelScore.kernel: "clean",
  // "cross" (as it is, not symmetrised), "robust", ...
  std::string kernels;
  std::vector<std::string> warnings;  // of the spec: nas/base/unit_warning.h
};

// Runs the job. The record of a dead cell, whose logits do not depend on the
// image, has scores and the flag "dead_cell". InvalidArgument for a spec
// outside its ranges, for more images than the test split has (or a class,
// where balanced), and for weights of another network; FailedPrecondition when
// a gradient is not finite, unless job.failure_as_record, which gives a record
// without scores and no kernels. Messages name file, field, expected and found.
absl::StatusOr<ScoreResult> ScoreCell(const ScoreJob& job,
                                      const NumericRun& run);

}  // namespace robbench

#endif  // NTK_SCORE_CELL_H_
