// Evaluates trained weights on common corruptions (CIFAR-10-C; the paper's
// appendix): the clean accuracy on every corruption at severities 1 to 5. This
// header needs no LibTorch.
//
//   CorruptionEvaluation evaluation(cell, std::move(dataset), weights, seed);
//   for (corruption) evaluation.Add("CIFAR-10-C/fog.npy", bytes, ...);
//   record = evaluation.Finish();
//
// The record is that of a suite "corruptions". Its results are fog_1 ... fog_5
// and so on, and at the end "corruptions", the mean of all.
#ifndef TRAINING_EVALUATION_EVALUATE_CORRUPTIONS_H_
#define TRAINING_EVALUATION_EVALUATE_CORRUPTIONS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nas/base/safetensors.h"
#include "nas/cell.h"
#include "training/dataset/dataset.h"
#include "training/records.pb.h"

namespace robbench {

// The name of the suite in the record.
inline constexpr char kCorruptionsSuite[] = "corruptions";

// Returns the corruption that a file holds: "fog" for "CIFAR-10-C/fog.npy".
std::string CorruptionName(absl::string_view path);

// Collects the results of one network, one corruption after the other.
class CorruptionEvaluation {
 public:
  // Of `dataset` only name, shape, normaliser and test labels are used.
  // `weights` must outlive this. `device` is one that EnterDevice has entered
  // (nas/network/device.h).
  CorruptionEvaluation(const Cell& cell, Dataset dataset,
                       const SafetensorsFile& weights, uint32_t seed,
                       std::string device);

  // Adds the five results of one corruption. Errors name the path: those of
  // ParseCifar10c and Evaluate, and a corruption that was added before.
  absl::Status Add(const std::string& images_path, absl::string_view images,
                   const std::string& labels_path, absl::string_view labels);

  // Returns the record, which lacks only its provenance. InvalidArgument if no
  // corruption was added.
  absl::StatusOr<EvaluationRecord> Finish() const;

 private:
  void Merge(const EvaluationRecord& one);

  const Cell cell_;
  Dataset dataset_;
  const SafetensorsFile& weights_;
  const uint32_t seed_;
  const std::string device_;
  EvaluationRecord record_;
};

}  // namespace robbench

#endif  // TRAINING_EVALUATION_EVALUATE_CORRUPTIONS_H_
