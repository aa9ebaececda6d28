#include "training/trainer.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nas/base/status_macros.h"
#include "nas/folded_network.h"
#include "nas/torch_boundary.h"
#include "training/attack/cross_entropy.h"
#include "training/augmentation.h"
#include "training/dataset/image_tensors.h"

namespace robbench {
namespace {

OneCycleOptions ScheduleOptions(const OneCycle& schedule) {
  return {.max_learning_rate = schedule.max_learning_rate(),
          .start_divisor = schedule.start_divisor(),
          .end_divisor = schedule.end_divisor(),
          .rise_share = schedule.rise_share(),
          .max_momentum = schedule.max_momentum(),
          .min_momentum = schedule.min_momentum()};
}

PgdOptions AttackOptions(const TrainingAttack& attack) {
  return {.epsilon = attack.epsilon() / 255,
          .step_size = attack.step_size() / 255,
          .steps = static_cast<int>(attack.steps()),
          .random_start = attack.random_start()};
}

// Checks `min <= value <= max`; false for NaN.
absl::Status CheckRange(const std::string& path, absl::string_view field,
                        double value, double min, double max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": ", field, ": expected ", min, " to ", max, ", found ", value));
}

}  // namespace

absl::Status CheckRecipe(const std::string& path, const Recipe& recipe) {
  const OneCycle& schedule = recipe.schedule();
  const TrainingAttack& attack = recipe.attack();
  const Augmentation& augmentation = recipe.augmentation();
  struct Range {
    const char* field;
    double value;
    double min;
    double max;
  };
  constexpr double kTiny = 1e-300;
  for (const Range& range : std::initializer_list<Range>{
           {"epochs", static_cast<double>(recipe.epochs()), 1, 100'000},
           {"batch_size", static_cast<double>(recipe.batch_size()), 1, 65'536},
           {"weight_decay", recipe.weight_decay(), 0, 1},
           {"schedule.max_learning_rate", schedule.max_learning_rate(), 0,
            1e30},
           {"schedule.start_divisor", schedule.start_divisor(), kTiny, 1e30},
           {"schedule.end_divisor", schedule.end_divisor(), kTiny, 1e30},
           {"schedule.rise_share", schedule.rise_share(), 0, 1},
           {"schedule.max_momentum", schedule.max_momentum(), 0, 1},
           {"schedule.min_momentum", schedule.min_momentum(), 0, 1},
           {"attack.epsilon", attack.epsilon(), 0, 255},
           {"attack.step_size", attack.step_size(), 0, 255},
           {"attack.steps", static_cast<double>(attack.steps()), 0, 10'000},
           {"augmentation.crop_padding",
            static_cast<double>(augmentation.crop_padding()), 0, 512},
           {"augmentation.flip_probability", augmentation.flip_probability(), 0,
            1}}) {
    ROBBENCH_RETURN_IF_ERROR(
        CheckRange(path, range.field, range.value, range.min, range.max));
  }
  return absl::OkStatus();
}

SkeletonSize SkeletonFor(const Skeleton& skeleton, const Dataset& dataset) {
  // Out-of-range numbers stay out of range: MakeNetworkPlan refuses them.
  const auto narrow = [](uint32_t number) {
    return static_cast<int>(std::min<uint32_t>(number, 1 << 20));
  };
  return {.channels = narrow(skeleton.channels()),
          .cells_per_stage = narrow(skeleton.cells_per_stage()),
          .image_channels = dataset.channels,
          .image_size = dataset.image_size,
          .classes = dataset.classes};
}

Trainer::Trainer(const NetworkPlan& plan, const Dataset& dataset,
                 const Recipe& recipe, uint32_t seed, at::ScalarType dtype)
    : plan_(plan),
      dataset_(dataset),
      recipe_(recipe),
      seed_(seed),
      dtype_(dtype),
      normalizer_{dataset.mean, dataset.standard_deviation},
      attack_(AttackOptions(recipe.attack())),
      steps_per_epoch_((dataset.train.count() + recipe.batch_size() - 1) /
                       recipe.batch_size()),
      total_steps_(steps_per_epoch_ * recipe.epochs()),
      schedule_(ScheduleOptions(recipe.schedule()), total_steps_),
      pass_(plan, normalizer_),
      optimizer_(plan, recipe.weight_decay()),
      state_(InitialState(plan, seed, dtype)) {}

std::vector<int64_t> Trainer::Batch(const std::vector<int64_t>& order,
                                    int64_t step_in_epoch) const {
  const int64_t first = step_in_epoch * recipe_.batch_size();
  const int64_t last = std::min<int64_t>(first + recipe_.batch_size(),
                                         static_cast<int64_t>(order.size()));
  return {order.begin() + first, order.begin() + last};
}

at::Tensor Trainer::BatchImages(int epoch,
                                const std::vector<int64_t>& batch) const {
  const AugmentationOptions options{
      .crop_padding = static_cast<int>(recipe_.augmentation().crop_padding()),
      .flip_probability = recipe_.augmentation().flip_probability()};
  return PixelTensor(AugmentedImages(dataset_, batch, options, seed_,
                                     static_cast<uint32_t>(epoch)),
                     static_cast<int64_t>(batch.size()), dataset_.channels,
                     dataset_.image_size, dtype_);
}

AttackStreams Trainer::Streams(int epoch,
                               const std::vector<int64_t>& batch) const {
  return {.seed = seed_,
          .purpose = Purpose::kTrainingAttack,
          .epoch = static_cast<uint32_t>(epoch),
          .samples = batch};
}

absl::StatusOr<StepResult> Trainer::Step(int epoch, int64_t step_in_epoch,
                                         const std::vector<int64_t>& batch) {
  return CatchTorchErrors("training", [&]() -> absl::StatusOr<StepResult> {
    at::NoGradGuard no_graph;
    const at::Tensor images = BatchImages(epoch, batch);
    const at::Tensor labels = LabelTensor(dataset_.train, batch);
    const at::Tensor adversarial =
        RunPgd(FoldedNetwork(plan_, normalizer_, state_), images, labels,
               attack_, Streams(epoch, batch));

    const at::Tensor logits = pass_.Forward(state_, adversarial);
    const double loss = CrossEntropy(logits, labels).mean().item<double>();
    const double scale = 1.0 / static_cast<double>(batch.size());
    const std::vector<at::Tensor> gradients = pass_.Backward(
        state_, CrossEntropyGradient(logits, labels).mul_(scale));
    const StepResult result{loss, CountCorrect(logits, labels)};
    ROBBENCH_RETURN_IF_ERROR(
        CheckFinite(epoch, step_in_epoch, loss, gradients));
    pass_.UpdateRunningStatistics(state_);
    const int64_t step = epoch * steps_per_epoch_ + step_in_epoch;
    optimizer_.Step(gradients, schedule_.LearningRate(step),
                    schedule_.Momentum(step), state_);
    return result;
  });
}

absl::Status Trainer::CheckFinite(
    int epoch, int64_t step, double loss,
    const std::vector<at::Tensor>& gradients) const {
  const auto error = [&](absl::string_view what) {
    return absl::FailedPreconditionError(
        absl::StrCat("epoch ", epoch + 1, " step ", step + 1, ": ", what,
                     ": expected finite numbers, found NaN or infinity"));
  };
  if (!std::isfinite(loss)) return error("loss");
  for (size_t p = 0; p < gradients.size(); ++p) {
    if (!gradients[p].defined()) continue;
    // A sum is finite unless a term is not, or it overflows, which is as bad.
    if (!std::isfinite(gradients[p].sum().item<double>())) {
      return error(absl::StrCat("gradient of ", plan_.parameters[p].name));
    }
  }
  return absl::OkStatus();
}

void Trainer::Resume(std::vector<at::Tensor> state,
                     std::vector<at::Tensor> velocity,
                     const TrainingPosition& position) {
  state_ = std::move(state);
  optimizer_.SetVelocity(std::move(velocity));
  position_ = position;
  order_.clear();
}

absl::StatusOr<TrainingProgress> Trainer::NextStep() {
  const int epoch = static_cast<int>(position_.step / steps_per_epoch_);
  const int64_t step = position_.step % steps_per_epoch_;
  if (order_.empty()) {
    order_ = ShuffledOrder(dataset_.train.count(), seed_,
                           static_cast<uint32_t>(epoch));
  }
  const std::vector<int64_t> batch = Batch(order_, step);
  ROBBENCH_ASSIGN_OR_RETURN(const StepResult result, Step(epoch, step, batch));
  position_.loss_sum += result.loss * static_cast<double>(batch.size());
  position_.correct += result.correct;
  ++position_.step;
  TrainingProgress progress{.epoch = epoch + 1,
                            .step = step + 1,
                            .steps_per_epoch = steps_per_epoch_,
                            .loss = result.loss};
  if (progress.step == steps_per_epoch_) {
    const double count = static_cast<double>(dataset_.train.count());
    EpochRecord& record = progress.finished.emplace();
    record.set_epoch(epoch + 1);
    record.set_loss(position_.loss_sum / count);
    record.set_accuracy(static_cast<double>(position_.correct) / count);
    record.set_learning_rate(schedule_.LearningRate(position_.step - 1));
    position_ = {.step = position_.step};
    order_.clear();
  }
  return progress;
}

}  // namespace robbench
