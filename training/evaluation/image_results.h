// What an evaluation found image by image, for people who compare networks on
// single images (`evaluate --predictions_out`). It is not part of the record,
// whose counts are sums of it. It is stored as a safetensors file of N test
// images in the data set's order:
//
//   logits              F32  [N, classes]  of the images as they are
//   labels              I64  [N]
//   predictions/ATTACK  I64  [N]  the class of the adversarial example; -1 if
//                                 the attack did not run on the image, as an
//                                 earlier one of its group had succeeded
//   survivors/ATTACK    BOOL [N]  1 if the attack, with those before it in its
//                                 group, leaves the image correct; their sum is
//                                 the record's `correct`
//   metadata: attacks, in the suite's order, separated by commas; cell
//   (official index), dataset, seed, suite
//
// A group has both tensors too; its prediction for an image is that of the last
// attack that ran on it.
#ifndef TRAINING_EVALUATION_IMAGE_RESULTS_H_
#define TRAINING_EVALUATION_IMAGE_RESULTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "training/records.pb.h"

namespace robbench {

// The same in memory.
struct ImageResults {
  struct OfAttack {
    std::vector<int64_t> predictions;
    std::string survivors;  // bytes 0 and 1
  };

  int classes = 0;
  std::vector<float> logits;
  std::vector<int64_t> labels;
  std::map<std::string, OfAttack> attacks;  // by name
};

// Returns the file's bytes. `record` is that of the same evaluation.
std::string SerializeImageResults(const ImageResults& results,
                                  const EvaluationRecord& record);

}  // namespace robbench

#endif  // TRAINING_EVALUATION_IMAGE_RESULTS_H_
