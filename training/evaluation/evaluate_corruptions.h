// Evaluation of trained weights on common corruptions (CIFAR-10-C; the paper's
// appendix): the clean accuracy on every corruption at severities 1 to 5. No
// LibTorch in this header.
//
//   CorruptionEvaluation evaluation(cell, std::move(dataset), weights, seed);
//   for (corruption) evaluation.Add("CIFAR-10-C/fog.npy", bytes, ...);
//   record = evaluation.Finish();
//
// The record is that of a suite "corruptions" with the results fog_1 ... fog_5
// and so on, and last `corruptions`, the mean of all.
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

// The corruption of a file: "fog" of "CIFAR-10-C/fog.npy".
std::string CorruptionName(absl::string_view path);

class CorruptionEvaluation {
 public:
  // Of `dataset` only name, shape and normaliser are used. `weights` outlives
  // this. `device`: as of nas/network/device.h, entered.
  CorruptionEvaluation(const Cell& cell, Dataset dataset,
                       const SafetensorsFile& weights, uint32_t seed,
                       std::string device);

  // Five results of one corruption. Errors name the path, as of
  // ParseCifar10c and Evaluate, or a corruption that was there before.
  absl::Status Add(const std::string& images_path, absl::string_view images,
                   const std::string& labels_path, absl::string_view labels);

  // The record, which lacks only its provenance. InvalidArgument without any
  // corruption.
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
