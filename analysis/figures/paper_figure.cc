#include "analysis/figures/paper_figure.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/figures/figure_parts.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/gnuplot_script.h"
#include "analysis/figures/paper_figure_parts.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "nas/base/status_macros.h"
#include "nas/cell.h"

namespace robbench {
namespace {

Figure Drawn(std::string name, std::string title, std::string caption,
             FigureText text) {
  return {std::move(name), std::move(title), std::move(caption),
          std::move(text.first), std::move(text.second)};
}

Figure Graph(std::string name, std::string title, std::string caption,
             std::string script) {
  return {std::move(name),   std::move(title), std::move(caption),
          std::move(script), /*data=*/"",      /*is_graph=*/true};
}

// Draws all pairs of data sets by the ranking metric.
FigureText DrawDatasetRanking(const FigureInput& input) {
  std::vector<RankPanel> panels;
  const auto& datasets = input.statistics.datasets();
  for (int i = 0; i < datasets.size(); ++i) {
    for (int j = i + 1; j < datasets.size(); ++j) {
      panels.push_back(
          {"", RankingColumn(input.table, input.statistics, datasets[i]),
           RankingColumn(input.table, input.statistics, datasets[j]),
           "rank on " + DatasetLabel(datasets[i].dataset()),
           "rank on " + DatasetLabel(datasets[j].dataset())});
    }
  }
  if (panels.empty()) {
    return {GnuplotSentence("dataset_ranking", input.style,
                            "One data set has no other to be compared with."),
            std::string(kNoData)};
  }
  return DrawRankPanels("dataset_ranking", input, panels);
}

FigureText DrawAllCorrelations(const FigureInput& input) {
  std::vector<const Column*> columns;
  for (const DatasetStatistics& dataset : input.statistics.datasets()) {
    for (const Column* column :
         input.table.Columns(dataset.dataset(), Column::ACCURACY)) {
      columns.push_back(column);
    }
  }
  return DrawCorrelations("all_correlations", input, columns);
}

// Returns the image size in pixels of one of the paper's data sets.
int ImageSize(const std::string& dataset) {
  return dataset == "imagenet16_120" ? 16 : 32;
}

absl::Status CheckSearch(const BenchmarkTable& table, const Search& search) {
  const auto refuse = [](const std::string& what) {
    return absl::FailedPreconditionError(
        absl::StrCat("the search is not of this table: ", what));
  };
  if (search.spec().criteria().empty() || search.results().empty()) {
    return refuse("no results");
  }
  for (const SearchResult& result : search.results()) {
    if (table.Find(result.dataset(), result.criterion()) == nullptr) {
      return refuse(absl::StrCat(result.dataset(), " ", result.criterion()));
    }
    const Trajectory& trajectory = result.trajectory();
    if (trajectory.mean().empty() ||
        trajectory.low_size() != trajectory.mean_size() ||
        trajectory.high_size() != trajectory.mean_size()) {
      return refuse("trajectory");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Figure>> MakePaperFigures(
    const BenchmarkTable& table, const Statistics& statistics,
    const Search& search, const FigureStyle& style) {
  ROBBENCH_RETURN_IF_ERROR(CheckStatistics(table, statistics));
  ROBBENCH_RETURN_IF_ERROR(CheckSearch(table, search));
  const FigureInput input{table, statistics, style};
  const DatasetStatistics& dataset = input.dataset();
  const std::string metric =
      MetricLabel(RankingColumn(table, statistics, dataset));
  if (dataset.ranking().empty()) {
    return absl::FailedPreconditionError("the statistics rank no cell");
  }
  const CellKey& best = dataset.ranking(0).cell();
  ROBBENCH_ASSIGN_OR_RETURN(const Cell cell, Cell::FromCode(best.code()));
  const Benchmark& benchmark = table.proto().benchmarks(0);
  const std::string cells = absl::StrCat(table.num_cells(), " cells");

  std::vector<Figure> figures;
  figures.push_back(Graph(
      "cell", "The best cell",
      absl::StrCat("Cell ", best.index(), " (", best.code(), "), the best by ",
                   metric, " on ", DatasetLabel(dataset.dataset()),
                   ": nodes are sums of what their edges bring. Solid: "
                   "operations; dashed: skip connections; dotted: none."),
      CellGraph(cell, style)));
  figures.push_back(Graph(
      "skeleton", "The skeleton",
      absl::StrCat("What every cell is put into, on ",
                   DatasetLabel(dataset.dataset()),
                   ": numbers below a layer are channels and pixels. A "
                   "double frame is a stack of equal cells."),
      SkeletonGraph(benchmark.recipe().skeleton(), ImageSize(dataset.dataset()),
                    benchmark.dataset().classes(), style)));
  figures.push_back(
      Drawn("accuracy_distributions", "Distribution of accuracy",
            absl::StrCat("How many of ", cells, " have which accuracy on ",
                         DatasetLabel(dataset.dataset()),
                         ", in bins of half a point, each row as high as its "
                         "fullest bin. The number is the median."),
            DrawAccuracyDistributions(input)));
  figures.push_back(
      Drawn("dataset_ranking", "Ranks on one data set against another",
            absl::StrCat("The rank of ", cells, " by ", metric,
                         ": the darker, the more cells. Rank 1 is the most "
                         "accurate; ρ is Spearman's coefficient."),
            DrawDatasetRanking(input)));
  figures.push_back(
      Drawn("all_correlations", "Rank correlation of all accuracies",
            absl::StrCat("Spearman's coefficient below the diagonal, Kendall's "
                         "tau-b above, over ",
                         cells, "."),
            DrawAllCorrelations(input)));
  figures.push_back(Drawn(
      "cost_fronts", "Accuracy against cost",
      absl::StrCat("The line goes through the cells that no other beats in "
                   "both, some named by their codes; the fields are all ",
                   cells, " on ", DatasetLabel(dataset.dataset()),
                   ", the darker, the more. Costs are of one forward pass "
                   "of the whole network, on a logarithmic axis."),
      DrawCostFronts(input)));
  figures.push_back(Drawn(
      "search_trajectories", "What searches find",
      absl::StrCat(
          "How far the best cell so far is below the best there is, by the "
          "number of networks trained; the mean of ",
          search.spec().repeats(),
          " repeats with its 95% interval. A search that ranks cells by what "
          "costs nothing before it trains them starts lower. The table's noise "
          "is in all of it: what of the last value it makes up is in the table "
          "of searches."),
      DrawSearchTrajectories(input, search)));
  figures.erase(
      std::remove_if(figures.begin(), figures.end(),
                     [](const Figure& f) { return f.data == kNoData; }),
      figures.end());
  return figures;
}

}  // namespace robbench
