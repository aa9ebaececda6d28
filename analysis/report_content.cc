#include "analysis/report_content.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "analysis/compute_statistics.h"
#include "analysis/metric_name.h"
#include "analysis/number_format.h"
#include "analysis/report_words.h"
#include "analysis/table.pb.h"
#include "analysis/table_gap.h"
#include "nas/cell.pb.h"
#include "ntk/ntk.pb.h"
#include "training/recipe.pb.h"

namespace robbench {
namespace {

// One-sided 99.9 % of the normal distribution.
constexpr double kNormal999 = 3.0902;

// "SUM_OF_LOGITS" as "sum of logits".
std::string EnumWords(absl::string_view name) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", " "}});
}

const SeedNoise* FindNoise(const Statistics& statistics, const ColumnKey& key) {
  for (const SeedNoise& noise : statistics.seed_noises()) {
    if (noise.column().dataset() == key.dataset() &&
        noise.column().metric() == key.metric()) {
      return &noise;
    }
  }
  return nullptr;
}

std::set<uint32_t> Seeds(const BenchmarkTable& table,
                         const std::string& dataset) {
  std::set<uint32_t> seeds;
  for (const CellRun& run : table.proto().runs()) {
    if (run.dataset() == dataset && run.has_final_loss()) {
      seeds.insert(run.seed());
    }
  }
  return seeds;
}

int SeedsOf(const Column& column, int cell) {
  int seeds = column.mean_of();
  for (const Column::Seed& seed : column.seeds()) {
    seeds += !std::isnan(seed.value(cell));
  }
  return seeds;
}

// Sentences about one data set.
class DatasetFindings {
 public:
  DatasetFindings(const BenchmarkTable& table, const Statistics& statistics,
                  const DatasetStatistics& dataset)
      : table_(table),
        statistics_(statistics),
        dataset_(dataset),
        metric_(RankingColumn(table, statistics, dataset)),
        label_(MetricLabel(metric_)) {}

  void Add(std::vector<Finding>& findings) const {
    if (dataset_.ranking().empty()) return;
    AddBest(findings);
    AddChance(findings);
    AddSeeds(findings);
  }

 private:
  int Position(const RankedCell& ranked) const {
    return *table_.PositionOf(ranked.cell());
  }

  void Add(std::vector<Finding>& findings, std::string heading,
           std::string text) const {
    findings.push_back(
        {dataset_.dataset(), std::move(heading), std::move(text)});
  }

  void AddBest(std::vector<Finding>& findings) const {
    const RankedCell& best = dataset_.ranking(0);
    std::string text = absl::StrCat("Cell ", CellName(best.cell()), " keeps ",
                                    Percent(best.value()), "% under ", label_);
    for (const Column* column :
         table_.Columns(dataset_.dataset(), Column::ACCURACY)) {
      if (column->has_attack() && column->attack().has_clean()) {
        absl::StrAppend(
            &text, " (clean: ", Percent(column->mean(Position(best))), "%)");
      }
    }
    absl::StrAppend(&text, "; the median of the ",
                    Grouped(dataset_.ranking_size()), " cells is ");
    for (const Distribution& box : statistics_.distributions()) {
      if (box.column().dataset() == dataset_.dataset() &&
          box.column().metric() == metric_.key().metric()) {
        absl::StrAppend(&text, Percent(box.median()), "%.");
      }
    }
    // A mean over k seeds has a variance of one seed's over k; the difference
    // of two such means twice that.
    const SeedNoise* noise = FindNoise(statistics_, metric_.key());
    if (noise != nullptr && noise->standard_deviation() > 0) {
      int near = 0;
      for (const RankedCell& other : dataset_.ranking()) {
        if (other.rank() == 1) continue;
        const double deviation =
            noise->standard_deviation() *
            std::sqrt(1.0 / SeedsOf(metric_, Position(best)) +
                      1.0 / SeedsOf(metric_, Position(other)));
        near += best.value() - other.value() < 1.96 * deviation;
      }
      absl::StrAppend(&text, " Given the noise between seeds, ",
                      near == 0   ? "no other cell is"
                      : near == 1 ? "one other cell is"
                                  : absl::StrCat(near, " other cells are"),
                      " within its 95% range.");
    }
    Add(findings, "Most robust cell", text);
  }

