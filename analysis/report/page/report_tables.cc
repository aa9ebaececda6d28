// Makes the tables of the report.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "analysis/collect/training_course.h"
#include "analysis/report/page/report_content.h"
#include "analysis/report/tables/noise_tables.h"
#include "analysis/report/tables/report_table.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/escape.h"
#include "analysis/text/number_format.h"
#include "nas/cell.pb.h"
#include "nas/operation.h"

namespace robbench {
namespace {

ReportCell Text(std::string text) { return {std::move(text)}; }

ReportCell Number(double value, std::string text) {
  return {std::move(text), value};
}

ReportCell Count(int64_t value) { return Number(value, Grouped(value)); }

ReportCell CoefficientOf(bool defined, double value) {
  if (!defined) return Text("–");
  return Number(
      value, absl::StrReplaceAll(absl::StrFormat("%.3f", value), {{"-", "−"}}));
}

// Returns a metric's mean of one cell, with the standard deviation over seeds.
ReportCell Accuracy(const Column& column, int cell) {
  double squares = 0;
  int seeds = 0;
  for (const Column::Seed& seed : column.seeds()) {
    if (std::isnan(seed.value(cell))) continue;
    squares += (seed.value(cell) - column.mean(cell)) *
               (seed.value(cell) - column.mean(cell));
    ++seeds;
  }
  std::string text = Percent(column.mean(cell));
  if (seeds > 1) {
    absl::StrAppend(&text, " ± ", Percent(std::sqrt(squares / (seeds - 1))));
  }
  return Number(100 * column.mean(cell), std::move(text));
}

class Tables {
 public:
  Tables(const BenchmarkTable& table, const Statistics& statistics,
         const DatasetStatistics& dataset)
      : table_(table),
        statistics_(statistics),
        dataset_(dataset),
        metric_(RankingColumn(table, statistics, dataset)) {
    // If there is one data set, names need no suffix.
    if (statistics.datasets_size() > 1)
      suffix_ = "-" + AnchorName(dataset.dataset());
  }

  ReportTable Results() const;
  ReportTable Distributions() const;
  ReportTable Correlations() const;
  ReportTable Operations() const;
  ReportTable SeedNoiseTable() const;
  ReportTable Training() const;

 private:
  ReportTable Start(absl::string_view name, absl::string_view title) const {
    ReportTable table;
    table.name = absl::StrCat(name, suffix_);
    table.title =
        statistics_.datasets_size() > 1
            ? absl::StrCat(title, ": ", DatasetLabel(dataset_.dataset()))
            : std::string(title);
    return table;
  }
  std::vector<const Column*> Accuracies() const {
    auto columns = table_.Columns(dataset_.dataset(), Column::ACCURACY);
    for (const Column& average : dataset_.averages()) {
      columns.push_back(&average);
    }
    return columns;
  }
  bool IsOf(const ColumnKey& key) const {
    return key.dataset() == dataset_.dataset();
  }
  // Returns the column of a key of this data set.
  const Column* Find(const ColumnKey& key) const {
    for (const Column& average : dataset_.averages()) {
      if (average.key().metric() == key.metric()) return &average;
    }
    return table_.Find(key.dataset(), key.metric());
  }
  std::string LabelOf(const ColumnKey& key) const {
    const Column* column = Find(key);
    return column == nullptr ? key.metric() : MetricLabel(*column);
  }

