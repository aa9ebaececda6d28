// The state of a training run between two steps as a safetensors file:
//
//   NAME           every parameter and running statistic
//   (nas/network/weights.h) velocity/NAME  of every trainable parameter, once a
//   step was taken epochs         F64 [done, 3]: loss, accuracy, learning rate
//   position       F64 [3]: steps done in all, and of the current epoch the
//                  sum of losses and the correct images
//
// Resumed, a run goes on to the same bytes.
#ifndef TRAINING_CHECKPOINT_H_
#define TRAINING_CHECKPOINT_H_

#include <string>

#include "absl/status/status.h"
#include "nas/base/safetensors.h"
#include "training/records.pb.h"
#include "training/trainer.h"

namespace robbench {

std::string SerializeCheckpoint(const Trainer& trainer,
                                const TrainRecord& record);

// Puts a trainer of the same plan, and the epochs of `record`, where they were.
// Errors name file, tensor, expected and found; nothing is changed then.
absl::Status ResumeFrom(const SafetensorsFile& file, Trainer& trainer,
                        TrainRecord& record);

}  // namespace robbench

#endif  // TRAINING_CHECKPOINT_H_