  void AddChance(std::vector<Finding>& findings) const {
    const double chance = dataset_.chance();
    std::vector<std::string> at_chance;
    for (const RankedCell& ranked : dataset_.ranking()) {
      const double images = metric_.has_images()
                                ? static_cast<double>(metric_.images()) *
                                      SeedsOf(metric_, Position(ranked))
                                : 0;
      const double margin =
          images > 0 ? kNormal999 * std::sqrt(chance * (1 - chance) / images)
                     : 0;
      if (ranked.value() <= chance + margin) {
        at_chance.push_back(ranked.cell().code());
      }
    }
    const int above = dataset_.ranking_size() - at_chance.size();
    std::string text =
        absl::StrCat(Grouped(above), " of ", Grouped(dataset_.ranking_size()),
                     " cells beat chance (", Percent(chance), "%) under ",
                     label_, " by more than the test set's sampling noise");
    if (!at_chance.empty()) {
      const bool many = at_chance.size() > 10;
      if (many) at_chance.resize(10);
      absl::StrAppend(&text, "; at chance: ", absl::StrJoin(at_chance, ", "),
                      many ? ", …" : "");
    }
    Add(findings, "Above chance", text + ".");
  }

  void AddSeeds(std::vector<Finding>& findings) const {
    std::vector<std::string> parts;
    for (const SeedAgreement& seeds : statistics_.seed_agreements()) {
      if (seeds.column().dataset() != dataset_.dataset() ||
          seeds.column().metric() != metric_.key().metric() ||
          !seeds.has_spearman()) {
        continue;
      }
      parts.push_back(absl::StrCat(
          Coefficient(seeds.spearman()), " between seeds ", seeds.first_seed(),
          " and ", seeds.second_seed(), " (", seeds.cells(), " cells)"));
    }
    if (parts.empty()) return;
    std::string text = absl::StrCat("Spearman's coefficient of the ranking by ",
                                    label_, " is ", absl::StrJoin(parts, ", "));
    if (const SeedNoise* noise = FindNoise(statistics_, metric_.key())) {
      absl::StrAppend(&text,
                      "; one seed's accuracy has a standard deviation "
                      "of ",
                      Percent(noise->standard_deviation(), 2), " points");
    }
    Add(findings, "Is the ranking signal?", text + ".");
  }

  const BenchmarkTable& table_;
  const Statistics& statistics_;
  const DatasetStatistics& dataset_;
  const Column& metric_;
  const std::string label_;
};

std::string CellsPerStage(const Skeleton& skeleton) {
  return absl::StrCat(skeleton.cells_per_stage(),
                      skeleton.cells_per_stage() == 1 ? " cell" : " cells",
                      " a stage");
}

// Whether a recipe is the paper's in what drives accuracy.
std::string DifferencesFromPaper(const Benchmark& benchmark) {
  std::vector<std::string> differences;
  const Recipe& recipe = benchmark.recipe();
  const auto note = [&](absl::string_view what, double paper, double ours,
                        absl::string_view unit = "") {
    if (paper == ours) return;
    differences.push_back(
        absl::StrCat(what, " ", ours, unit, " (paper: ", paper, unit, ")"));
  };
  note("channels", 16, recipe.skeleton().channels());
  note("cells per stage", 5, recipe.skeleton().cells_per_stage());
  note("epochs", 50, recipe.epochs());
  note("batch", 256, recipe.batch_size());
  note("training ε", 8, recipe.attack().epsilon(), "/255");
  note("training attack steps", 7, recipe.attack().steps());
  static const auto& paper_sets =
      *new std::set<std::string>{"cifar10", "cifar100", "imagenet16_120"};
  if (!paper_sets.contains(benchmark.dataset().name())) {
    differences.insert(differences.begin(),
                       "data set " + benchmark.dataset().name());
  }
  return absl::StrJoin(differences, ", ");
}

void AddDatasetFindings(const BenchmarkTable& table,
                        const Statistics& statistics, const std::string& name,
                        std::vector<Finding>& findings) {
  for (const DatasetStatistics& dataset : statistics.datasets()) {
    if (dataset.dataset() != name) continue;
    DatasetFindings(table, statistics, dataset).Add(findings);
  }
}

}  // namespace

