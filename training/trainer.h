// Adversarial training of one network (paper, section 3). For every batch it
// runs a PGD attack in eval mode, on the running statistics as they are
// (attack/pgd_attack.h). Then it takes the gradient of the cross-entropy of the
// adversarial batch in train mode, updates BatchNorm's statistics once, and
// makes one SGD step (sgd.h). Learning rate and momentum follow the OneCycle
// schedule (one_cycle.h), weight decay acts on every parameter, and the last
// partial batch of an epoch is kept.
//
//   Trainer trainer(plan, dataset, recipe, seed);
//   while (!trainer.Done()) {
//     ROBBENCH_ASSIGN_OR_RETURN(TrainingProgress progress, trainer.NextStep());
//   }
//
// Everything random comes from streams keyed by (seed, purpose, epoch, image).
//
// On a CUDA device the images lie on the device. Attack, gradients and running
// statistics are one graph after its self-check (captured_function.h). The
// rest of a step are the few kernels of SGD, which are not part of the graph as
// the learning rate changes.
#ifndef TRAINING_TRAINER_H_
#define TRAINING_TRAINER_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nas/base/numeric_profile.h"
#include "nas/cell.pb.h"
#include "nas/network/backend.h"
#include "nas/network/backend_choice.h"
#include "nas/network/make_backend.h"
#include "nas/network/network.h"
#include "nas/network/normalizer.h"
#include "nas/network/training_pass.h"
#include "nas/network_plan.h"
#include "training/attack/attack_streams.h"
#include "training/attack/pgd_attack.h"
#include "training/augmentation.h"
#include "training/cuda/captured_function.h"
#include "training/cuda/resident_images.h"
#include "training/dataset/dataset.h"
#include "training/one_cycle.h"
#include "training/recipe.pb.h"
#include "training/records.pb.h"
#include "training/sgd.h"

namespace robbench {

// Returns InvalidArgument, naming `path` and the field, when a number of the
// recipe is out of range (training/recipe.proto states the ranges).
absl::Status CheckRecipe(const std::string& path, const Recipe& recipe);

// Returns the skeleton of a recipe for the images and classes of a data set.
SkeletonSize SkeletonFor(const Skeleton& skeleton, const Dataset& dataset);

// What a step has done.
struct TrainingProgress {
  int epoch;     // from 1
  int64_t step;  // of the epoch, from 1
  int64_t steps_per_epoch;
  double loss;                          // of the step
  std::optional<EpochRecord> finished;  // after the last step of an epoch
};

// Where a run is between two steps.
struct TrainingPosition {
  int64_t step = 0;     // done, of all epochs
  double loss_sum = 0;  // over the images of the current epoch
  int64_t correct = 0;  // adversarial images of the current epoch
};

// What one step measured, before its update.
struct StepResult {
  double loss;      // mean over the batch
  int64_t correct;  // adversarial images classified correctly
};

// Returns how far a graph may be from the plain step under a profile: 0 where
// kernels are deterministic. TF32 and other fast kernels may differ from call
// to call; there it is about what rounding to TF32 does to gradients.
double GraphTolerance(const NumericProfile& profile);

// How a run is computed.
struct TrainerOptions {
  at::ScalarType dtype = at::kFloat;
  at::Device device = at::kCPU;
  std::shared_ptr<const Backend> backend = MakeBackend(BackendChoice::kAuto);
  // Seed of the attack's random starts, where they are not to be the run's.
  std::optional<uint32_t> attack_seed;
  // How far a graph may be from the plain step (captured_function.h): for
  // profiles whose kernels are not deterministic.
  double graph_tolerance = 0;
  bool graphs = true;  // on CUDA; false: every step as it is
};

// One run. LibTorch's exceptions pass through.
class Trainer {
 public:
  // `dataset` must outlive the trainer. The initial state comes from the seed.
  Trainer(const NetworkPlan& plan, const Dataset& dataset, const Recipe& recipe,
          uint32_t seed, const TrainerOptions& options = {});
  Trainer(const Trainer&) = delete;

  int64_t steps_per_epoch() const { return steps_per_epoch_; }

  bool Done() const { return position_.step == total_steps_; }

  // Makes the next step of the run. FailedPrecondition, naming epoch, step and
  // tensor, when a loss, gradient or statistic is not finite; the run cannot go
  // on then.
  absl::StatusOr<TrainingProgress> NextStep();

  // Makes one step on the images at positions `batch` of the train split.
  // `epoch` and `step_in_epoch` count from 0; they name random numbers and say
  // where the schedule is.
  absl::StatusOr<StepResult> Step(int epoch, int64_t step_in_epoch,
                                  const std::vector<int64_t>& batch);

  // The parts of a step: the augmented images before the attack with their
  // labels, the positions of a batch in an epoch's order, and the attack with
  // its random numbers.
  at::Tensor BatchImages(int epoch, const std::vector<int64_t>& batch) const;
  at::Tensor BatchLabels(const std::vector<int64_t>& batch) const;
  std::vector<int64_t> Batch(const std::vector<int64_t>& order,
                             int64_t step_in_epoch) const;
  AttackStreams Streams(int epoch, const std::vector<int64_t>& batch) const;
  const PgdOptions& attack() const { return attack_; }

  // What a run consists of between two steps. Resume goes on from there with a
  // state and velocities that fit the plan.
  const NetworkPlan& plan() const { return plan_; }
  const std::vector<at::Tensor>& state() const { return state_; }
  const Sgd& optimizer() const { return optimizer_; }
  const TrainingPosition& position() const { return position_; }
  void Resume(std::vector<at::Tensor> state, std::vector<at::Tensor> velocity,
              const TrainingPosition& position);

  // The gradients of the last step's loss, one for each of
  // optimizer().trainable().
  const std::vector<at::Tensor>& last_gradients() const {
    return last_gradients_;
  }

  // How many steps were replays of a graph.
  int64_t replays() const { return gradients_.replays(); }

 private:
  // Puts images and state on the device, unless they are there.
  void MoveToDevice();
  // Takes {images, labels, start of the attack}. Returns the gradients of all
  // trainable parameters, then a vector of the loss, the number of correct
  // images and the sum of each gradient. Moves the running statistics.
  std::vector<at::Tensor> Gradients(const std::vector<at::Tensor>& inputs);
  // Returns FailedPrecondition if something is not finite. `sums` are those of
  // the gradients, by trainable parameter.
  absl::Status CheckFinite(int epoch, int64_t step, double loss,
                           const double* sums) const;

  const NetworkPlan plan_;
  const Dataset& dataset_;
  const Recipe recipe_;
  const uint32_t seed_;
  const TrainerOptions options_;
  const Normalizer normalizer_;
  const PgdOptions attack_;
  const int64_t steps_per_epoch_;
  const int64_t total_steps_;
  const OneCycleSchedule schedule_;
  const AugmentationOptions augmentation_;
  std::optional<ResidentImages> resident_;  // on a device
  std::unique_ptr<TrainingPass> pass_;      // made at the first step
  CapturedFunction gradients_;
  Sgd optimizer_;
  std::vector<at::Tensor> state_;
  TrainingPosition position_;
  std::vector<at::Tensor> last_gradients_;
  std::vector<int64_t> order_;  // of the current epoch; empty before it
};

}  // namespace robbench

#endif  // TRAINING_TRAINER_H_
