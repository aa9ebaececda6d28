#include "analysis/statistics/compute_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "analysis/statistics/best_operations.h"
#include "analysis/statistics/cell_choice.h"
#include "analysis/statistics/noise_floor.h"
#include "analysis/statistics/rank_statistics.h"
#include "analysis/statistics/scatter/seed_variance.h"
#include "analysis/statistics/scatter/twin_scatter.h"
#include "analysis/table/table.pb.h"
#include "google/protobuf/repeated_field.h"
#include "nas/base/field_error.h"
#include "nas/base/status_macros.h"
#include "nas/cell.h"
#include "nas/operation.h"

namespace robbench {
namespace {

using Values = google::protobuf::RepeatedField<double>;

// Holds the values of two columns over the cells that have both.
struct Paired {
  std::vector<double> x, y;
};

Paired Pair(const Values& x, const Values& y) {
  Paired paired;
  for (int i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]) || std::isnan(y[i])) continue;
    paired.x.push_back(x[i]);
    paired.y.push_back(y[i]);
  }
  return paired;
}

bool Same(const ColumnKey& a, const ColumnKey& b) {
  return a.dataset() == b.dataset() && a.metric() == b.metric();
}

absl::StatusOr<Column> MakeAverage(const BenchmarkTable& table,
                                   const std::string& dataset,
                                   const std::string& spec_path,
                                   const MetricAverage& average) {
  if (average.of().empty()) {
    return FieldError(spec_path, absl::StrCat("averages[", average.name(), "]"),
                      "at least one metric", "none");
  }
  if (table.Find(dataset, average.name()) != nullptr) {
    return FieldError(spec_path, "averages.name", "a new name",
                      absl::StrCat(average.name(), ", a metric of the table"));
  }
  std::vector<const Column*> parts;
  for (const std::string& metric : average.of()) {
    const auto part = table.Get(dataset, metric);
    if (!part.ok()) {
      return absl::NotFoundError(
          absl::StrCat(spec_path, ": field averages[", average.name(),
                       "].of: ", part.status().message()));
    }
    if ((*part)->kind() != Column::ACCURACY) {
      return FieldError(spec_path,
                        absl::StrCat("averages[", average.name(), "].of"),
                        "accuracies", metric);
    }
    parts.push_back(*part);
  }
  Column column;
  column.mutable_key()->set_dataset(dataset);
  column.mutable_key()->set_metric(average.name());
  column.set_kind(Column::ACCURACY);
  for (int i = 0; i < table.num_cells(); ++i) {
    double sum = 0;
    for (const Column* part : parts) sum += part->mean(i);
    column.add_mean(sum / parts.size());
  }
  // The average is over the seeds that every part is the mean of.
  if (parts.front()->has_mean_of()) {
    uint32_t seeds = parts.front()->mean_of();
    for (const Column* part : parts) seeds = std::min(seeds, part->mean_of());
    column.set_mean_of(seeds);
  }
  // A seed has an average only if every part has that seed.
  for (const Column::Seed& first : parts.front()->seeds()) {
    std::vector<double> sums(table.num_cells(), 0.0);
    size_t found = 0;
    for (const Column* part : parts) {
      for (const Column::Seed& seed : part->seeds()) {
        if (seed.seed() != first.seed()) continue;
        ++found;
        for (int i = 0; i < table.num_cells(); ++i) sums[i] += seed.value(i);
      }
    }
    if (found != parts.size()) continue;
    Column::Seed& out = *column.add_seeds();
    out.set_seed(first.seed());
    for (const double sum : sums) out.add_value(sum / parts.size());
  }
  return column;
}

void AddDistribution(const Column& column, Statistics& statistics) {
  std::vector<double> values;
  for (const double value : column.mean()) {
    if (std::isfinite(value)) values.push_back(value);
  }
  if (values.empty()) return;
  Distribution& out = *statistics.add_distributions();
  *out.mutable_column() = column.key();
  out.set_cells(values.size());
  const BoxPlot box = MakeBoxPlot(std::move(values));
  out.set_minimum(box.minimum);
  out.set_first_quartile(box.first_quartile);
  out.set_median(box.median);
  out.set_third_quartile(box.third_quartile);
  out.set_maximum(box.maximum);
  out.set_lower_whisker(box.lower_whisker);
  out.set_upper_whisker(box.upper_whisker);
  out.set_lower_notch(box.lower_notch);
  out.set_upper_notch(box.upper_notch);
  out.set_mean(box.mean);
  out.set_standard_deviation(box.standard_deviation);
}

