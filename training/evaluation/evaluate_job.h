// Makes one evaluation record: all of //training/evaluation:evaluate but its
// flags and outputs. This header needs no LibTorch.
#ifndef TRAINING_EVALUATION_EVALUATE_JOB_H_
#define TRAINING_EVALUATION_EVALUATE_JOB_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "nas/network/numeric_run.h"
#include "training/records.pb.h"

namespace robbench {

// What to evaluate. Paths are read; nothing is written.
struct EvaluateJob {
  std::string dataset;  // path
  std::string cell;     // index, code or architecture
  std::string weights;  // path
  std::string attacks;  // path of a textproto AttackSuite
  // Of the weights and of the attacks' starts; without it the one that the
  // weights file states, else 0.
  std::optional<uint32_t> seed;
  int64_t images = 0;        // the first ones of the test split; 0: all
  bool predictions = false;  // wanted
  // Weights of a failed training give a record that says so, instead of
  // FailedPrecondition.
  bool failure_as_record = false;
};

// What a run gives.
struct EvaluateResult {
  EvaluationRecord record;
  std::string predictions;  // bytes of image_results.h, if wanted
};

// Runs the job; warns of a suite in the wrong unit and reports progress on
// standard error. InvalidArgument for a bad suite, weights of another network
// or seed, more images than there are, and predictions of a failed training.
// Messages name file, field, expected and found.
absl::StatusOr<EvaluateResult> EvaluateWeights(const EvaluateJob& job,
                                               const NumericRun& run);

}  // namespace robbench

#endif  // TRAINING_EVALUATION_EVALUATE_JOB_H_
