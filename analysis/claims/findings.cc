// Says what the numbers show beside the paper's claims.
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "analysis/claims/claim_groups.h"
#include "analysis/claims/claim_inputs.h"
#include "analysis/claims/claim_parts.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/statistics/coefficient_text.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/cell_name.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/number_format.h"
#include "training/recipe.pb.h"

namespace robbench {
namespace {

// The one-sided 99.9 % quantile of the normal distribution.
constexpr double kNormal999 = 3.0902;

const SeedNoise* FindNoise(const Statistics& statistics, const ColumnKey& key) {
  for (const SeedNoise& noise : statistics.seed_noises()) {
    if (noise.column().dataset() == key.dataset() &&
        noise.column().metric() == key.metric()) {
      return &noise;
    }
  }
  return nullptr;
}

int SeedsOf(const Column& column, int cell) {
  int seeds = column.mean_of();
  for (const Column::Seed& seed : column.seeds()) {
    seeds += !std::isnan(seed.value(cell));
  }
  return seeds;
}

Finding NewFinding(const std::string& dataset, absl::string_view heading,
                   std::string text, Claim::Part evidence) {
  Finding finding;
  if (!dataset.empty()) finding.set_dataset(dataset);
  finding.set_heading(std::string(heading));
  finding.set_text(std::move(text));
  *finding.mutable_evidence() = evidence.evidence();
  return finding;
}

// Writes the sentences about one data set.
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

  void Add(std::vector<Finding>& findings, absl::string_view heading,
           std::string text, Claim::Part evidence) const {
    findings.push_back(NewFinding(dataset_.dataset(), heading, std::move(text),
                                  std::move(evidence)));
  }

  Estimate& AddValue(absl::string_view id, absl::string_view name,
                     absl::string_view unit, double value, const Column& column,
                     Claim::Part& part) const {
    return AddEstimate(id, name, unit, value, {dataset_.dataset()},
                       ProtocolOf(table_, column), part);
  }

  void AddBest(std::vector<Finding>& findings) const {
    const RankedCell& best = dataset_.ranking(0);
    Claim::Part part;
    AddValue("highest",
             absl::StrCat("accuracy of cell ", CellName(best.cell())), "share",
             best.value(), metric_, part);
    std::string text = absl::StrCat("Cell ", CellName(best.cell()), " keeps ",
                                    Percent(best.value()), "% under ", label_);
    for (const Column* column :
         table_.Columns(dataset_.dataset(), Column::ACCURACY)) {
      if (column->has_attack() && column->attack().has_clean()) {
        const double clean = column->mean(Position(best));
        absl::StrAppend(&text, " (clean: ", Percent(clean), "%)");
        AddValue("clean", "its clean accuracy", "share", clean, *column, part);
      }
    }
    if (const Distribution* box =
            FindDistribution(statistics_, metric_.key())) {
      absl::StrAppend(&text, "; the median of the ",
                      Grouped(dataset_.ranking_size()), " cells is ",
                      Percent(box->median()), "%.");
      AddValue("median", "median accuracy of the cells", "share", box->median(),
               metric_, part);
    }
    // The variance of a mean over k seeds is that of one seed over k, and that
    // of the difference of two such means is twice as large.
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
      AddValue("near",
               "other cells within the 95 % range of the noise "
               "between seeds",
               "cells", near, metric_, part);
      absl::StrAppend(&text, " Given the noise between seeds, ",
                      near == 0   ? "no other cell is"
                      : near == 1 ? "one other cell is"
                                  : absl::StrCat(near, " other cells are"),
                      " within its 95% range.");
    }
    Add(findings, "Most robust cell", std::move(text), std::move(part));
  }

  void AddChance(std::vector<Finding>& findings) const {
    const double chance = dataset_.chance();
    // All seeds have the same test images, so several seeds are no larger
    // sample of images.
    const double images = metric_.images();
    const double margin =
        images > 0 ? kNormal999 * std::sqrt(chance * (1 - chance) / images) : 0;
    std::vector<std::string> at_chance;
    for (const RankedCell& ranked : dataset_.ranking()) {
      if (ranked.value() <= chance + margin) {
        at_chance.push_back(ranked.cell().code());
      }
    }
    const int above = dataset_.ranking_size() - at_chance.size();
    Claim::Part part;
    AddValue("above_chance",
             "cells above chance by more than the sampling of test images "
             "(99.9 %)",
             "cells", above, metric_, part);
    AddValue("ranked_cells", "ranked cells", "cells", dataset_.ranking_size(),
             metric_, part);
    AddEstimate("chance", "accuracy by chance", "share", chance,
                {dataset_.dataset()}, "1 / classes", part);
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
    Add(findings, "Above chance", text + ".", std::move(part));
  }

