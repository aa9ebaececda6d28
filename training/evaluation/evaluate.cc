#include "training/evaluation/evaluate.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/isfinite.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "nas/base/field_error.h"
#include "nas/base/philox.h"
#include "nas/base/status_macros.h"
#include "nas/cell_identity.h"
#include "nas/network/backend.h"
#include "nas/network/folded_network.h"
#include "nas/network/make_backend.h"
#include "nas/network/network.h"
#include "nas/network/torch_boundary.h"
#include "nas/network/weights.h"
#include "nas/network_plan.h"
#include "training/attack/attack_streams.h"
#include "training/attack/cross_entropy.h"
#include "training/attack/predictions.h"
#include "training/dataset/image_tensors.h"
#include "training/evaluation/attack_suite.h"
#include "training/evaluation/evaluation_checks.h"
#include "training/evaluation/run_attack.h"
#include "training/progress.h"

namespace robbench {
namespace {

// The attacks that run: the members of a group, else the attack itself.
std::vector<const Attack*> AttacksOf(const Attack& attack) {
  if (!attack.has_group()) return {&attack};
  std::vector<const Attack*> members;
  for (const Attack& member : attack.group().attacks()) {
    members.push_back(&member);
  }
  return members;
}

int64_t CountAttacks(const AttackSuite& suite) {
  int64_t count = 0;
  for (const Attack& attack : suite.attacks()) {
    count += static_cast<int64_t>(AttacksOf(attack).size());
  }
  return count;
}

class Evaluation {
 public:
  Evaluation(const FoldedNetwork& network, const Dataset& dataset,
             const AttackSuite& suite, uint32_t seed, int64_t images,
             const at::Device& device, ProgressPrinter& printer,
             ImageResults* image_results)
      : network_(network),
        dataset_(dataset),
        suite_(suite),
        seed_(seed),
        images_(images),
        device_(device),
        printer_(printer),
        image_results_(image_results) {}

  // Runs an attack of the suite, a group's on the images that are left.
  void Run(const Attack& attack, EvaluationRecord& record) {
    const std::vector<const Attack*> members = AttacksOf(attack);
    std::vector<AttackResult> results(members.size());
    for (int64_t first = 0; first < images_; first += suite_.batch_size()) {
      Batch batch = BatchFrom(first);
      for (size_t i = 0; i < members.size(); ++i) {
        const at::Tensor correct =
            RunOnBatch(*members[i], attacks_run_ + static_cast<int>(i), batch,
                       results[i], attack.has_group() ? &attack : nullptr);
        done_ += std::min<int64_t>(suite_.batch_size(), images_ - first);
        printer_.Report(done_, members[i]->name());
        if (attack.has_group()) batch = batch.At(correct);
      }
    }
    attacks_run_ += static_cast<int>(members.size());
    AttackResult whole;
    for (size_t i = 0; i < members.size(); ++i) {
      AttackResult& result = results[i];
      whole.set_correct(result.correct());
      whole.set_max_perturbation(
          std::max(whole.max_perturbation(), result.max_perturbation()));
      if (attack.has_group()) result.set_group(attack.name());
      AddResult(*members[i], std::move(result), record);
    }
    if (attack.has_group()) AddResult(attack, std::move(whole), record);
  }

  // Observes what does not need the attacks' results: gradients that vanish, if
  // attacks follow them, and the answers that attacks with epsilon 0 change on
  // the first batch.
  void Observe() {
    bool follows_gradients = false;
    for (const Attack& attack : suite_.attacks()) {
      for (const Attack* member : AttacksOf(attack)) {
        follows_gradients |= IsWhiteBox(*member);
      }
    }
    if (follows_gradients) CountZeroGradients();
    const Batch batch = BatchFrom(0);
    const at::Tensor answer = network_.Logits(batch.images).argmax(1);
    int position = 0;
    for (const Attack& attack : suite_.attacks()) {
      for (const Attack* member : AttacksOf(attack)) {
        const at::Tensor attacked =
            RunAttack(network_, WithoutEffect(*member), batch.images,
                      batch.labels, Streams(position++, batch));
        observations_.changed_at_epsilon_zero += network_.Logits(attacked)
                                                     .argmax(1)
                                                     .ne(answer)
                                                     .sum()
                                                     .item<int64_t>();
      }
    }
  }