std::string CellName(const CellIdentity& cell) {
  return absl::StrCat(cell.index(), " (", cell.code(), ")");
}

std::string CellName(const CellKey& cell) {
  return absl::StrCat(cell.index(), " (", cell.code(), ")");
}

std::vector<Finding> Findings(const BenchmarkTable& table,
                              const Statistics& statistics) {
  std::vector<Finding> findings;
  for (const Benchmark& benchmark : table.proto().benchmarks()) {
    const std::string& name = benchmark.dataset().name();
    const std::set<uint32_t> seeds = Seeds(table, name);
    int runs = 0;
    for (const CellRun& run : table.proto().runs()) {
      runs += run.dataset() == name && run.has_final_loss();
    }
    if (benchmark.published()) {
      findings.push_back(
          {name, "What was published",
           absl::StrCat("The authors' accuracies of ",
                        Grouped(table.num_cells()),
                        " adversarially trained cells on ", name,
                        ", one of each isomorphism class. None was trained "
                        "here; costs and statistics are ours.")});
      AddDatasetFindings(table, statistics, name, findings);
      continue;
    }
    std::string text = absl::StrCat(
        table.num_cells(), " cells were adversarially trained on ", name, " (",
        Grouped(benchmark.train_images()), " images, ",
        benchmark.recipe().epochs(), " epochs, ", runs, " runs with ",
        seeds.size(), seeds.size() == 1 ? " seed" : " seeds",
        ") and attacked on the test set.");
    const std::string differences = DifferencesFromPaper(benchmark);
    if (!differences.empty()) {
      absl::StrAppend(&text, " This is not the paper's setting: ", differences,
                      ". So accuracies are not to be compared with the "
                      "published table; relations between cells are the "
                      "point.");
    }
    findings.push_back({name, "What was run", text});
    AddDatasetFindings(table, statistics, name, findings);
  }
  int runs = 0, unreliable = 0;
  for (const CellRun& run : table.proto().runs()) {
    for (const RecordSource& source : run.sources()) {
      runs += source.kind() == RecordSource::EVALUATION;
      unreliable += source.unreliable();
    }
  }
  if (runs == 0) return findings;
  findings.push_back(
      {"", "Self-checks",
       unreliable == 0
           ? absl::StrCat("All ", runs, " evaluations passed their own checks.")
           : absl::StrCat(unreliable, " of ", runs,
                          " evaluations did not pass their own checks; see "
                          "the warnings below.")});
  return findings;
}

std::vector<std::string> Warnings(const BenchmarkTable& table) {
  std::vector<std::string> warnings;
  for (const Gap& gap : table.proto().gaps()) {
    warnings.push_back(absl::StrCat(GapSentence(gap), "."));
  }
  // NTK flags mostly hold for a cell whatever the seed: one line a flag.
  std::map<std::string, std::set<std::string>> flagged;
  for (const CellRun& run : table.proto().runs()) {
    for (const RecordSource& source : run.sources()) {
      for (const std::string& flag : source.flags()) {
        flagged[flag].insert(run.cell().code());
      }
      if (!source.unreliable() && source.failed_checks().empty()) continue;
      warnings.push_back(
          absl::StrCat("Cell ", CellName(run.cell()), ", seed ", run.seed(),
                       ", ", run.dataset(), ", suite ", source.suite(), ": ",
                       source.failed_checks().empty()
                           ? std::string("marked unreliable")
                           : absl::StrJoin(source.failed_checks(), "; "),
                       "."));
    }
  }
  for (const auto& [flag, codes] : flagged) {
    warnings.push_back(absl::StrCat("NTK, ",
                                    absl::StrReplaceAll(flag, {{"_", " "}}),
                                    ": ", absl::StrJoin(codes, ", "), "."));
  }
  return warnings;
}