  void AddSeeds(std::vector<Finding>& findings) const {
    Claim::Part part;
    std::vector<std::string> parts;
    for (const SeedAgreement& seeds : statistics_.seed_agreements()) {
      if (seeds.column().dataset() != dataset_.dataset() ||
          seeds.column().metric() != metric_.key().metric() ||
          !seeds.has_spearman()) {
        continue;
      }
      AddValue(
          absl::StrCat("seeds_", seeds.first_seed(), "_", seeds.second_seed()),
          absl::StrCat("Spearman's coefficient between seeds ",
                       seeds.first_seed(), " and ", seeds.second_seed()),
          "coefficient", seeds.spearman(), metric_, part);
      parts.push_back(absl::StrCat(
          Coefficient(seeds.spearman()), " between seeds ", seeds.first_seed(),
          " and ", seeds.second_seed(), " (", seeds.cells(), " cells)"));
    }
    if (parts.empty()) return;
    std::string text = absl::StrCat("Spearman's coefficient of the ranking by ",
                                    label_, " is ", absl::StrJoin(parts, ", "));
    if (const SeedNoise* noise = FindNoise(statistics_, metric_.key())) {
      AddValue("seed_noise", "standard deviation of one seed's accuracy",
               "share", noise->standard_deviation(), metric_, part);
      absl::StrAppend(&text,
                      "; one seed's accuracy has a standard deviation "
                      "of ",
                      Percent(noise->standard_deviation(), 2), " points");
    }
    Add(findings, "Is the ranking signal?", text + ".", std::move(part));
  }

  const BenchmarkTable& table_;
  const Statistics& statistics_;
  const DatasetStatistics& dataset_;
  const Column& metric_;
  const std::string label_;
};

// Says how a benchmark's recipe differs from the paper's, as far as it matters
// for accuracy. Returns "" if it does not.
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
                       "data set " + DatasetLabel(benchmark.dataset().name()));
  }
  return absl::StrJoin(differences, ", ");
}

Finding WhatWasRun(const BenchmarkTable& table, const Benchmark& benchmark) {
  const std::string& name = benchmark.dataset().name();
  if (benchmark.published()) {
    return NewFinding(
        name, "What was published",
        absl::StrCat("The authors' accuracies of ", Grouped(table.num_cells()),
                     " adversarially trained cells on ", DatasetLabel(name),
                     ", one of each isomorphism class. None was trained here; "
                     "costs and statistics are ours."),
        {});
  }
  std::set<uint32_t> seeds;
  int runs = 0;
  for (const CellRun& run : table.proto().runs()) {
    if (run.dataset() != name || !run.has_final_loss()) continue;
    seeds.insert(run.seed());
    ++runs;
  }
  std::string text = absl::StrCat(
      table.num_cells(), " cells were adversarially trained on ",
      DatasetLabel(name), " (", Grouped(benchmark.train_images()), " images, ",
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
  return NewFinding(name, "What was run", std::move(text), {});
}

}  // namespace

std::vector<Finding> Findings(const ClaimInputs& inputs) {
  const BenchmarkTable& table = inputs.table;
  std::vector<Finding> findings;
  for (const Benchmark& benchmark : table.proto().benchmarks()) {
    findings.push_back(WhatWasRun(table, benchmark));
    for (const DatasetStatistics& dataset : inputs.statistics.datasets()) {
      if (dataset.dataset() != benchmark.dataset().name()) continue;
      DatasetFindings(table, inputs.statistics, dataset).Add(findings);
    }
    for (Finding& finding :
         SearchFindings(inputs, benchmark.dataset().name())) {
      findings.push_back(std::move(finding));
    }
  }
  for (Finding& finding : PredictorFindings(inputs)) {
    findings.push_back(std::move(finding));
  }
  int runs = 0, unreliable = 0;
  for (const CellRun& run : table.proto().runs()) {
    for (const RecordSource& source : run.sources()) {
      runs += source.kind() == RecordSource::EVALUATION;
      unreliable += source.unreliable();
    }
  }
  if (runs == 0) return findings;
  findings.push_back(NewFinding(
      "", "Self-checks",
      unreliable == 0
          ? absl::StrCat("All ", runs, " evaluations passed their own checks.")
          : absl::StrCat(unreliable, " of ", runs,
                         " evaluations did not pass their own checks; see "
                         "the warnings below."),
      {}));
  return findings;
}

}  // namespace robbench
