#include "analysis/collect/synthetic_records.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "glog/logging.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
#include "nas/base/digest.h"
#include "nas/base/philox.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/record.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "nas/operation.h"

namespace robbench {
namespace {

constexpr char kAttacks[] = R"pb(
  name: "mini"
  batch_size: 250
  attacks {
    name: "clean"
    clean {}
  }
  attacks {
    name: "fgsm_10"
    fgsm { epsilon: 10 }
  }
  attacks {
    name: "pgd_10"
    pgd { epsilon: 10 step_size: 1.25 steps: 20 random_start: true }
  }
  attacks {
    name: "fgsm_25"
    fgsm { epsilon: 25 }
  }
  attacks {
    name: "pgd_25"
    pgd { epsilon: 25 step_size: 3.125 steps: 20 random_start: true }
  }
)pb";

constexpr char kRecipe[] = R"pb(
  skeleton { channels: 8 cells_per_stage: 1 }
  epochs: 4
  batch_size: 64
  weight_decay: 0.0005
  schedule {
    max_learning_rate: 0.1
    start_divisor: 25
    end_divisor: 10000
    rise_share: 0.3
    max_momentum: 0.95
    min_momentum: 0.85
  }
  attack { epsilon: 25 step_size: 6.25 steps: 7 random_start: true }
  augmentation { crop_padding: 2 flip_probability: 0.5 }
)pb";

constexpr char kNtkSpec[] = R"pb(
  skeleton { channels: 8 cells_per_stage: 1 }
  images: 64
  image_choice: FIRST
  attack { epsilon: 25 relative_step_size: 0.125 steps: 20 random_start: true }
  twice: false
  scalar: SUM_OF_LOGITS
  parameters: ALL
  batch_norm: EVAL
  ratio: 2
)pb";

template <typename T>
SyntheticSpec<T> Parse(const char* text) {
  SyntheticSpec<T> spec{text, {}};
  CHECK(google::protobuf::TextFormat::ParseFromString(text, &spec.message));
  return spec;
}

Cell CellOf(const std::string& code) {
  const auto cell = Cell::FromCode(code);
  CHECK(cell.ok()) << cell.status();
  return *cell;
}

// Returns whether a path of operations other than `none` leads to the output.
bool IsLive(const Cell& cell) {
  bool live[kNumNodes] = {true, false, false, false};
  for (int target = 1; target < kNumNodes; ++target) {
    for (int edge = 0; edge < kNumEdges; ++edge) {
      if (kEdges[edge].target == target && live[kEdges[edge].source] &&
          cell.operation(edge) != Operation::kNone) {
        live[target] = true;
      }
    }
  }
  return live[kNumNodes - 1];
}

// Returns how good a cell is, between 0 (at chance) and 1.
double Quality(const std::string& code) {
  const Cell cell = CellOf(code);
  if (!IsLive(cell)) return 0;
  constexpr double kWorth[] = {0.0, 0.08, 0.12, 0.155, 0.04};
  double quality = 0.1;
  for (int edge = 0; edge < kNumEdges; ++edge) {
    quality += kWorth[static_cast<int>(cell.operation(edge))];
  }
  return std::min(quality, 1.0);
}

double Noise(const std::string& code, uint32_t seed, uint32_t step) {
  PhiloxStream stream(seed, Purpose::kTest, 0, step, CellOf(code).Index());
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += stream.UniformDouble();
  return sum;  // about standard normal
}

std::string WeightsDigest(const SyntheticOptions& options,
                          const std::string& code, uint32_t seed) {
  return Sha256(absl::StrCat(options.dataset, " ", code, " ", seed));
}

template <typename T>
void FillCommon(const SyntheticOptions& options, const std::string& code,
                uint32_t seed, const std::string& producer,
                std::vector<std::pair<std::string, absl::string_view>> inputs,
                T& record) {
  inputs.emplace_back("dataset", options.dataset);
  *record.mutable_provenance() =
      MakeProvenance(producer, options.numeric_profile, inputs);
  record.set_dataset(options.dataset);
  *record.mutable_cell() = MakeCellIdentity(CellOf(code));
  record.set_seed(seed);
}

// Returns "robust_twice_8" for a spec of several epsilons, else "robust_twice".
std::string KernelName(KernelScore::Kind kind, const NtkSpec& spec,
                       double epsilon) {
  std::string name = absl::AsciiStrToLower(KernelScore::Kind_Name(kind));
  if (kind != KernelScore::CLEAN && spec.attack().epsilon_size() > 1) {
    absl::StrAppend(&name, "_", epsilon);
  }
  return name;
}