  // Keeps the logits of the images as they are in the image results.
  void KeepCleanLogits() {
    image_results_->classes = dataset_.classes;
    for (int64_t first = 0; first < images_; first += suite_.batch_size()) {
      const Batch batch = BatchFrom(first);
      const at::Tensor logits =
          network_.Logits(batch.images).to(at::kCPU, at::kFloat).contiguous();
      const float* values = logits.data_ptr<float>();
      image_results_->logits.insert(image_results_->logits.end(), values,
                                    values + logits.numel());
      for (const int64_t position : batch.positions) {
        image_results_->labels.push_back(dataset_.test.labels[position]);
      }
    }
  }

  const EvaluationObservations& observations() const { return observations_; }

 private:
  void CountZeroGradients() {
    for (int64_t first = 0; first < images_; first += suite_.batch_size()) {
      const Batch batch = BatchFrom(first);
      const at::Tensor gradient =
          network_.ImageGradient(batch.images, [&](const at::Tensor& logits) {
            return CrossEntropyGradient(logits, batch.labels);
          });
      observations_.zero_gradients +=
          gradient.abs().amax({1, 2, 3}).eq(0).sum().item<int64_t>();
    }
    observations_.gradients = images_;
  }

  struct Batch {
    std::vector<int64_t> positions;  // in the split
    at::Tensor images;
    at::Tensor labels;

    Batch At(const at::Tensor& index) const {
      Batch part{
          {}, images.index_select(0, index), labels.index_select(0, index)};
      const at::Tensor kept = index.cpu();
      for (int64_t i = 0; i < kept.numel(); ++i) {
        part.positions.push_back(positions[kept.data_ptr<int64_t>()[i]]);
      }
      return part;
    }
  };

  Batch BatchFrom(int64_t first) const {
    Batch batch;
    batch.positions =
        Range(first, std::min<int64_t>(suite_.batch_size(), images_ - first));
    batch.images =
        ImageTensor(dataset_, dataset_.test, batch.positions).to(device_);
    batch.labels = LabelTensor(dataset_.test, batch.positions).to(device_);
    return batch;
  }

  AttackStreams Streams(int position, const Batch& batch) const {
    return {.seed = seed_,
            .purpose = Purpose::kEvaluationAttack,
            .epoch = static_cast<uint32_t>(position),
            .samples = batch.positions};
  }

  // Adds to `result`, and returns which images of the batch stay correct.
  at::Tensor RunOnBatch(const Attack& attack, int position, const Batch& batch,
                        AttackResult& result, const Attack* group) {
    if (image_results_ != nullptr) {
      KeepAttack(attack);
      if (group != nullptr) KeepAttack(*group);
    }
    if (batch.positions.empty()) return at::empty_like(batch.labels);
    const at::Tensor attacked = RunAttack(
        network_, attack, batch.images, batch.labels, Streams(position, batch));
    const at::Tensor logits = network_.Logits(attacked);
    const at::Tensor correct = CorrectImages(logits, batch.labels);
    result.set_correct(result.correct() +
                       static_cast<uint32_t>(correct.numel()));
    // The difference is taken in float64, so that rounding does not hide what
    // the check is for.
    const double distance =
        (attacked.to(at::kDouble) - batch.images).abs_().max().item<double>();
    result.set_max_perturbation(
        std::max(result.max_perturbation(), distance * 255));
    observations_.excess =
        std::max(observations_.excess, distance - EpsilonOf(attack) / 255);
    observations_.outside =
        std::max({observations_.outside, -attacked.min().item<double>(),
                  attacked.max().item<double>() - 1});
    observations_.non_finite_logits += NonFinite(logits);
    observations_.non_finite_pixels += NonFinite(attacked);
    if (image_results_ != nullptr) {
      KeepImages(attack, batch, logits, correct);
      if (group != nullptr) KeepImages(*group, batch, logits, correct);
    }
    return correct;
  }

  // Makes room for the results of an attack, which it may have already.
  void KeepAttack(const Attack& attack) {
    ImageResults::OfAttack& kept = image_results_->attacks[attack.name()];
    kept.predictions.resize(images_, -1);
    kept.survivors.resize(images_, '\0');
  }

  void KeepImages(const Attack& attack, const Batch& batch,
                  const at::Tensor& logits, const at::Tensor& correct) {
    ImageResults::OfAttack& kept = image_results_->attacks[attack.name()];
    const at::Tensor classes = logits.argmax(1).cpu();
    for (size_t i = 0; i < batch.positions.size(); ++i) {
      kept.predictions[batch.positions[i]] = classes.data_ptr<int64_t>()[i];
      kept.survivors[batch.positions[i]] = '\0';
    }
    const at::Tensor survivors = correct.cpu();
    for (int64_t i = 0; i < survivors.numel(); ++i) {
      kept.survivors[batch.positions[survivors.data_ptr<int64_t>()[i]]] = '\1';
    }
  }

