#include "training/trainer.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nas/base/field_error.h"
#include "nas/base/philox.h"
#include "nas/base/status_macros.h"
#include "nas/cell.pb.h"
#include "nas/network/folded_network.h"
#include "nas/network/torch_boundary.h"
#include "training/attack/attack_streams.h"
#include "training/attack/cross_entropy.h"
#include "training/cuda/cuda_graph.h"
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

AugmentationOptions CropOptions(const Augmentation& augmentation) {
  return {.crop_padding = static_cast<int>(augmentation.crop_padding()),
          .flip_probability = augmentation.flip_probability()};
}

CapturedFunctionOptions GraphOptions(const TrainerOptions& options) {
  if (!options.device.is_cuda() || !options.graphs) return {};
  return {.make_graph = MakeCudaGraph, .tolerance = options.graph_tolerance};
}

// Returns OK if min <= value <= max; not for NaN.
absl::Status CheckRange(const std::string& path, absl::string_view field,
                        double value, double min, double max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return FieldError(path, field, absl::StrCat(min, " to ", max), value);
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

double GraphTolerance(const NumericProfile& profile) {
  return profile.fast_kernels ? 0.05 : 0.0;
}

SkeletonSize SkeletonFor(const Skeleton& skeleton, const Dataset& dataset) {
  // Numbers that are out of range stay so, and MakeNetworkPlan refuses them.
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
                 const Recipe& recipe, uint32_t seed,
                 const TrainerOptions& options)
    : plan_(plan),
      dataset_(dataset),
      recipe_(recipe),
      seed_(seed),
      options_(options),
      normalizer_{dataset.mean, dataset.standard_deviation},
      attack_(AttackOptions(recipe.attack())),
      steps_per_epoch_((dataset.train.count() + recipe.batch_size() - 1) /
                       recipe.batch_size()),
      total_steps_(steps_per_epoch_ * recipe.epochs()),
      schedule_(ScheduleOptions(recipe.schedule()), total_steps_),
      augmentation_(CropOptions(recipe.augmentation())),
      gradients_(
          "a training step",
          [this](const std::vector<at::Tensor>& inputs) {
            return Gradients(inputs);
          },
          GraphOptions(options)),
      optimizer_(plan, recipe.weight_decay()),
      state_(InitialState(plan, seed, options.dtype)) {}

void Trainer::MoveToDevice() {
  if (options_.device.is_cpu()) return;
  if (!resident_.has_value()) {
    resident_.emplace(dataset_, augmentation_, options_.device);
  }
  state_ = ToDevice(state_, options_.device);
  optimizer_.SetVelocity(ToDevice(optimizer_.velocity(), options_.device));
}

std::vector<int64_t> Trainer::Batch(const std::vector<int64_t>& order,
                                    int64_t step_in_epoch) const {
  const int64_t first = step_in_epoch * recipe_.batch_size();
  const int64_t last = std::min<int64_t>(first + recipe_.batch_size(),
                                         static_cast<int64_t>(order.size()));
  return {order.begin() + first, order.begin() + last};
}

at::Tensor Trainer::BatchImages(int epoch,
                                const std::vector<int64_t>& batch) const {
  if (resident_.has_value()) {
    return PixelTensor(
        resident_->Augmented(batch, seed_, static_cast<uint32_t>(epoch)),
        options_.dtype);
  }
  return PixelTensor(AugmentedImages(dataset_, batch, augmentation_, seed_,
                                     static_cast<uint32_t>(epoch)),
                     static_cast<int64_t>(batch.size()), dataset_.channels,
                     dataset_.image_size, options_.dtype);
}

at::Tensor Trainer::BatchLabels(const std::vector<int64_t>& batch) const {
  return resident_.has_value() ? resident_->Labels(batch)
                               : LabelTensor(dataset_.train, batch);
}

AttackStreams Trainer::Streams(int epoch,
                               const std::vector<int64_t>& batch) const {
  return {.seed = options_.attack_seed.value_or(seed_),
          .purpose = Purpose::kTrainingAttack,
          .epoch = static_cast<uint32_t>(epoch),
          .samples = batch};
}

absl::StatusOr<StepResult> Trainer::Step(int epoch, int64_t step_in_epoch,
                                         const std::vector<int64_t>& batch) {
  return CatchTorchErrors("training", [&]() -> absl::StatusOr<StepResult> {
    at::NoGradGuard no_graph;
    MoveToDevice();
    if (pass_ == nullptr) {
      pass_ = options_.backend->MakeTrainingPass(plan_, normalizer_, state_);
    }
    const at::Tensor images = BatchImages(epoch, batch);
    const at::Tensor start =
        attack_.random_start
            ? RandomStart(images, attack_.epsilon, Streams(epoch, batch))
            : images;
    std::vector<at::Tensor> gradients =
        gradients_.Call({images, BatchLabels(batch), start}, state_);
    const at::Tensor report = gradients.back().to(at::kDouble).cpu();
    gradients.pop_back();
    const double* numbers = report.data_ptr<double>();
    const StepResult result{numbers[0], static_cast<int64_t>(numbers[1])};
    ROBBENCH_RETURN_IF_ERROR(
        CheckFinite(epoch, step_in_epoch, result.loss, numbers + 2));
    const int64_t step = epoch * steps_per_epoch_ + step_in_epoch;
    optimizer_.Step(gradients, schedule_.LearningRate(step),
                    schedule_.Momentum(step), state_);
    last_gradients_ = std::move(gradients);
    return result;
  });
}

std::vector<at::Tensor> Trainer::Gradients(
    const std::vector<at::Tensor>& inputs) {
  const at::Tensor& labels = inputs[1];
  const std::unique_ptr<FoldedNetwork> network =
      options_.backend->MakeFoldedNetwork(plan_, normalizer_, state_);
  const at::Tensor adversarial =
      RunPgdFrom(*network, inputs[0], labels, inputs[2], attack_);
  const at::Tensor logits = pass_->Forward(state_, adversarial);
  const double scale = 1.0 / static_cast<double>(labels.size(0));
  const std::vector<at::Tensor> all =
      pass_->Backward(state_, CrossEntropyGradient(logits, labels).mul_(scale));
  pass_->UpdateRunningStatistics(state_);
  std::vector<at::Tensor> results;
  std::vector<at::Tensor> report = {
      CrossEntropy(logits, labels).mean(),
      logits.argmax(1).eq(labels).sum().to(options_.dtype)};
  for (int p : optimizer_.trainable()) {
    results.push_back(all[p]);
    // One sum tells whether a gradient is finite: it is not where a term is
    // not, or where it overflows, which is as bad.
    report.push_back(all[p].sum());
  }
  results.push_back(at::stack(report));
  return results;
}

absl::Status Trainer::CheckFinite(int epoch, int64_t step, double loss,
                                  const double* sums) const {
  const auto error = [&](absl::string_view what) {
    return absl::FailedPreconditionError(
        absl::StrCat("epoch ", epoch + 1, " step ", step + 1, ": ", what,
                     ": expected finite numbers, found NaN or infinity"));
  };
  if (!std::isfinite(loss)) return error("loss");
  for (int p : optimizer_.trainable()) {
    if (!std::isfinite(*sums++)) {
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
