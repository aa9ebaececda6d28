// The state of a training run between two steps as a safetensors file:
//
//   NAME           every parameter and running statistic, named as in a weights
//                  file (nas/network/weights.h)
//   velocity/NAME  the velocity of every trainable parameter; missing before
//                  the first step
//   epochs         F64 [epochs done, 3]: loss, accuracy, learning rate
//   position       F64 [3]: the steps done in all, and of the current epoch the
//                  sum of losses and the number of correct images
//
// A run that is resumed from it ends with the same bytes as one that was never
// interrupted.
#ifndef TRAINING_CHECKPOINT_CHECKPOINT_H_
#define TRAINING_CHECKPOINT_CHECKPOINT_H_

#include <string>

#include "absl/status/status.h"
#include "nas/base/safetensors.h"
#include "training/records.pb.h"
#include "training/trainer.h"

namespace robbench {

// Returns the file's bytes. `record` holds the epochs that are done.
std::string SerializeCheckpoint(const Trainer& trainer,
                                const TrainRecord& record);

// Puts a trainer of the same plan, and the epochs of `record`, where they were.
// On an error, which names file, tensor, expected and found, neither is
// changed.
absl::Status ResumeFrom(const SafetensorsFile& file, Trainer& trainer,
                        TrainRecord& record);

}  // namespace robbench

#endif  // TRAINING_CHECKPOINT_CHECKPOINT_H_
