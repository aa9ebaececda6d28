// What an evaluation found image by image, for people who compare networks on
// single images; `evaluate --predictions_out`. Not part of the record, whose
// counts are sums of it. A safetensors file of N test images, in the data set's
// order:
//
//   logits              F32  [N, classes]  of the images as they are
//   labels              I64  [N]
//   predictions/ATTACK  I64  [N]  the class of the adversarial example; -1
//   where
//                                 the attack had no try, as an earlier one of
//                                 its group had succeeded
//   survivors/ATTACK    BOOL [N]  1 where the attack, with those before it in
//   its
//                                 group, leaves the image correct; their sum is
//                                 the record's `correct`
//   metadata: attacks, in the suite's order, separated by commas; cell
//   (official index), dataset, seed, suite
//
// A group has both too: of the image the prediction is that of its last try.
#ifndef TRAINING_EVALUATION_IMAGE_RESULTS_H_
#define TRAINING_EVALUATION_IMAGE_RESULTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "training/records.pb.h"

namespace robbench {

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

// The file. `record` is the evaluation's.
std::string SerializeImageResults(const ImageResults& results,
                                  const EvaluationRecord& record);

}  // namespace robbench

#endif  // TRAINING_EVALUATION_IMAGE_RESULTS_H_