  const BenchmarkTable& table_;
  const Statistics& statistics_;
  const DatasetStatistics& dataset_;
  const Column& metric_;
  std::string suffix_;
};

ReportTable Tables::Results() const {
  ReportTable out = Start("results", "Results by cell");
  out.note = absl::StrCat(
      "Ranked by ", MetricLabel(metric_),
      ". Accuracies in %: mean over seeds ± standard deviation over seeds. "
      "Digits of a code are the operations on edges 0→1, 0→2, 1→2, 0→3, 1→3, "
      "2→3: 0 none, 1 skip, 2 conv 1×1, 3 conv 3×3, 4 average pool 3×3.");
  out.filter = true;
  out.cells_of = DatasetLabel(dataset_.dataset());
  if (!table_.proto().runs().empty()) {
    out.records_of = "runs-" + AnchorName(dataset_.dataset());
  }
  const auto accuracies = Accuracies();
  std::vector<const Column*> scores;
  for (const Column* column :
       table_.Columns(dataset_.dataset(), Column::NTK_SCORE)) {
    if (IsPlainKernel(*column) && column->score() == "min_eigenvalue") {
      scores.push_back(column);
    }
  }
  const auto costs = table_.Columns(dataset_.dataset(), Column::COST);
  out.columns = {{"rank", "", true},
                 {"code", "operations on the six edges", false},
                 {"index", "official index", true}};
  for (const Column* column : accuracies) {
    out.columns.push_back(
        {ShortMetricLabel(*column), MetricLabel(*column), true});
  }
  for (const Column* column : scores) {
    out.columns.push_back(
        {ShortMetricLabel(*column), MetricLabel(*column), true});
  }
  for (const Column* column : costs) {
    const bool adds = column->key().metric() == "multiply_adds";
    out.columns.push_back({adds ? "M mult-adds" : MetricLabel(*column),
                           adds ? "millions of multiply-adds of one forward "
                                  "pass of one image"
                                : MetricLabel(*column),
                           true});
  }
  out.columns.push_back({"seeds", "", true});
  for (const RankedCell& ranked : dataset_.ranking()) {
    const int cell = *table_.PositionOf(ranked.cell());
    const CellIdentity& identity = table_.cell(cell);
    auto& row = out.rows.emplace_back();
    row.push_back(Count(ranked.rank()));
    row.push_back({identity.code(), std::nan(""),
                   CodeHtml(table_, dataset_.dataset(), identity),
                   CsvCode(identity.code())});
    row.push_back(Number(identity.index(), absl::StrCat(identity.index())));
    for (const Column* column : accuracies) {
      row.push_back(Accuracy(*column, cell));
    }
    for (const Column* column : scores) {
      row.push_back(
          Number(column->mean(cell), ReadableNumber(column->mean(cell), 3)));
    }
    for (const Column* column : costs) {
      const double value = column->mean(cell);
      row.push_back(
          column->key().metric() == "multiply_adds"
              ? Number(value / 1e6, absl::StrFormat("%.2f", value / 1e6))
              : Count(std::llround(value)));
    }
    int seeds = metric_.mean_of();
    for (const Column::Seed& seed : metric_.seeds()) {
      seeds += !std::isnan(seed.value(cell));
    }
    row.push_back(Count(seeds));
  }
  return out;
}

ReportTable Tables::Distributions() const {
  ReportTable out = Start("distributions", "Distribution over the cells");
  out.folded = true;
  out.note =
      "Accuracies in %. Quartiles by linear interpolation; whiskers: last "
      "values within 1.5 interquartile ranges of the box.";
  out.columns = {{"metric", "", false},           {"cells", "", true},
                 {"minimum", "", true},           {"lower whisker", "", true},
                 {"first quartile", "", true},    {"median", "", true},
                 {"third quartile", "", true},    {"upper whisker", "", true},
                 {"maximum", "", true},           {"mean", "", true},
                 {"standard deviation", "", true}};
  for (const Distribution& box : statistics_.distributions()) {
    if (!IsOf(box.column())) continue;
    const Column* column = Find(box.column());
    const bool percent =
        column != nullptr && column->kind() == Column::ACCURACY;
    auto& row = out.rows.emplace_back();
    row.push_back(Text(LabelOf(box.column())));
    row.push_back(Count(box.cells()));
    for (const double value :
         {box.minimum(), box.lower_whisker(), box.first_quartile(),
          box.median(), box.third_quartile(), box.upper_whisker(),
          box.maximum(), box.mean(), box.standard_deviation()}) {
      row.push_back(Number(percent ? 100 * value : value,
                           percent ? Percent(value) : ReadableNumber(value)));
    }
  }
  return out;
}

ReportTable Tables::Correlations() const {
  ReportTable out =
      Start("correlations", "Rank correlation with " + MetricLabel(metric_));
  out.note =
      "Over the cells of the table; 95% interval of Spearman's coefficient "
      "after Bonett and Wright. A dash: undefined, as one side is constant. "
      "All pairs are in statistics.json.";
  out.columns = {{"metric", "", false},
                 {"cells", "", true},
                 {"Spearman", "", true},
                 {"from", "lower end of the 95% interval", true},
                 {"to", "upper end of the 95% interval", true},
                 {"Kendall", "tau-b", true}};
  for (const Column* column : StatisticsColumns(table_, dataset_)) {
    if (column->key().metric() == metric_.key().metric()) continue;
    const Correlation* found =
        FindCorrelation(statistics_, column->key(), metric_.key());
    if (found == nullptr) continue;
    out.rows.push_back(
        {Text(MetricLabel(*column)), Count(found->cells()),
         CoefficientOf(found->has_spearman(), found->spearman()),
         CoefficientOf(found->has_spearman_low(), found->spearman_low()),
         CoefficientOf(found->has_spearman_high(), found->spearman_high()),
         CoefficientOf(found->has_kendall(), found->kendall())});
  }
  return out;
}

ReportTable Tables::Operations() const {
  ReportTable out =
      Start("operations", "Operations of the best cells, by edge");
  const bool intervals = dataset_.operations_size() > 0 &&
                         dataset_.operations(0).has_best_share_low();
  out.note = absl::StrCat(
      "Share in % among the ", dataset_.best(), " best cells by ",
      MetricLabel(metric_), ", ", dataset_.best_networks(),
      " networks that differ; in brackets among all ", dataset_.ranking_size(),
      ". They describe this table and are no sample of trials: the best cells "
      "resemble each other.",
      intervals ? " In the last row, of all edges, the 95% interval over draws "
                  "of the cells' true values by the table's noise."
                : "");
  out.columns = {{"edge", "", false}};
  for (const absl::string_view operation : kOperationNames) {
    out.columns.push_back({std::string(operation), "", true});
  }
  const double best = std::max<double>(dataset_.best(), 1);
  const double all = std::max(dataset_.ranking_size(), 1);
  for (const EdgeOperations& edge : dataset_.edges()) {
    auto& row = out.rows.emplace_back();
    row.push_back(Text(absl::StrCat(edge.source(), "→", edge.target())));
    for (const OperationCount& count : edge.operations()) {
      row.push_back(Number(100 * count.best() / best,
                           absl::StrCat(Percent(count.best() / best, 0), " (",
                                        Percent(count.all() / all, 0), ")")));
    }
  }
  auto& row = out.rows.emplace_back();
  row.push_back(Text("all"));
  for (const OperationCount& count : dataset_.operations()) {
    const double share = count.best() / (best * dataset_.edges_size());
    row.push_back(Number(
        100 * share,
        absl::StrCat(
            Percent(share, 0),
            count.has_best_share_low()
                ? absl::StrCat(" [", Percent(count.best_share_low(), 0), ", ",
                               Percent(count.best_share_high(), 0), "]")
                : "",
            " (", Percent(count.all() / (all * dataset_.edges_size()), 0),
            ")")));
  }
  return out;
}

ReportTable Tables::SeedNoiseTable() const {
  ReportTable out = Start("seeds", "Agreement between seeds");
  out.folded = true;
  out.note =
      "Spearman's coefficient between two seeds' values over the cells that "
      "have both. Noise: standard deviation of one seed's value, points for "
      "accuracies.";
  out.columns = {{"metric", "", false},
                 {"seeds", "", false},
                 {"cells", "", true},
                 {"Spearman", "", true},
                 {"noise of a seed", "", true}};
  std::map<std::string, const SeedNoise*> noises;
  for (const SeedNoise& noise : statistics_.seed_noises()) {
    if (IsOf(noise.column())) noises[noise.column().metric()] = &noise;
  }
  for (const SeedAgreement& seeds : statistics_.seed_agreements()) {
    if (!IsOf(seeds.column())) continue;
    const Column* column = Find(seeds.column());
    const bool percent =
        column != nullptr && column->kind() == Column::ACCURACY;
    ReportCell noise = Text("–");
    const auto found = noises.find(seeds.column().metric());
    if (found != noises.end()) {
      const double value = found->second->standard_deviation();
      noise = Number(percent ? 100 * value : value,
                     percent ? Percent(value, 2) : ReadableNumber(value));
    }
    out.rows.push_back(
        {Text(LabelOf(seeds.column())),
         Text(absl::StrCat(seeds.first_seed(), " and ", seeds.second_seed())),
         Count(seeds.cells()),
         CoefficientOf(seeds.has_spearman(), seeds.spearman()), noise});
  }
  return out;
}

ReportTable Tables::Training() const {
  ReportTable out = Start("training", "End of training");
  out.folded = true;
  out.note = absl::StrCat(
      "Last epoch, on adversarial training batches. Course: the epoch in which "
      "the loss leaves the plateau of a network that has not begun to learn (",
      kPlateauShare,
      " log(classes) or more) for good; a training that falls back to it, or "
      "ends on it, failed.");
  out.filter = true;
  out.columns = {{"code", "", false},
                 {"index", "", true},
                 {"seed", "", true},
                 {"loss", "mean adversarial cross-entropy", true},
                 {"accuracy (%)", "", true},
                 {"escape", "epoch", true},
                 {"course", "", false}};
  for (const CellRun& run : table_.proto().runs()) {
    if (run.dataset() != dataset_.dataset() || !run.has_final_loss()) continue;
    const CellIdentity& cell = table_.cell(*table_.PositionOf(run.cell()));
    out.rows.push_back(
        {{cell.code(), std::nan(""), CodeHtml(table_, dataset_.dataset(), cell),
          CsvCode(cell.code())},
         Number(cell.index(), absl::StrCat(cell.index())),
         Count(run.seed()),
         Number(run.final_loss(), absl::StrFormat("%.3f", run.final_loss())),
         Number(100 * run.final_accuracy(), Percent(run.final_accuracy())),
         run.has_escape_epoch() ? Count(run.escape_epoch()) : Text("–"),
         Text(CourseText(CourseOf(run)))});
  }
  return out;
}

}  // namespace

std::string CodeHtml(const BenchmarkTable& table, const std::string& dataset,
                     const CellIdentity& cell) {
  std::string html = absl::StrCat(
      "<a class=\"code\" href=\"#",
      table.proto().runs().empty()
          ? "provenance"
          : absl::StrCat("runs-", AnchorName(dataset), "-", cell.index()),
      "\" data-cell=\"", cell.index(), "\" title=\"",
      EscapeHtml(cell.architecture()), "\">");
  for (const char digit : cell.code()) {
    absl::StrAppend(&html, "<i class=\"op", std::string(1, digit), "\">",
                    std::string(1, digit), "</i>");
  }
  return html + "</a>";
}

std::vector<ReportTable> ReportTables(const BenchmarkTable& table,
                                      const Statistics& statistics) {
  std::vector<ReportTable> result;
  for (const DatasetStatistics& dataset : statistics.datasets()) {
    const Tables tables(table, statistics, dataset);
    for (ReportTable& made :
         std::vector<ReportTable>{tables.Results(), tables.Correlations(),
                                  tables.Operations(), tables.Distributions(),
                                  tables.SeedNoiseTable(), tables.Training()}) {
      if (!made.rows.empty()) result.push_back(std::move(made));
    }
    for (ReportTable& made : NoiseTables(statistics, dataset.dataset())) {
      result.push_back(std::move(made));
    }
  }
  return result;
}

}  // namespace robbench
