#include "analysis/report/page/report_content.h"

#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "analysis/table/cell_name.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "analysis/table/table_gap.h"
#include "analysis/text/number_format.h"
#include "nas/cell.pb.h"
#include "ntk/ntk.pb.h"
#include "training/recipe.pb.h"

namespace robbench {
namespace {

// Returns "sum of logits" for "SUM_OF_LOGITS".
std::string EnumWords(absl::string_view name) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", " "}});
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

std::string CellsPerStage(const Skeleton& skeleton) {
  return absl::StrCat(skeleton.cells_per_stage(),
                      skeleton.cells_per_stage() == 1 ? " cell" : " cells",
                      " a stage");
}

}  // namespace

std::vector<std::string> Warnings(const BenchmarkTable& table) {
  std::vector<std::string> warnings;
  for (const Gap& gap : table.proto().gaps()) {
    warnings.push_back(absl::StrCat(GapSentence(gap), "."));
  }
  // A flag of NTKs mostly holds for a cell whatever the seed, so each flag gets
  // one line.
  std::map<std::string, std::set<std::string>> flagged;
  for (const CellRun& run : table.proto().runs()) {
    for (const RecordSource& source : run.sources()) {
      for (const std::string& flag : source.flags()) {
        flagged[flag].insert(run.cell().code());
      }
      if (!source.unreliable() && source.failed_checks().empty()) continue;
      warnings.push_back(absl::StrCat(
          "Cell ", CellName(run.cell()), ", seed ", run.seed(), ", ",
          DatasetLabel(run.dataset()), ", suite ", source.suite(), ": ",
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
  std::string images = absl::StrCat(
      DatasetLabel(data.name()), ", ", data.classes(), " classes, ",
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
