#include "training/evaluation/evaluate_corruptions.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "nas/base/status_macros.h"
#include "training/attack_suite.pb.h"
#include "training/dataset/cifar.h"
#include "training/dataset/cifar10c.h"
#include "training/evaluation/evaluate.h"

namespace robbench {
namespace {

constexpr uint32_t kBatchSize = 250;

Attack CleanAttackNamed(const std::string& name) {
  Attack attack;
  attack.set_name(name);
  attack.mutable_clean();
  return attack;
}

}  // namespace

std::string CorruptionName(absl::string_view path) {
  const absl::string_view name = path.substr(path.rfind('/') + 1);
  return std::string(absl::StripSuffix(name, ".npy"));
}

CorruptionEvaluation::CorruptionEvaluation(const Cell& cell, Dataset dataset,
                                           const SafetensorsFile& weights,
                                           uint32_t seed, std::string device)
    : cell_(cell),
      dataset_(std::move(dataset)),
      weights_(weights),
      seed_(seed),
      device_(std::move(device)) {
  dataset_.train = {};
}

absl::Status CorruptionEvaluation::Add(const std::string& images_path,
                                       absl::string_view images,
                                       const std::string& labels_path,
                                       absl::string_view labels) {
  if (dataset_.classes != CifarClasses(CifarKind::kCifar10) ||
      dataset_.channels != kCifarChannels ||
      dataset_.image_size != kCifarImageSize) {
    return absl::InvalidArgumentError(absl::StrCat(
        "data set ", dataset_.name, ": expected CIFAR-10's 10 classes and 3 x ",
        kCifarImageSize, " x ", kCifarImageSize, " pixels, found ",
        dataset_.classes, " and ", dataset_.channels, " x ",
        dataset_.image_size, " x ", dataset_.image_size));
  }
  const std::string corruption = CorruptionName(images_path);
  for (const AttackResult& result : record_.attacks()) {
    if (result.name() != absl::StrCat(corruption, "_1")) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(images_path, ": corruption ", corruption,
                     ": expected each one once, found a second file"));
  }
  for (int severity = 1; severity <= kCifar10cSeverities; ++severity) {
    ROBBENCH_ASSIGN_OR_RETURN(
        dataset_.test, ParseCifar10c(images_path, images, labels_path, labels,
                                     dataset_.test.labels, severity));
    AttackSuite suite;
    suite.set_name(kCorruptionsSuite);
    suite.set_batch_size(kBatchSize);
    *suite.add_attacks() =
        CleanAttackNamed(absl::StrCat(corruption, "_", severity));
    ROBBENCH_ASSIGN_OR_RETURN(const EvaluationRecord one,
                              Evaluate({.cell = cell_,
                                        .dataset = dataset_,
                                        .weights = weights_,
                                        .suite_path = kCorruptionsSuite,
                                        .suite = suite,
                                        .seed = seed_,
                                        .device = device_}));
    Merge(one);
  }
  return absl::OkStatus();
}

// Adds the results of one severity to the record. Of each self-check, the first
// that did not pass is kept.
void CorruptionEvaluation::Merge(const EvaluationRecord& one) {
  if (record_.attacks().empty()) {
    record_ = one;
    return;
  }
  record_.mutable_attacks()->MergeFrom(one.attacks());
  for (int i = 0; i < one.checks_size(); ++i) {
    if (one.checks(i).passed() || !record_.checks(i).passed()) continue;
    *record_.mutable_checks(i) = one.checks(i);
  }
  record_.set_unreliable(record_.unreliable() || one.unreliable());
}

absl::StatusOr<EvaluationRecord> CorruptionEvaluation::Finish() const {
  if (record_.attacks().empty()) {
    return absl::InvalidArgumentError(
        "corruptions: expected at least one file, found none");
  }
  EvaluationRecord record = record_;
  // The mean of accuracies is that of counts, as all results have the same
  // number of images.
  uint32_t correct = 0;
  uint32_t total = 0;
  for (const AttackResult& result : record.attacks()) {
    correct += result.correct();
    total += result.total();
  }
  AttackResult& mean = *record.add_attacks();
  mean.set_name(kCorruptionsSuite);
  mean.set_correct(correct);
  mean.set_total(total);
  *mean.mutable_attack() = CleanAttackNamed(kCorruptionsSuite);
  mean.set_max_perturbation(0);
  return record;
}

}  // namespace robbench
