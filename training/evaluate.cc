#include "training/evaluate.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nas/base/status_macros.h"
#include "nas/cell_identity.h"
#include "nas/folded_network.h"
#include "nas/torch_boundary.h"
#include "nas/weights.h"
#include "training/attack/cross_entropy.h"
#include "training/attack/fgsm_attack.h"
#include "training/attack/pgd_attack.h"
#include "training/dataset/image_tensors.h"
#include "training/evaluation_checks.h"
#include "training/progress.h"

namespace robbench {
namespace {

double EpsilonOf(const Attack& attack) {
  switch (attack.kind_case()) {
    case Attack::kFgsm:
      return attack.fgsm().epsilon();
    case Attack::kPgd:
      return attack.pgd().epsilon();
    case Attack::kClean:
    case Attack::KIND_NOT_SET:
      return 0;
  }
  return 0;
}

// Adversarial examples by one attack of a suite.
at::Tensor Attacked(const FoldedNetwork& network, const Attack& attack,
                    const at::Tensor& images, const at::Tensor& labels,
                    const AttackStreams& streams) {
  switch (attack.kind_case()) {
    case Attack::kFgsm:
      return RunFgsm(network, images, labels, attack.fgsm().epsilon() / 255);
    case Attack::kPgd:
      return RunPgd(network, images, labels,
                    {.epsilon = attack.pgd().epsilon() / 255,
                     .step_size = attack.pgd().step_size() / 255,
                     .steps = static_cast<int>(attack.pgd().steps()),
                     .random_start = attack.pgd().random_start()},
                    streams);
    case Attack::kClean:
    case Attack::KIND_NOT_SET:
      return images;
  }
  return images;
}

class Evaluation {
 public:
  Evaluation(const FoldedNetwork& network, const Dataset& dataset,
             const AttackSuite& suite, uint32_t seed, int64_t images,
             const at::Device& device, ProgressPrinter& printer)
      : network_(network),
        dataset_(dataset),
        suite_(suite),
        seed_(seed),
        images_(images),
        device_(device),
        printer_(printer) {}

  // Runs the attack at `position` of the suite.
  AttackResult Run(int position, EvaluationObservations& observations) {
    const Attack& attack = suite_.attacks(position);
    const double epsilon = EpsilonOf(attack) / 255;
    double largest = 0;
    int64_t correct = 0;
    for (int64_t first = 0; first < images_; first += suite_.batch_size()) {
      const std::vector<int64_t> batch =
          Range(first, std::min<int64_t>(suite_.batch_size(), images_ - first));
      const at::Tensor clean =
          ImageTensor(dataset_, dataset_.test, batch).to(device_);
      const at::Tensor labels = LabelTensor(dataset_.test, batch).to(device_);
      const at::Tensor adversarial =
          Attacked(network_, attack, clean, labels,
                   {.seed = seed_,
                    .purpose = Purpose::kEvaluationAttack,
                    .epoch = static_cast<uint32_t>(position),
                    .samples = batch});
      const at::Tensor logits = network_.Logits(adversarial);
      correct += CountCorrect(logits, labels);
      // In double, so that the check does not round away what it looks for.
      const double distance =
          (adversarial.to(at::kDouble) - clean).abs_().max().item<double>();
      largest = std::max(largest, distance);
      observations.excess = std::max(observations.excess, distance - epsilon);
      observations.outside =
          std::max({observations.outside, -adversarial.min().item<double>(),
                    adversarial.max().item<double>() - 1});
      observations.non_finite_logits +=
          at::isfinite(logits).logical_not_().sum().item<int64_t>();
      done_ += static_cast<int64_t>(batch.size());
      printer_.Report(done_, attack.name());
    }
    AttackResult result;
    result.set_name(attack.name());
    result.set_correct(static_cast<uint32_t>(correct));
    result.set_total(static_cast<uint32_t>(images_));
    *result.mutable_attack() = attack;
    result.set_max_perturbation(largest * 255);
    return result;
  }

  // Images of the first batch whose answer an attack with epsilon 0 changes.
  int64_t ChangedAtEpsilonZero() {
    const std::vector<int64_t> batch =
        Range(0, std::min<int64_t>(suite_.batch_size(), images_));
    const at::Tensor clean =
        ImageTensor(dataset_, dataset_.test, batch).to(device_);
    const at::Tensor labels = LabelTensor(dataset_.test, batch).to(device_);
    const at::Tensor answer = network_.Logits(clean).argmax(1);
    const PgdOptions options{.epsilon = 0, .step_size = 0, .steps = 1};
    int64_t changed = 0;
    for (const at::Tensor& images :
         {RunFgsm(network_, clean, labels, 0),
          RunPgd(network_, clean, labels, options,
                 {.seed = seed_, .samples = batch})}) {
      changed +=
          network_.Logits(images).argmax(1).ne(answer).sum().item<int64_t>();
    }
    return changed;
  }