// Returns the kernels of a spec, named as //ntk:score names them, without
// scores.
std::vector<KernelScore> KernelsOf(const NtkSpec& spec) {
  std::vector<KernelScore> kernels;
  const auto add = [&](KernelScore::Kind kind, double epsilon) -> KernelScore& {
    KernelScore& kernel = kernels.emplace_back();
    kernel.set_kernel(KernelName(kind, spec, epsilon));
    kernel.set_kind(kind);
    if (kind != KernelScore::CLEAN) kernel.set_epsilon(epsilon);
    return kernel;
  };
  add(KernelScore::CLEAN, 0);
  for (const double epsilon : spec.attack().epsilon()) {
    add(KernelScore::CROSS, epsilon);
    add(KernelScore::ROBUST, epsilon);
    if (!spec.twice()) continue;
    add(KernelScore::CROSS_TWICE, epsilon);
    add(KernelScore::ROBUST_TWICE, epsilon);
  }
  for (const double epsilon : spec.attack().epsilon()) {
    for (const double mix : spec.mix()) {
      for (const KernelScore::Kind kind :
           {KernelScore::MIXED, KernelScore::MIXED_TWICE}) {
        if (kind == KernelScore::MIXED_TWICE && !spec.twice()) continue;
        KernelScore& kernel = add(kind, epsilon);
        kernel.set_kernel(absl::StrCat(kernel.kernel(), "_", mix));
        kernel.set_mix(mix);
      }
    }
  }
  return kernels;
}

}  // namespace

SyntheticSpec<Recipe> SyntheticRecipe() { return Parse<Recipe>(kRecipe); }
SyntheticSpec<AttackSuite> SyntheticSuite() {
  return Parse<AttackSuite>(kAttacks);
}
SyntheticSpec<NtkSpec> SyntheticNtkSpec() { return Parse<NtkSpec>(kNtkSpec); }

SyntheticOptions TwentyCells() {
  SyntheticOptions options;
  options.codes = {"333333", "323133", "222222", "111111", "444444",
                   "030000", "144444", "333123", "132013", "421211",
                   "334131", "433444", "333133", "310201", "213104",
                   "140232", "003102", "100100", "200303", "444133"};
  return options;
}

std::string SyntheticDatasetSpec(const SyntheticOptions& options) {
  return absl::StrCat("name: \"", options.dataset, R"pb("
                                                        format: IDX
                                                        classes: 10
                                                        train_images: 4000
                                                        test_images: 1000
                                                        pad: 2
                                                        downsample: 2
                                                        mean: 72.9
                                                        standard_deviation: 90
  )pb");
}

std::string SyntheticStatisticsSpec() {
  return R"pb(
    averages {
      name: "robust_average"
      of: "fgsm_10"
      of: "pgd_10"
      of: "fgsm_25"
      of: "pgd_25"
    }
    ranking_metric: "pgd_25"
    best_count: 5
  )pb";
}

TrainRecord SyntheticTraining(const SyntheticOptions& options,
                              const std::string& code, uint32_t seed) {
  TrainRecord record;
  FillCommon(options, code, seed, "training:train",
             {{"recipe", options.recipe.text}}, record);
  const Recipe& recipe = options.recipe.message;
  *record.mutable_recipe() = recipe;
  const double quality = Quality(code);
  for (uint32_t epoch = 1; epoch <= recipe.epochs(); ++epoch) {
    const double progress = 4.0 * epoch / recipe.epochs();
    EpochRecord& out = *record.add_epochs();
    out.set_epoch(epoch);
    out.set_loss(2.3 - quality * (0.5 + 0.2 * progress));
    out.set_accuracy(0.1 + quality * (0.1 + 0.1 * progress));
    out.set_learning_rate(0.1 / epoch);
  }
  record.set_train_images(options.train_images);
  uint64_t cost = 0;
  for (const char digit : code) {
    cost += digit == '3' ? 1000000 : digit == '2' ? 120000 : 0;
  }
  record.set_multiply_adds(400000 + cost);
  record.set_parameters(9000 + cost / 70);
  record.set_weights_sha256(WeightsDigest(options, code, seed));
  return record;
}

EvaluationRecord SyntheticEvaluation(const SyntheticOptions& options,
                                     const std::string& code, uint32_t seed) {
  return SyntheticEvaluation(options, options.suite, code, seed);
}