std::vector<std::pair<std::string, std::string>> Setting(
    const BenchmarkTable& table, const Benchmark& benchmark) {
  const BenchmarkDataset& data = benchmark.dataset();
  const Recipe& recipe = benchmark.recipe();
  const OneCycle& schedule = recipe.schedule();
  const TrainingAttack& attack = recipe.attack();
  std::vector<std::pair<std::string, std::string>> setting;
  std::string images =
      absl::StrCat(data.name(), ", ", data.classes(), " classes, ",
                   Grouped(benchmark.train_images()), " training images");
  if (data.spec().pad() > 0 || data.spec().downsample() > 1) {
    absl::StrAppend(&images, "; padded by ", data.spec().pad(), ", mean of ",
                    data.spec().downsample(), "×", data.spec().downsample(),
                    " pixels");
  }
  setting.emplace_back("Data", images);
  setting.emplace_back(
      "Skeleton",
      absl::StrCat(recipe.skeleton().channels(), " channels, ",
                   CellsPerStage(recipe.skeleton()), ", three stages"));
  setting.emplace_back(
      "Training",
      absl::StrCat(
          recipe.epochs(), " epochs of SGD, batch ", recipe.batch_size(),
          ", weight decay ", recipe.weight_decay(), "; OneCycle to ",
          schedule.max_learning_rate(), ", momentum ", schedule.max_momentum(),
          " → ", schedule.min_momentum(), " → ", schedule.max_momentum(),
          "; crop padding ", recipe.augmentation().crop_padding(), ", flip ",
          recipe.augmentation().flip_probability()));
  setting.emplace_back(
      "Training attack",
      absl::StrCat("PGD-", attack.steps(), ", ε = ", attack.epsilon(),
                   "/255, step ", attack.step_size(), "/255",
                   attack.random_start() ? ", random start" : ""));
  std::vector<std::string> attacks;
  for (const Column* column : table.Columns(data.name(), Column::ACCURACY)) {
    std::string label = MetricLabel(*column);
    if (column->attack().has_pgd()) {
      absl::StrAppend(
          &label, ", step ", column->attack().pgd().step_size(), "/255",
          column->attack().pgd().random_start() ? ", random start" : "");
    }
    attacks.push_back(
        absl::StrCat(label, " (", Grouped(column->images()), " images)"));
  }
  setting.emplace_back(
      benchmark.suites_size() == 1
          ? absl::StrCat("Attacks (suite ", benchmark.suites(0), ")")
          : "Attacks",
      absl::StrJoin(attacks, "; "));
  if (benchmark.has_ntk()) {
    const NtkSpec& ntk = benchmark.ntk();
    setting.emplace_back(
        "NTK",
        absl::StrCat(
            ntk.images(), " test images",
            ntk.image_choice() == NtkSpec::BALANCED ? " balanced by class, "
                                                    : ", ",
            ntk.skeleton().channels(), " channels, ",
            CellsPerStage(ntk.skeleton()), ", ",
            benchmark.ntk_from_weights() ? "trained weights"
                                         : "at initialisation",
            "; PGD-", ntk.attack().steps(),
            ", ε = ", absl::StrJoin(ntk.attack().epsilon(), "/255 and "),
            "/255; scalar ", EnumWords(NtkSpec::Scalar_Name(ntk.scalar())),
            ntk.has_scalar_class() ? absl::StrCat(" ", ntk.scalar_class()) : "",
            ", parameters ",
            EnumWords(NtkSpec::Parameters_Name(ntk.parameters())),
            ", BatchNorm ",
            EnumWords(NtkSpec::BatchNorm_Name(ntk.batch_norm()))));
  }
  if (benchmark.published()) {
    setting.emplace_back("Published by",
                         "the authors of NAS-RobBench-201; not run here. "
                         "Accuracies are means over three seeds, AutoAttack's "
                         "are one seed's");
    return setting;
  }
  setting.emplace_back("Seeds", absl::StrJoin(Seeds(table, data.name()), ", "));
  setting.emplace_back("Numeric profile", benchmark.numeric_profile());
  setting.emplace_back("Data set's SHA-256", benchmark.dataset_sha256());
  return setting;
}

}  // namespace robbench
