// Keeps the checkpoints of one run in a scratch directory outside the action
// that makes it: the newest two, as DIRECTORY/KEY/STEP-SHA256.safetensors. KEY
// is the digest of everything that the result depends on, so a run finds its
// own checkpoints and no other's, and ends with the bytes of an uninterrupted
// run.
//
// Nothing here makes a run fail: a directory that cannot be written, a full
// disk and a damaged file are named on standard error, and the run goes on.
//
//   ROBBENCH_ASSIGN_OR_RETURN(
//       CheckpointDirectory checkpoints,
//       CheckpointDirectory::Open(scratch, inputs, seconds));
//   if (auto newest = checkpoints.Newest()) Resume(newest->bytes);
//   ...
//   if (checkpoints.Due()) checkpoints.Write(step, bytes);
//   ...
//   checkpoints.Remove();  // after the outputs are on disk
#ifndef TRAINING_CHECKPOINT_CHECKPOINT_DIRECTORY_H_
#define TRAINING_CHECKPOINT_CHECKPOINT_DIRECTORY_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

class CheckpointDirectory {
 public:
  // Opens the directory of the run. There are no checkpoints when `scratch` is
  // empty or no directory. KEY is the digest of `inputs`, of this program's
  // file and of the shared libraries that it has loaded
  // (training/checkpoint/loaded_libraries.h), because other code may round
  // otherwise. A checkpoint is due every `seconds` (0: always).
  static absl::StatusOr<CheckpointDirectory> Open(
      const std::string& scratch, const std::vector<absl::string_view>& inputs,
      double seconds);

  struct Checkpoint {
    std::string path;
    std::string bytes;
  };
  // Returns the newest file whose bytes have the digest in its name, if any.
  // Damaged ones are named on standard error and deleted.
  std::optional<Checkpoint> Newest();

  // Whether it is time for a checkpoint; never when there are none.
  bool Due() const;
  // Writes the checkpoint of `step` (steps done in all) and deletes all but the
  // newest two. Call it only when one is due.
  void Write(int64_t step, absl::string_view bytes);

  // Deletes the run's directory, with what killed writers have left in it.
  void Remove();

 private:
  using Clock = std::chrono::steady_clock;

  explicit CheckpointDirectory(double seconds);
  std::vector<std::string> Files() const;  // names, newest first

  std::string directory_;  // empty: off
  const std::chrono::duration<double> interval_;
  Clock::time_point last_;
};

}  // namespace robbench

#endif  // TRAINING_CHECKPOINT_CHECKPOINT_DIRECTORY_H_
