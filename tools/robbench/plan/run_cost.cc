#include "tools/robbench/plan/run_cost.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nas/base/record.h"
#include "nas/base/safetensors.h"
#include "nas/base/status_macros.h"
#include "nas/cell.pb.h"
#include "nas/cell_identity.h"
#include "nas/operation.h"
#include "training/evaluation/attack_suite.h"
#include "training/evaluation/evaluation_checks.h"

namespace robbench {
namespace {

// The default of --//tools:numeric_profile; others are as long or shorter.
constexpr char kProfile[] = "portable";

// Sets of adversarial examples of an NTK, each an attack.
int64_t AttackedSets(const NtkSpec& spec) {
  return int64_t{spec.attack().epsilon_size()} * (spec.twice() ? 2 : 1);
}

SkeletonSize SizeFor(const Skeleton& skeleton, const PlannedImages& images) {
  // Out of range is the plan's to say; here only no overflow.
  const auto clamped = [](uint32_t value) {
    return static_cast<int>(std::min<uint32_t>(value, 1 << 30));
  };
  return {.channels = clamped(skeleton.channels()),
          .cells_per_stage = clamped(skeleton.cells_per_stage()),
          .image_channels = images.channels,
          .image_size = images.size,
          .classes = images.classes};
}

std::string ParametersKey(const Cell& cell) {
  std::string key = cell.Code();
  for (char& digit : key) {
    if (!IsConvolution(static_cast<Operation>(digit - '0'))) digit = '0';
  }
  return key;
}

size_t TensorBytes(const Parameter& parameter) {
  return TensorEntry{DType::kF32, parameter.shape, {}}.NumElements() *
         ByteSize(DType::kF32);
}

}  // namespace

int64_t PlannedImages::Bytes() const {
  const int64_t label = ByteSize(DType::kI64);
  return (train_images + test_images) *
         (int64_t{channels} * size * size + label);
}

int64_t TrainingPasses(const Recipe& recipe) {
  return int64_t{recipe.epochs()} * (2 * int64_t{recipe.attack().steps()} + 3);
}

absl::uint128 NtkMultiplyAdds(const NtkSpec& spec, int classes,
                              const Cost& cost) {
  const int64_t images = spec.images();
  const int64_t outputs = spec.scalar() == NtkSpec::ALL_LOGITS ? classes : 1;
  // A backward pass is of one image, or of the batch that it is normalised in.
  const int64_t passes_back = spec.batch_norm() == NtkSpec::BATCH ? images : 1;
  const int64_t sets = 1 + AttackedSets(spec);
  const int64_t passes =
      AttackedSets(spec) * 2 * int64_t{spec.attack().steps()} +
      sets * (1 + 2 * outputs * passes_back);
  // Clean, and of each attacked set with the one before and with itself.
  const int64_t kernels = 1 + 2 * AttackedSets(spec);
  return absl::uint128(images * passes) * cost.multiply_adds +
         absl::uint128(kernels * outputs * images * images) * cost.parameters;
}

NetworkSizes::NetworkSizes(const Skeleton& skeleton,
                           const PlannedImages& images)
    : skeleton_(SizeFor(skeleton, images)), dataset_(images.name) {}

absl::StatusOr<NetworkSizes::Size*> NetworkSizes::SizeOf(const Cell& cell) {
  const auto [found, is_new] = sizes_.try_emplace(ParametersKey(cell));
  Size& size = found->second;
  if (!is_new) return &size;
  ROBBENCH_ASSIGN_OR_RETURN(size.plan, MakeNetworkPlan(cell, skeleton_));
  size.cost = CountCost(size.plan);
  return &size;
}

absl::StatusOr<Cost> NetworkSizes::CostOf(const Cell& cell) {
  ROBBENCH_ASSIGN_OR_RETURN(const Size* size, SizeOf(cell));
  return size->cost;
}

absl::StatusOr<int64_t> NetworkSizes::WeightsBytes(const Cell& cell,
                                                   uint32_t seed) {
  ROBBENCH_ASSIGN_OR_RETURN(Size * size, SizeOf(cell));
  const std::string text = absl::StrCat(seed);
  const auto [found, is_new] =
      size->weights_bytes.try_emplace(text.size(), int64_t{0});
  if (is_new) {
    // The file itself, with zeros for weights, so that its header is right.
    std::string zeros;
    for (const Parameter& parameter : size->plan.parameters) {
      zeros.resize(std::max(zeros.size(), TensorBytes(parameter)));
    }
    std::map<std::string, TensorEntry> tensors;
    for (const Parameter& parameter : size->plan.parameters) {
      tensors[parameter.name] = {
          DType::kF32, parameter.shape,
          absl::string_view(zeros).substr(0, TensorBytes(parameter))};
    }
    found->second = WriteSafetensors(tensors, {{"cell", cell.Code()},
                                               {"dataset", dataset_},
                                               {"seed", text}})
                        .size();
  }
  return found->second;
}

TrainRecord RecordOfTraining(const PlannedImages& images,
                             const Recipe& recipe) {
  TrainRecord record;
  *record.mutable_provenance() = MakeProvenance(
      "training:train", kProfile, {{"dataset", ""}, {"recipe", ""}});
  record.set_dataset(images.name);
  *record.mutable_recipe() = recipe;
  for (uint32_t epoch = 1; epoch <= recipe.epochs(); ++epoch) {
    EpochRecord& added = *record.add_epochs();
    added.set_epoch(epoch);
    added.set_loss(0);
    added.set_accuracy(0);
    added.set_learning_rate(0);
  }
  record.set_train_images(static_cast<uint32_t>(images.train_images));
  record.set_weights_sha256(record.provenance().inputs(0).sha256());
  return record;
}

EvaluationRecord RecordOfEvaluation(const PlannedImages& images,
                                    const Recipe& recipe,
                                    const AttackSuite& suite) {
  EvaluationRecord record;
  *record.mutable_provenance() =
      MakeProvenance("training:evaluate", kProfile,
                     {{"attacks", ""}, {"dataset", ""}, {"weights", ""}});
  record.set_dataset(images.name);
  record.set_suite(suite.name());
  *record.mutable_skeleton() = recipe.skeleton();
  const auto add = [&](const Attack& attack) -> AttackResult& {
    AttackResult& result = *record.add_attacks();
    result.set_name(attack.name());
    result.set_correct(static_cast<uint32_t>(images.test_images));
    result.set_total(static_cast<uint32_t>(images.test_images));
    *result.mutable_attack() = ResolveAttack(attack, images.classes);
    result.set_max_perturbation(0);
    return result;
  };
  for (const Attack& attack : suite.attacks()) {
    for (const Attack& member : attack.group().attacks()) {
      add(member).set_group(attack.name());
    }
    add(attack);
  }
  AddSelfChecks({}, record);
  return record;
}

int64_t RecordBytes(const Cell& cell, uint32_t seed, const Cost& cost,
                    TrainRecord& record) {
  *record.mutable_cell() = MakeCellIdentity(cell);
  record.set_seed(seed);
  record.set_multiply_adds(cost.multiply_adds);
  record.set_parameters(cost.parameters);
  return static_cast<int64_t>(record.ByteSizeLong());
}

int64_t RecordBytes(const Cell& cell, uint32_t seed, EvaluationRecord& record) {
  *record.mutable_cell() = MakeCellIdentity(cell);
  record.set_seed(seed);
  return static_cast<int64_t>(record.ByteSizeLong());
}

int64_t NtkRecordBytes(const NtkSpec& spec) {
  // Cell, provenance; names of kernels of a dozen letters; 8 numbers of eight
  // bytes and their tags, ratios besides.
  constexpr int64_t kHead = 360;
  const int64_t score = 14 + 7 * 9 + 6 + 9 * int64_t{spec.ratio_size()};
  const int64_t kernels =
      1 + AttackedSets(spec) * (2 + int64_t{spec.mix_size()});
  return kHead + kernels * score;
}

}  // namespace robbench
