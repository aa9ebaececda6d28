// Makes a whole training run: what //training:train does between reading its
// inputs and writing its outputs. This header needs no LibTorch.
#ifndef TRAINING_TRAIN_H_
#define TRAINING_TRAIN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "nas/cell.h"
#include "nas/network/backend_choice.h"
#include "nas/network/device.h"
#include "training/checkpoint_directory.h"
#include "training/dataset/dataset.h"
#include "training/recipe.pb.h"
#include "training/records.pb.h"

namespace robbench {

// What a run gives.
struct TrainingOutputs {
  // Bytes of a weights file (nas/network/weights.h); of failed_run.h if the run
  // failed.
  std::string weights;
  TrainRecord record;  // all but the provenance
};

// Trains `cell` by `recipe`, on `device` and by `backend`, and reports progress
// on standard error. It goes on from the newest of `checkpoints` and writes
// others when they are due. Where a number is not finite the run ends without
// an error, and record.failed names epoch, step and tensor. InvalidArgument for
// a recipe that is out of range; Internal or ResourceExhausted where LibTorch
// fails, naming the cell. `recipe_path` is only for messages.
absl::StatusOr<TrainingOutputs> Train(const Cell& cell, const Dataset& dataset,
                                      const std::string& recipe_path,
                                      const Recipe& recipe, uint32_t seed,
                                      const NumericDevice& device,
                                      BackendChoice backend,
                                      CheckpointDirectory& checkpoints);

}  // namespace robbench

#endif  // TRAINING_TRAIN_H_
