// Makes a whole training run: all of //training:train but its flags and
// outputs. This header needs no LibTorch.
#ifndef TRAINING_TRAIN_H_
#define TRAINING_TRAIN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "nas/network/numeric_run.h"
#include "training/checkpoint/checkpoint_directory.h"
#include "training/records.pb.h"

namespace robbench {

// What to train. Paths are read; checkpoints are all that is written.
struct TrainJob {
  std::string dataset;  // path
  std::string cell;     // index, code or architecture
  uint32_t seed = 0;    // of everything random
  std::string recipe;   // path of a textproto Recipe
  // A run that was killed goes on from the newest checkpoint in this directory
  // (checkpoint_directory.h), and writes one whenever that many seconds are
  // over. Empty or no directory: no checkpoints.
  std::string scratch;
  double checkpoint_seconds = 60;
  // A number that is not finite gives weights and a record that say so, instead
  // of FailedPrecondition.
  bool failure_as_record = false;
};

// What a run gives.
struct TrainResult {
  // Bytes of a weights file (nas/network/weights.h); of failed_run.h if the run
  // failed.
  std::string weights;
  TrainRecord record;
  // The run's; to be removed once its results are written.
  CheckpointDirectory checkpoints;
};

// Runs the job and reports progress on standard error. InvalidArgument for a
// recipe that is out of range, naming file and field; FailedPrecondition naming
// the cell, epoch, step and tensor where a number is not finite; Internal or
// ResourceExhausted where LibTorch fails, naming the cell.
absl::StatusOr<TrainResult> Train(const TrainJob& job, const NumericRun& run);

}  // namespace robbench

#endif  // TRAINING_TRAIN_H_
