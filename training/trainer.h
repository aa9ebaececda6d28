// Adversarial training of one network (paper, section 3; spec section 3):
// for every batch a PGD attack in eval mode, on the running statistics as they
// are; then the cross-entropy of the adversarial batch in train mode, one
// update of BatchNorm's statistics and one SGD step. OneCycle schedule, weight
// decay on every parameter, the last partial batch kept.
//
//   Trainer trainer(plan, dataset, recipe, seed);
//   for (int epoch = 0; epoch < recipe.epochs(); ++epoch) {
//     ROBBENCH_ASSIGN_OR_RETURN(EpochRecord record,
//                               trainer.Epoch(epoch, progress));
//   }
//
// Everything random comes from streams keyed by (seed, purpose, epoch, image).
#ifndef TRAINING_TRAINER_H_
#define TRAINING_TRAINER_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nas/network.h"
#include "nas/network_plan.h"
#include "nas/training_pass.h"
#include "training/attack/pgd_attack.h"
#include "training/dataset/dataset.h"
#include "training/one_cycle.h"
#include "training/recipe.pb.h"
#include "training/records.pb.h"
#include "training/sgd.h"

namespace robbench {

// InvalidArgument naming `path` and the field when a number is out of range.
absl::Status CheckRecipe(const std::string& path, const Recipe& recipe);

// The skeleton of a recipe for the images of a data set.
SkeletonSize SkeletonFor(const Skeleton& skeleton, const Dataset& dataset);

struct TrainingProgress {
  int epoch;     // from 1
  int64_t step;  // of the epoch, from 1
  int64_t steps_per_epoch;
  double loss;  // of the step
};
using TrainingProgressFunction = std::function<void(const TrainingProgress&)>;

struct StepResult {
  double loss;      // mean over the batch
  int64_t correct;  // adversarial images classified correctly
};

class Trainer {
 public:
  // `dataset` must outlive the trainer. The initial state comes from the seed.
  Trainer(const NetworkPlan& plan, const Dataset& dataset, const Recipe& recipe,
          uint32_t seed, at::ScalarType dtype = at::kFloat);

  int64_t steps_per_epoch() const { return steps_per_epoch_; }

  // Runs epoch `epoch` (from 0; in order). FailedPrecondition naming epoch,
  // step and tensor when a loss, gradient or statistic is not finite.
  absl::StatusOr<EpochRecord> Epoch(int epoch,
                                    const TrainingProgressFunction& progress);

  // One step of Epoch: the images at `batch` of the train split.
  absl::StatusOr<StepResult> Step(int epoch, int64_t step_in_epoch,
                                  const std::vector<int64_t>& batch);

  // The images of a step before the attack, and the positions of its batch.
  at::Tensor BatchImages(int epoch, const std::vector<int64_t>& batch) const;
  std::vector<int64_t> Batch(const std::vector<int64_t>& order,
                             int64_t step_in_epoch) const;
  AttackStreams Streams(int epoch, const std::vector<int64_t>& batch) const;
  const PgdOptions& attack() const { return attack_; }

  const std::vector<at::Tensor>& state() const { return state_; }

 private:
  absl::Status CheckFinite(int epoch, int64_t step, double loss,
                           const std::vector<at::Tensor>& gradients) const;

  const NetworkPlan plan_;
  const Dataset& dataset_;
  const Recipe recipe_;
  const uint32_t seed_;
  const at::ScalarType dtype_;
  const Normalizer normalizer_;
  const PgdOptions attack_;
  const int64_t steps_per_epoch_;
  const OneCycleSchedule schedule_;
  TrainingPass pass_;
  Sgd optimizer_;
  std::vector<at::Tensor> state_;
};

}  // namespace robbench

#endif  // TRAINING_TRAINER_H_