// Holds a column to correlate, with its ranks if no value is missing, so that
// they are computed once.
struct RankedColumn {
  explicit RankedColumn(const Column& column) : column(column) {
    const Values& values = column.mean();
    if (std::none_of(values.begin(), values.end(),
                     [](double value) { return std::isnan(value); })) {
      ranks = DoubledRanks(values);
    }
  }
  const Column& column;
  std::vector<int64_t> ranks;
};

void AddCorrelation(const RankedColumn& a, const RankedColumn& b,
                    Statistics& statistics) {
  Correlation& out = *statistics.add_correlations();
  *out.mutable_first() = a.column.key();
  *out.mutable_second() = b.column.key();
  std::vector<int64_t> some_a, some_b;
  absl::Span<const int64_t> ranks_a = a.ranks, ranks_b = b.ranks;
  if (ranks_a.empty() || ranks_b.empty()) {
    const Paired paired = Pair(a.column.mean(), b.column.mean());
    ranks_a = some_a = DoubledRanks(paired.x);
    ranks_b = some_b = DoubledRanks(paired.y);
  }
  const int cells = ranks_a.size();
  out.set_cells(cells);
  const auto spearman = SpearmanOfRanks(ranks_a, ranks_b);
  if (!spearman) return;
  const double kendall = *KendallTauBOfRanks(ranks_a, ranks_b);
  out.set_spearman(*spearman);
  out.set_kendall(kendall);
  if (const auto interval = SpearmanInterval(*spearman, cells)) {
    out.set_spearman_low(interval->first);
    out.set_spearman_high(interval->second);
  }
  if (const auto interval = KendallInterval(kendall, cells)) {
    out.set_kendall_low(interval->first);
    out.set_kendall_high(interval->second);
  }
}

void AddSeedStatistics(const Column& column, Statistics& statistics) {
  for (int a = 0; a < column.seeds_size(); ++a) {
    for (int b = a + 1; b < column.seeds_size(); ++b) {
      const Paired paired =
          Pair(column.seeds(a).value(), column.seeds(b).value());
      if (paired.x.size() < 2) continue;
      SeedAgreement& out = *statistics.add_seed_agreements();
      *out.mutable_column() = column.key();
      out.set_first_seed(column.seeds(a).seed());
      out.set_second_seed(column.seeds(b).seed());
      out.set_cells(paired.x.size());
      if (const auto spearman = Spearman(paired.x, paired.y)) {
        out.set_spearman(*spearman);
      }
    }
  }
  const auto variance = MeasureSeedVariance(column);
  if (!variance) return;
  SeedNoise& out = *statistics.add_seed_noises();
  *out.mutable_column() = column.key();
  out.set_cells(variance->cells);
  out.set_standard_deviation(std::sqrt(variance->variance));
}

absl::Status AddRanking(const BenchmarkTable& table,
                        const std::string& spec_path,
                        const StatisticsSpec& spec, const Column& metric,
                        DatasetStatistics& dataset) {
  std::vector<int> order;
  for (int i = 0; i < metric.mean_size(); ++i) {
    if (std::isfinite(metric.mean(i))) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return metric.mean(a) > metric.mean(b);
  });
  for (const int cell : order) {
    RankedCell& out = *dataset.add_ranking();
    out.set_rank(dataset.ranking_size());
    *out.mutable_cell() = MakeCellKey(table.cell(cell));
    out.set_value(metric.mean(cell));
  }
  int best = 0;
  switch (spec.best_case()) {
    case StatisticsSpec::kBestCount:
      best = std::min<int64_t>(spec.best_count(), order.size());
      if (spec.best_count() == 0) {
        return FieldError(spec_path, "best_count", "1 or more", "0");
      }
      break;
    case StatisticsSpec::kBestShare:
      if (!(spec.best_share() > 0 && spec.best_share() <= 1)) {
        return FieldError(spec_path, "best_share", "above 0, at most 1",
                          absl::StrCat(spec.best_share()));
      }
      best = static_cast<int>(std::ceil(spec.best_share() * order.size()));
      break;
    default:
      return FieldError(spec_path, "best", "best_count or best_share", "none");
  }
  dataset.set_best(best);
  return absl::OkStatus();
}

// Returns the column of a data set by name, averages included.
absl::StatusOr<const Column*> GetColumn(const BenchmarkTable& table,
                                        const DatasetStatistics& dataset,
                                        const std::string& spec_path,
                                        const char* field,
                                        const std::string& metric) {
  for (const Column& average : dataset.averages()) {
    if (average.key().metric() == metric) return &average;
  }
  const auto found = table.Get(dataset.dataset(), metric);
  if (found.ok()) return found;
  return absl::NotFoundError(absl::StrCat(spec_path, ": field ", field, ": ",
                                          found.status().message()));
}