  static int64_t NonFinite(const at::Tensor& tensor) {
    return at::isfinite(tensor).logical_not_().sum().item<int64_t>();
  }

  void AddResult(const Attack& attack, AttackResult result,
                 EvaluationRecord& record) const {
    result.set_name(attack.name());
    *result.mutable_attack() = attack;
    result.set_total(static_cast<uint32_t>(images_));
    // The fields must be set even where the attacks before left no image.
    result.set_correct(result.correct());
    result.set_max_perturbation(result.max_perturbation());
    *record.add_attacks() = std::move(result);
  }

  const FoldedNetwork& network_;
  const Dataset& dataset_;
  const AttackSuite& suite_;
  const uint32_t seed_;
  const int64_t images_;
  const at::Device device_;
  ProgressPrinter& printer_;
  ImageResults* const image_results_;  // or null
  int64_t done_ = 0;
  int attacks_run_ = 0;
  EvaluationObservations observations_;
};

}  // namespace

absl::StatusOr<uint32_t> SeedOfWeights(const SafetensorsFile& weights,
                                       uint32_t fallback) {
  const auto entry = weights.metadata().find("seed");
  if (entry == weights.metadata().end()) return fallback;
  uint32_t seed = 0;
  if (absl::SimpleAtoi(entry->second, &seed)) return seed;
  return FieldError(weights.path(), "metadata.seed", "a number",
                    absl::StrCat("\"", entry->second, "\""));
}

absl::StatusOr<EvaluationRecord> Evaluate(const EvaluationInputs& inputs,
                                          ImageResults* image_results) {
  const Cell& cell = inputs.cell;
  const Dataset& dataset = inputs.dataset;
  const SafetensorsFile& weights = inputs.weights;
  ROBBENCH_RETURN_IF_ERROR(
      CheckAttackSuite(inputs.suite_path, inputs.suite, dataset.classes));
  AttackSuite suite = inputs.suite;
  for (Attack& attack : *suite.mutable_attacks()) {
    attack = ResolveAttack(attack, dataset.classes);
  }
  int64_t images = inputs.images;
  if (images < 0 || images > dataset.test.count()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--images: expected 0 to the ", dataset.test.count(),
                     " test images of ", dataset.name, ", found ", images));
  }
  if (images == 0) images = dataset.test.count();
  ROBBENCH_ASSIGN_OR_RETURN(const SkeletonSize size,
                            ReadSkeletonSize(weights, dataset.image_size));
  if (size.image_channels != dataset.channels ||
      size.classes != dataset.classes) {
    return absl::InvalidArgumentError(absl::StrCat(
        weights.path(), ": expected a network for ", dataset.channels,
        " image channels and ", dataset.classes, " classes of data set ",
        dataset.name, ", found ", size.image_channels, " and ", size.classes));
  }
  const absl::StatusOr<NetworkPlan> plan = MakeNetworkPlan(cell, size);
  if (!plan.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(weights.path(), ": ", plan.status().message()));
  }
  return CatchTorchErrors(
      "evaluation", [&]() -> absl::StatusOr<EvaluationRecord> {
        at::NoGradGuard no_graph;
        ROBBENCH_ASSIGN_OR_RETURN(const std::vector<at::Tensor> state,
                                  ParseWeights(weights, *plan));
        const std::shared_ptr<const Backend> backend =
            MakeBackend(inputs.backend);
        const std::unique_ptr<FoldedNetwork> network =
            backend->MakeFoldedNetwork(
                *plan, {dataset.mean, dataset.standard_deviation},
                ToDevice(state, at::Device(inputs.device)));
        EvaluationRecord record;
        record.set_dataset(dataset.name);
        *record.mutable_cell() = MakeCellIdentity(cell);
        record.set_seed(inputs.seed);
        record.set_suite(suite.name());
        record.mutable_skeleton()->set_channels(size.channels);
        record.mutable_skeleton()->set_cells_per_stage(size.cells_per_stage);

        ProgressPrinter printer(
            absl::StrCat("cell ", cell.Index(), " ", cell.Code(), " seed ",
                         inputs.seed),
            images * CountAttacks(suite));
        Evaluation evaluation(*network, dataset, suite, inputs.seed, images,
                              at::Device(inputs.device), printer,
                              image_results);
        if (image_results != nullptr) evaluation.KeepCleanLogits();
        for (const Attack& attack : suite.attacks()) {
          evaluation.Run(attack, record);
        }
        evaluation.Observe();
        EvaluationObservations observations = evaluation.observations();
        observations.constant_network = !plan->layers[0].live;
        AddSelfChecks(observations, record);
        return record;
      });
}

}  // namespace robbench
