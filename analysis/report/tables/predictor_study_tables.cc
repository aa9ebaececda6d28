#include "analysis/report/tables/predictor_study_tables.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/statistics/coefficient_text.h"
#include "analysis/studies/predictor/predictor_text.h"
#include "analysis/table/dataset_label.h"
#include "google/protobuf/repeated_field.h"

namespace robbench {
namespace {

ReportCell Text(std::string text) { return {std::move(text)}; }

ReportCell Estimated(bool has, const PredictorEstimate& estimate) {
  if (!has) return Text("–");
  return {PredictorEstimateText(has, estimate), estimate.value()};
}

ReportCell Points(double share) {
  return {absl::StrFormat("%.1f", 100 * share), 100 * share};
}

std::string Dataset(const PredictorStudy& study, int m) {
  return DatasetLabel(study.random(m).metric().dataset());
}

// Returns the multiply-adds of a value: "nothing", "4.1e9".
ReportCell Cost(const Predictor& predictor) {
  if (!predictor.has_cost()) return Text("–");
  const double cost = predictor.cost().multiply_adds();
  if (cost == 0) return {"nothing", 0};
  return {absl::StrFormat("%.1e", cost), cost};
}

ReportCell Seconds(const Predictor& predictor) {
  if (!predictor.has_seconds()) return Text("–");
  const double seconds = predictor.seconds().value();
  return {absl::StrFormat("%.2f", seconds), seconds};
}

ReportTable MainTable(const PredictorStudy& study,
                      const std::vector<int>& main) {
  ReportTable table;
  table.name = "predictor-study";
  table.title = "Cheap predictors against published accuracy";
  table.note = absl::StrCat(
      "Spearman's coefficient with its 95% interval (bootstrap over cells) of "
      "each predictor, in the direction that is expected of it, with ",
      study.spec().main_metric(), ", ", study.cells(),
      " cells. Beyond parameters: with "
      "parameters "
      "and multiply-adds held fixed, and best quarter: among the quarter of "
      "cells with the highest accuracy, both on ",
      Dataset(study, main[0]), ". Scores are of untrained networks, ",
      study.scores_spec().images(), " test images of ",
      DatasetLabel(study.dataset()), ", means over ", study.seeds_size(),
      study.seeds_size() == 1 ? " seed" : " seeds",
      "; seeds: Spearman between two seeds. A predictor without images "
      "is "
      "of clean ones or needs none. Multiply-adds and seconds of one value");
  if (study.spec().has_measured_on()) {
    absl::StrAppend(&table.note, ", measured on ", study.spec().measured_on());
  }
  absl::StrAppend(
      &table.note,
      ". Combinations are regressions, each cell predicted by cells of other "
      "networks. The last row is the bound that the noise of training sets. "
      "Joint intervals, which decide, are in the table of gains.",
      TrainedCellsText(study));
  table.filter = true;
  table.columns = {{"predictor", "", false},
                   {"multiply-adds", "", true},
                   {"seconds", "", true},
                   {"seeds", "Spearman between seeds", true}};
  for (const int m : main) {
    table.columns.push_back({Dataset(study, m), "Spearman", true});
  }
  table.columns.push_back({"beyond parameters", "partial Spearman", true});
  table.columns.push_back({"best quarter", "Spearman", true});
  for (const Predictor& predictor : study.predictors()) {
    auto& row = table.rows.emplace_back();
    row = {
        Text(PredictorLabel(predictor)), Cost(predictor), Seconds(predictor),
        Estimated(predictor.has_seed_agreement(), predictor.seed_agreement())};
    for (const int m : main) {
      const PredictorResult& result = predictor.results(m);
      row.push_back(Estimated(result.has_spearman(), result.spearman()));
    }
    const PredictorResult& first = predictor.results(main[0]);
    row.push_back(Estimated(first.has_partial(), first.partial()));
    row.push_back(Estimated(first.has_best_quarter(), first.best_quarter()));
  }
  auto& perfect = table.rows.emplace_back();
  perfect = {Text("a perfect predictor"), Text("–"), Text("–"), Text("–")};
  const PredictorNoise none;
  const auto noise_of = [&](int m) -> const PredictorNoise& {
    const PredictorNoise* noise =
        FindPredictorNoise(study, study.random(m).metric());
    return noise == nullptr ? none : *noise;
  };
  for (const int m : main) {
    perfect.push_back(
        Estimated(noise_of(m).has_spearman(), noise_of(m).spearman()));
  }
  const PredictorNoise& first = noise_of(main[0]);
  perfect.push_back(Estimated(first.has_partial(), first.partial()));
  perfect.push_back(Estimated(first.has_best_quarter(), first.best_quarter()));
  return table;
}

void AddCuts(const PredictorStudy& study,
             const google::protobuf::RepeatedPtrField<PredictorCut>& cuts,
             std::vector<ReportCell>& row) {
  for (const uint32_t size : study.spec().sizes()) {
    const PredictorCut* found = FindPredictorCut(cuts, size);
    row.push_back(found == nullptr ? Text("–") : Points(found->precision()));
    row.push_back(found == nullptr ? Text("–") : Points(found->regret()));
  }
}

ReportTable ShortLists(const PredictorStudy& study,
                       const std::vector<int>& main) {
  ReportTable table;
  table.name = "predictor-study-lists";
  table.title = "The cells that a predictor ranks first";
  table.note = absl::StrCat(
      "Of the k cells that a predictor ranks first: the percentage that is "
      "among the k with the highest published ",
      study.spec().main_metric(),
      ", and the regret, in points, of the best of the k below the best of "
      "all ",
      study.cells(),
      " cells. Ties count by their mean over all orders. There is no interval: "
      "the bootstrap does not hold for extremes. What noise resolves is the "
      "distance beyond which two published values differ. A short training of "
      "a "
      "part of the cells has no list, as it would be of fewer cells.");
  table.folded = true;
  table.filter = true;
  table.columns = {{"data set", "", false}, {"predictor", "", false}};
  for (const uint32_t size : study.spec().sizes()) {
    table.columns.push_back({absl::StrCat("best ", size), "percent", true});
    table.columns.push_back({absl::StrCat("regret ", size), "points", true});
  }
  for (const int m : main) {
    const auto start =
        [&](const std::string& name) -> std::vector<ReportCell>& {
      auto& row = table.rows.emplace_back();
      row = {Text(Dataset(study, m)), Text(name)};
      return row;
    };
    for (const Predictor& predictor : study.predictors()) {
      AddCuts(study, predictor.results(m).cuts(),
              start(PredictorLabel(predictor)));
    }
    AddCuts(study, study.random(m).cuts(), start("random cells"));
    const PredictorNoise* noise =
        FindPredictorNoise(study, study.random(m).metric());
    if (noise == nullptr) continue;
    AddCuts(study, noise->cuts(), start("a perfect predictor"));
    auto& resolved = start("what noise resolves");
    for (int k = 0; k < study.spec().sizes_size(); ++k) {
      resolved.push_back(Text("–"));
      resolved.push_back(Points(noise->resolution()));
    }
  }
  return table;
}

ReportTable Gains(const PredictorStudy& study, const std::vector<int>& main) {
  ReportTable table;
  table.name = "predictor-study-gains";
  table.title = "Gains over the number of parameters";
  table.note = absl::StrCat(
      "Spearman's coefficient less that of the number of parameters on the "
      "same "
      "cells. The first interval is of the one comparison (95%, paired "
      "bootstrap); the joint one is such that all ",
      study.comparisons(),
      " of the study, over all metrics, hold together with probability 95% "
      "(largest studentised deviation). Better: the joint interval lies above "
      "0 "
      "and holds a gain of ",
      absl::StrFormat("%.2f", study.spec().least_gain()),
      "; no gain: it holds none of that size; worse: it lies below 0. Metric ",
      study.spec().main_metric(), "; other metrics are in the study's JSON.");
  table.folded = true;
  table.filter = true;
  table.columns = {{"data set", "", false},
                   {"predictor", "", false},
                   {"gain", "", true},
                   {"joint interval", "", true},
                   {"outcome", "", false}};
  for (const int m : main) {
    for (const Predictor& predictor : study.predictors()) {
      if (!predictor.results(m).has_gain()) continue;
      const PredictorGain& gain = predictor.results(m).gain();
      auto& row = table.rows.emplace_back();
      row = {
          Text(Dataset(study, m)),
          Text(PredictorLabel(predictor)),
          {CoefficientAndInterval(gain.difference(), gain.low(), gain.high()),
           gain.difference()}};
      if (!gain.has_joint()) {
        row.push_back(Text("–"));
        row.push_back(Text("–"));
        continue;
      }
      row.push_back({absl::StrCat("[", Coefficient(gain.joint().low()), ", ",
                                  Coefficient(gain.joint().high()), "]"),
                     gain.joint().low()});
      row.push_back(Text(PredictorOutcomeText(gain.joint().outcome(),
                                              study.spec().least_gain())));
    }
  }
  return table;
}

ReportTable AllMetrics(const PredictorStudy& study) {
  ReportTable table;
  table.name = "predictor-study-metrics";
  table.title = "Predictors against every published accuracy";
  table.note =
      "Spearman's coefficient, in the direction that is expected of the "
      "predictor. Intervals and Kendall's tau-b are in the study's JSON.";
  table.folded = true;
  table.filter = true;
  table.columns = {{"data set", "", false}, {"predictor", "", false}};
  for (const std::string& metric : study.spec().metrics()) {
    table.columns.push_back({metric, "", true});
  }
  const int metrics = study.spec().metrics_size();
  for (int d = 0; d < study.spec().datasets_size(); ++d) {
    for (const Predictor& predictor : study.predictors()) {
      auto& row = table.rows.emplace_back();
      row = {Text(Dataset(study, d * metrics)),
             Text(PredictorLabel(predictor))};
      for (int m = 0; m < metrics; ++m) {
        const PredictorResult& result = predictor.results(d * metrics + m);
        row.push_back(result.has_spearman()
                          ? ReportCell{Coefficient(result.spearman().value()),
                                       result.spearman().value()}
                          : Text("–"));
      }
    }
  }
  return table;
}

ReportTable Labels(const PredictorStudy& study, const std::vector<int>& main) {
  ReportTable table;
  table.name = "predictor-study-labels";
  table.title = "How many published accuracies a combination needs";
  table.note =
      absl::StrCat("Spearman's coefficient with ", study.spec().main_metric(),
                   " of a regression on predictors that has seen so many "
                   "cells, on the cells "
                   "of other networks: mean, and between which 95% of ",
                   study.spec().label_repeats(), " draws of cells lie.");
  table.folded = true;
  table.columns = {{"data set", "", false}, {"combination", "", false}};
  for (const uint32_t labels : study.spec().labels()) {
    table.columns.push_back({absl::StrCat(labels, " cells"), "", true});
  }
  for (const int m : main) {
    for (const Predictor& predictor : study.predictors()) {
      if (predictor.kind() != Predictor::COMBINATION) continue;
      auto& row = table.rows.emplace_back();
      row = {Text(Dataset(study, m)),
             Text(absl::StrCat(predictor.name(), " (", predictor.members_size(),
                               " predictors)"))};
      for (const uint32_t labels : study.spec().labels()) {
        ReportCell cell = Text("–");
        for (const PredictorLabels& found : predictor.results(m).learning()) {
          if (found.labels() != labels) continue;
          cell = {CoefficientAndInterval(found.spearman(), found.low(),
                                         found.high()),
                  found.spearman()};
        }
        row.push_back(std::move(cell));
      }
    }
  }
  return table;
}

}  // namespace

std::vector<ReportTable> PredictorStudyTables(const PredictorStudy& study) {
  const std::vector<int> main = MainResults(study);
  if (main.empty()) return {};
  return {MainTable(study, main), ShortLists(study, main), Gains(study, main),
          AllMetrics(study), Labels(study, main)};
}

}  // namespace robbench