EvaluationRecord SyntheticEvaluation(const SyntheticOptions& options,
                                     const SyntheticSpec<AttackSuite>& suite,
                                     const std::string& code, uint32_t seed) {
  EvaluationRecord record;
  FillCommon(options, code, seed, "training:evaluate",
             {{"attacks", suite.text}}, record);
  // The digest is of weights that were never written.
  InputDigest& weights = *record.mutable_provenance()->add_inputs();
  weights.set_role("weights");
  weights.set_sha256(WeightsDigest(options, code, seed));
  record.set_suite(suite.message.name());
  *record.mutable_skeleton() = options.recipe.message.skeleton();
  const double quality = Quality(code);
  const double strength[] = {1.0, 0.93, 0.91, 0.74, 0.7};
  const double shift = Noise(code, seed, 0) * 0.008;
  const auto add = [&](const Attack& attack) -> AttackResult& {
    const int i = record.attacks_size();
    AttackResult& out = *record.add_attacks();
    out.set_name(attack.name());
    *out.mutable_attack() = attack;
    const double accuracy =
        0.1 + (quality == 0 ? 0
                            : (0.72 * std::pow(quality, 0.6) + shift +
                               Noise(code, seed, i + 1) * 0.002) *
                                  strength[std::min(i, 4)]);
    const int total = options.test_images;
    out.set_total(total);
    out.set_correct(std::clamp<int>(std::lround(total * accuracy), 0, total));
    out.set_max_perturbation(i == 0 ? 0 : i < 3 ? 10 : 25);
    return out;
  };
  for (const Attack& attack : suite.message.attacks()) {
    for (const Attack& member : attack.group().attacks()) {
      add(member).set_group(attack.name());
    }
    add(attack);
  }
  SelfCheck& check = *record.add_checks();
  check.set_name("pgd_not_weaker_than_fgsm");
  check.set_value(0);
  // One run of one cell is flagged, so that a report has something to show.
  const bool passed = code != "144444" || seed != 1;
  check.set_passed(passed);
  if (!passed) check.set_reason("PGD leaves 0.8 points more than FGSM");
  record.set_unreliable(!passed);
  return record;
}

NtkRecord SyntheticNtk(const SyntheticOptions& options, const std::string& code,
                       uint32_t seed) {
  NtkRecord record;
  const NtkSpec& spec = options.ntk.message;
  FillCommon(options, code, seed, "ntk:score", {{"spec", options.ntk.text}},
             record);
  *record.mutable_spec() = spec;
  record.set_from_weights(false);
  if (Quality(code) == 0) record.add_flags("dead_cell");
  const double quality = Quality(code);
  int step = 100;
  for (const KernelScore& kernel : KernelsOf(spec)) {
    KernelScore& score = *record.add_scores();
    score = kernel;
    const double noise = Noise(code, seed, step++) * 0.6;
    const double smallest =
        quality == 0 ? 0 : std::exp(9 * quality - 9 + noise);
    const double largest = 5e3 * (0.02 + quality);
    score.set_min_eigenvalue(smallest);
    score.set_max_eigenvalue(largest);
    score.set_condition_number(smallest == 0
                                   ? std::numeric_limits<double>::infinity()
                                   : largest / smallest);
    score.set_trace(largest * 1.4);
    score.set_frobenius_norm(largest * 1.05);
    for (int k = 1; k <= spec.ratio_size(); ++k) {
      score.add_eigenvalue_ratio(score.condition_number() / (3 * k));
    }
    score.set_label_complexity(smallest == 0
                                   ? std::numeric_limits<double>::infinity()
                                   : 10 / smallest);
    score.set_label_alignment(0.2 * quality);
    score.set_singular(smallest == 0);
  }
  return record;
}

std::vector<RecordFile> SyntheticRecordsOf(const SyntheticOptions& options,
                                           const std::string& code,
                                           const std::string& name) {
  std::vector<RecordFile> files;
  const auto add = [&](const std::string& path,
                       const google::protobuf::Message& record) {
    files.push_back({path, SerializeRecord(record)});
  };
  for (const uint32_t seed : options.seeds) {
    const std::string run = absl::StrCat("cell_", name, "_seed_", seed);
    add(run + ".train.binpb", SyntheticTraining(options, code, seed));
    add(run + ".eval.binpb", SyntheticEvaluation(options, code, seed));
    const SyntheticSpec<AttackSuite>& more = options.first_seed_suite;
    if (seed == options.seeds[0] && !more.message.attacks().empty()) {
      add(absl::StrCat(run, ".", more.message.name(), ".eval.binpb"),
          SyntheticEvaluation(options, more, code, seed));
    }
    add(run + ".ntk.binpb", SyntheticNtk(options, code, seed));
  }
  return files;
}

std::vector<RecordFile> SyntheticRecords(const SyntheticOptions& options) {
  std::vector<RecordFile> files;
  for (const std::string& code : options.codes) {
    for (RecordFile& file : SyntheticRecordsOf(options, code, code)) {
      files.push_back(std::move(file));
    }
  }
  return files;
}

}  // namespace robbench
