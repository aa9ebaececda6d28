#include "training/checkpoint/checkpoint.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nas/base/status_macros.h"
#include "nas/network/weights.h"
#include "nas/network_plan.h"
#include "training/sgd.h"

namespace robbench {
namespace {

constexpr char kVelocity[] = "velocity/";

// Returns a tensor of this shape that points into `numbers`.
at::Tensor View(std::vector<double>& numbers, std::vector<int64_t> shape) {
  return at::from_blob(numbers.data(), shape, at::kDouble);
}

std::vector<double> Numbers(const TensorEntry& entry) {
  std::vector<double> numbers(entry.NumElements());
  std::memcpy(numbers.data(), entry.data.data(), entry.data.size());
  return numbers;
}

}  // namespace

std::string SerializeCheckpoint(const Trainer& trainer,
                                const TrainRecord& record) {
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  const std::vector<Parameter>& parameters = trainer.plan().parameters;
  for (size_t p = 0; p < parameters.size(); ++p) {
    tensors.emplace_back(parameters[p].name, trainer.state()[p]);
  }
  const Sgd& optimizer = trainer.optimizer();
  for (size_t i = 0; i < optimizer.velocity().size(); ++i) {
    tensors.emplace_back(
        absl::StrCat(kVelocity, parameters[optimizer.trainable()[i]].name),
        optimizer.velocity()[i]);
  }
  std::vector<double> epochs;
  for (const EpochRecord& epoch : record.epochs()) {
    epochs.insert(epochs.end(),
                  {epoch.loss(), epoch.accuracy(), epoch.learning_rate()});
  }
  const TrainingPosition& position = trainer.position();
  std::vector<double> numbers = {static_cast<double>(position.step),
                                 position.loss_sum,
                                 static_cast<double>(position.correct)};
  tensors.emplace_back("epochs", View(epochs, {record.epochs_size(), 3}));
  tensors.emplace_back("position", View(numbers, {3}));
  return SerializeTensors(tensors, {{"cell", trainer.plan().cell.Code()}});
}

absl::Status ResumeFrom(const SafetensorsFile& file, Trainer& trainer,
                        TrainRecord& record) {
  const std::vector<Parameter>& parameters = trainer.plan().parameters;
  const std::string code = trainer.plan().cell.Code();
  std::vector<at::Tensor> state;
  for (const Parameter& parameter : parameters) {
    ROBBENCH_ASSIGN_OR_RETURN(at::Tensor tensor,
                              ReadTensor(file, parameter, code));
    state.push_back(std::move(tensor));
  }
  std::vector<at::Tensor> velocity;
  for (int p : trainer.optimizer().trainable()) {
    Parameter parameter = parameters[p];
    parameter.name = absl::StrCat(kVelocity, parameter.name);
    ROBBENCH_ASSIGN_OR_RETURN(at::Tensor tensor,
                              ReadTensor(file, parameter, code));
    velocity.push_back(std::move(tensor));
  }
  ROBBENCH_ASSIGN_OR_RETURN(const TensorEntry epochs,
                            file.Get("epochs", DType::kF64, {-1, 3}));
  ROBBENCH_ASSIGN_OR_RETURN(const TensorEntry position,
                            file.Get("position", DType::kF64, {3}));
  const std::vector<double> numbers = Numbers(position);
  const std::vector<double> done = Numbers(epochs);
  const int64_t step = static_cast<int64_t>(numbers[0]);
  const int64_t expected = step / trainer.steps_per_epoch();
  if (step < 1 || expected != epochs.shape[0]) {
    return absl::InvalidArgumentError(
        absl::StrCat(file.path(), ": tensor epochs: expected ", expected,
                     " epochs at step ", step, ", found ", epochs.shape[0]));
  }
  for (int64_t epoch = 0; epoch < epochs.shape[0]; ++epoch) {
    EpochRecord& entry = *record.add_epochs();
    entry.set_epoch(static_cast<uint32_t>(epoch + 1));
    entry.set_loss(done[3 * epoch]);
    entry.set_accuracy(done[3 * epoch + 1]);
    entry.set_learning_rate(done[3 * epoch + 2]);
  }
  trainer.Resume(std::move(state), std::move(velocity),
                 {.step = step,
                  .loss_sum = numbers[1],
                  .correct = static_cast<int64_t>(numbers[2])});
  return absl::OkStatus();
}

}  // namespace robbench