void AddFronts(const BenchmarkTable& table, const Column& ranking,
               DatasetStatistics& dataset) {
  std::vector<const Column*> accuracies;
  const Column* clean = table.Find(dataset.dataset(), "clean");
  if (clean != nullptr && clean != &ranking) accuracies.push_back(clean);
  accuracies.push_back(&ranking);
  for (const Column* accuracy : accuracies) {
    for (const Column* cost : table.Columns(dataset.dataset(), Column::COST)) {
      *dataset.add_fronts() = MakeCostFront(table.proto(), *accuracy, *cost);
    }
  }
}

absl::Status AddShortLists(const BenchmarkTable& table,
                           const std::string& spec_path,
                           const ShortListSpec& spec,
                           DatasetStatistics& dataset) {
  for (const uint32_t size : spec.sizes()) {
    if (size == 0) {
      return FieldError(spec_path, "short_lists.sizes", "1 or more", "0");
    }
  }
  absl::StatusOr<const Column*> target =
      FieldError(spec_path, "short_lists.targets", "one or more", "none");
  for (const std::string& name : spec.targets()) {
    target = GetColumn(table, dataset, spec_path, "short_lists.targets", name);
    if (target.ok()) break;
  }
  ROBBENCH_RETURN_IF_ERROR(target.status());
  for (const Column* column : StatisticsColumns(table, dataset)) {
    if (column == *target) continue;
    *dataset.add_short_lists() =
        MakeShortList(table.proto(), *column, **target, spec.sizes());
  }
  return absl::OkStatus();
}

void AddNoise(const BenchmarkTable& table, const Twins& twins,
              const Column& column, Statistics& statistics) {
  if (column.kind() == Column::COST) return;
  int best = 0;
  for (const DatasetStatistics& dataset : statistics.datasets()) {
    if (dataset.dataset() == column.key().dataset()) best = dataset.best();
  }
  if (auto noise = MeasureNoise(twins, column, best)) {
    *statistics.add_noise_floors() = *std::move(noise);
  }
  if (column.kind() != Column::ACCURACY || !column.has_mean_of()) return;
  for (TwinScatter& scatter : MeasureTwinScatter(table, twins, column)) {
    *statistics.add_twin_scatters() = std::move(scatter);
  }
  if (auto noise = CompareStreams(table, twins, column)) {
    *statistics.add_stream_noises() = *std::move(noise);
  }
  for (SuspectRow& row : FindSuspectRows(table, twins, column)) {
    *statistics.add_suspect_rows() = std::move(row);
  }
}

// Returns the standard deviation of a value of the ranking, from its seeds if
// it has any, else from twins in the table.
std::optional<double> RankingNoise(const BenchmarkTable& table,
                                   const Statistics& statistics,
                                   const DatasetStatistics& dataset) {
  const Column& ranking = RankingColumn(table, statistics, dataset);
  for (const SeedNoise& noise : statistics.seed_noises()) {
    if (Same(noise.column(), ranking.key())) {
      return noise.standard_deviation() / std::sqrt(ranking.seeds_size());
    }
  }
  for (const NoiseFloor& noise : statistics.noise_floors()) {
    if (Same(noise.column(), ranking.key())) return noise.standard_deviation();
  }
  return std::nullopt;
}

}  // namespace

std::vector<const Column*> StatisticsColumns(const BenchmarkTable& table,
                                             const DatasetStatistics& dataset) {
  std::vector<const Column*> columns =
      table.Columns(dataset.dataset(), Column::ACCURACY);
  for (const Column& average : dataset.averages()) columns.push_back(&average);
  for (const Column::Kind kind :
       {Column::NTK_SCORE, Column::COST, Column::STANDARD_ACCURACY}) {
    for (const Column* column : table.Columns(dataset.dataset(), kind)) {
      columns.push_back(column);
    }
  }
  return columns;
}