 private:
  const FoldedNetwork& network_;
  const Dataset& dataset_;
  const AttackSuite& suite_;
  const uint32_t seed_;
  const int64_t images_;
  const at::Device device_;
  ProgressPrinter& printer_;
  int64_t done_ = 0;
};

absl::Status AttackError(const std::string& path, int position,
                         absl::string_view field, absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": attacks[", position, "].", field, ": ", problem));
}

absl::Status CheckLength(const std::string& path, int position,
                         absl::string_view field, double value) {
  if (value >= 0 && value <= 255) return absl::OkStatus();
  return AttackError(path, position, field,
                     absl::StrCat("expected 0 to 255, found ", value));
}

absl::Status CheckAttack(const std::string& path, int position,
                         const Attack& attack) {
  if (attack.name().empty()) {
    return AttackError(path, position, "name", "expected a name, found none");
  }
  switch (attack.kind_case()) {
    case Attack::kClean:
      return absl::OkStatus();
    case Attack::kFgsm:
      return CheckLength(path, position, "fgsm.epsilon",
                         attack.fgsm().epsilon());
    case Attack::kPgd:
      ROBBENCH_RETURN_IF_ERROR(
          CheckLength(path, position, "pgd.epsilon", attack.pgd().epsilon()));
      ROBBENCH_RETURN_IF_ERROR(CheckLength(path, position, "pgd.step_size",
                                           attack.pgd().step_size()));
      if (attack.pgd().steps() >= 1 && attack.pgd().steps() <= 100'000) {
        return absl::OkStatus();
      }
      return AttackError(
          path, position, "pgd.steps",
          absl::StrCat("expected 1 to 100000, found ", attack.pgd().steps()));
    case Attack::KIND_NOT_SET:
      break;
  }
  return AttackError(path, position, "kind",
                     "expected clean, fgsm or pgd, found none");
}

}  // namespace

absl::Status CheckAttackSuite(const std::string& path,
                              const AttackSuite& suite) {
  if (suite.batch_size() < 1 || suite.batch_size() > 65'536) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": batch_size: expected 1 to 65536, found ", suite.batch_size()));
  }
  if (suite.attacks().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": attacks: expected at least one, found none"));
  }
  std::set<std::string> names;
  for (int i = 0; i < suite.attacks_size(); ++i) {
    ROBBENCH_RETURN_IF_ERROR(CheckAttack(path, i, suite.attacks(i)));
    if (!names.insert(suite.attacks(i).name()).second) {
      return AttackError(path, i, "name",
                         absl::StrCat("expected each name once, found \"",
                                      suite.attacks(i).name(), "\" again"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> SeedOfWeights(const SafetensorsFile& weights,
                                       uint32_t fallback) {
  const auto entry = weights.metadata().find("seed");
  if (entry == weights.metadata().end()) return fallback;
  uint32_t seed = 0;
  if (absl::SimpleAtoi(entry->second, &seed)) return seed;
  return absl::InvalidArgumentError(
      absl::StrCat(weights.path(),
                   ": metadata seed: expected a number, found "
                   "\"",
                   entry->second, "\""));
}

absl::StatusOr<EvaluationRecord> Evaluate(
    const Cell& cell, const Dataset& dataset, const SafetensorsFile& weights,
    const std::string& suite_path, const AttackSuite& suite, uint32_t seed,
    int64_t images, const std::string& device) {
  ROBBENCH_RETURN_IF_ERROR(CheckAttackSuite(suite_path, suite));
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
        const FoldedNetwork network(*plan,
                                    {dataset.mean, dataset.standard_deviation},
                                    ToDevice(state, at::Device(device)));
        EvaluationRecord record;
        record.set_dataset(dataset.name);
        *record.mutable_cell() = MakeCellIdentity(cell);
        record.set_seed(seed);
        record.set_suite(suite.name());
        record.mutable_skeleton()->set_channels(size.channels);
        record.mutable_skeleton()->set_cells_per_stage(size.cells_per_stage);

        ProgressPrinter printer(absl::StrCat("cell ", cell.Index(), " ",
                                             cell.Code(), " seed ", seed),
                                images * suite.attacks_size());
        Evaluation evaluation(network, dataset, suite, seed, images,
                              at::Device(device), printer);
        EvaluationObservations observations;
        for (int i = 0; i < suite.attacks_size(); ++i) {
          *record.add_attacks() = evaluation.Run(i, observations);
        }
        observations.changed_at_epsilon_zero =
            evaluation.ChangedAtEpsilonZero();
        AddSelfChecks(observations, record);
        return record;
      });
}

}  // namespace robbench
