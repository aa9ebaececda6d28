// Evaluates trained weights under an attack suite: what
// //training/evaluation:evaluate does between its inputs and its record. This
// header needs no LibTorch.
//
// Every attack runs on all images in eval mode, those of a group on the images
// that are left by the ones before; an image counts as correct when the network
// classifies its adversarial example correctly. Self-checks
// (after AutoAttack's and RobustBench's flags) go into the record; one that
// does not pass sets `unreliable`.
#ifndef TRAINING_EVALUATION_EVALUATE_H_
#define TRAINING_EVALUATION_EVALUATE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "nas/base/safetensors.h"
#include "nas/cell.h"
#include "nas/network/backend_choice.h"
#include "training/attack_suite.pb.h"
#include "training/dataset/dataset.h"
#include "training/evaluation/image_results.h"
#include "training/records.pb.h"

namespace robbench {

// What to evaluate, read. The references must outlive the call.
struct EvaluationInputs {
  const Cell& cell;
  const Dataset& dataset;
  const SafetensorsFile& weights;
  const std::string& suite_path;  // for messages
  const AttackSuite& suite;
  uint32_t seed = 0;           // of the attacks' starts
  int64_t images = 0;          // the first ones of the test split; 0: all
  std::string device = "cpu";  // one that EnterDevice (device.h) has entered
  BackendChoice backend = BackendChoice::kAuto;
};

// Returns the record, which lacks only its provenance. `image_results`, if not
// null, receives what was found image by image; the record is the same with and
// without. InvalidArgument for a bad suite (attack_suite.h) or weights of
// another network.
absl::StatusOr<EvaluationRecord> Evaluate(
    const EvaluationInputs& inputs, ImageResults* image_results = nullptr);

// Returns the seed in the metadata of a weights file, or `fallback` where it
// has none. InvalidArgument when the seed is no number.
absl::StatusOr<uint32_t> SeedOfWeights(const SafetensorsFile& weights,
                                       uint32_t fallback);

}  // namespace robbench

#endif  // TRAINING_EVALUATION_EVALUATE_H_