absl::Status CheckStatistics(const BenchmarkTable& table,
                             const Statistics& statistics) {
  const auto refuse = [](const std::string& what) {
    return absl::FailedPreconditionError(
        absl::StrCat("the statistics are not of this table: ", what));
  };
  if (statistics.datasets().empty()) return refuse("no data set");
  for (const DatasetStatistics& dataset : statistics.datasets()) {
    if (table.Columns(dataset.dataset(), Column::ACCURACY).empty()) {
      return refuse("data set " + dataset.dataset());
    }
    for (const RankedCell& ranked : dataset.ranking()) {
      if (!table.PositionOf(ranked.cell())) return refuse("ranking");
    }
    for (const CostFront& front : dataset.fronts()) {
      for (const CostFront::Cell& cell : front.cells()) {
        if (!table.PositionOf(cell.cell())) return refuse("fronts");
      }
    }
    for (const ShortList& list : dataset.short_lists()) {
      for (const ShortList::Cut& cut : list.cuts()) {
        if (!table.PositionOf(cut.best_cell())) return refuse("short_lists");
      }
    }
    if (dataset.edges_size() != kNumEdges) return refuse("edges");
    for (const EdgeOperations& edge : dataset.edges()) {
      if (edge.operations_size() != kNumOperations) return refuse("edges");
    }
    bool found = table.Find(dataset.dataset(),
                            statistics.spec().ranking_metric()) != nullptr;
    for (const Column& average : dataset.averages()) {
      if (average.mean_size() != table.num_cells()) return refuse("averages");
      found |= average.key().metric() == statistics.spec().ranking_metric();
    }
    if (!found) return refuse("ranking_metric");
  }
  return absl::OkStatus();
}

const Column& RankingColumn(const BenchmarkTable& table,
                            const Statistics& statistics,
                            const DatasetStatistics& dataset) {
  const std::string& metric = statistics.spec().ranking_metric();
  for (const Column& average : dataset.averages()) {
    if (average.key().metric() == metric) return average;
  }
  return *table.Find(dataset.dataset(), metric);
}

const Correlation* FindCorrelation(const Statistics& statistics,
                                   const ColumnKey& first,
                                   const ColumnKey& second) {
  for (const Correlation& correlation : statistics.correlations()) {
    if ((Same(correlation.first(), first) &&
         Same(correlation.second(), second)) ||
        (Same(correlation.first(), second) &&
         Same(correlation.second(), first))) {
      return &correlation;
    }
  }
  return nullptr;
}

absl::StatusOr<Statistics> ComputeStatistics(const BenchmarkTable& table,
                                             const std::string& spec_path,
                                             const StatisticsSpec& spec) {
  Statistics statistics;
  *statistics.mutable_spec() = spec;
  for (const Benchmark& benchmark : table.proto().benchmarks()) {
    DatasetStatistics& dataset = *statistics.add_datasets();
    dataset.set_dataset(benchmark.dataset().name());
    dataset.set_chance(1.0 / benchmark.dataset().classes());
    for (const MetricAverage& average : spec.averages()) {
      ROBBENCH_ASSIGN_OR_RETURN(
          *dataset.add_averages(),
          MakeAverage(table, dataset.dataset(), spec_path, average));
    }
  }
  std::vector<const Column*> columns;
  for (DatasetStatistics& dataset : *statistics.mutable_datasets()) {
    const auto of_dataset = StatisticsColumns(table, dataset);
    columns.insert(columns.end(), of_dataset.begin(), of_dataset.end());

    ROBBENCH_ASSIGN_OR_RETURN(
        const Column* metric,
        GetColumn(table, dataset, spec_path, "ranking_metric",
                  spec.ranking_metric()));
    ROBBENCH_RETURN_IF_ERROR(
        AddRanking(table, spec_path, spec, *metric, dataset));
    AddOperations(dataset);
    AddFronts(table, *metric, dataset);
    if (spec.has_short_lists()) {
      ROBBENCH_RETURN_IF_ERROR(
          AddShortLists(table, spec_path, spec.short_lists(), dataset));
    }
  }
  const Twins twins = FindTwins(table);
  *statistics.mutable_classes() = twins.classes;
  std::vector<RankedColumn> ranked;
  for (const Column* column : columns) ranked.emplace_back(*column);
  for (size_t i = 0; i < columns.size(); ++i) {
    AddDistribution(*columns[i], statistics);
    AddSeedStatistics(*columns[i], statistics);
    AddNoise(table, twins, *columns[i], statistics);
    for (size_t j = i + 1; j < columns.size(); ++j) {
      AddCorrelation(ranked[i], ranked[j], statistics);
    }
  }
  for (DatasetStatistics& dataset : *statistics.mutable_datasets()) {
    if (const auto noise = RankingNoise(table, statistics, dataset)) {
      AddOperationIntervals(*noise, dataset);
    }
  }
  return statistics;
}

}  // namespace robbench
