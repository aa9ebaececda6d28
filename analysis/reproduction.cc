#include "analysis/reproduction.h"

#include <cmath>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/deviation.h"
#include "analysis/metric_name.h"
#include "analysis/number_format.h"
#include "analysis/record_collector.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"

namespace robbench {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

const NoiseFloor* FindNoiseFloor(const Statistics& statistics,
                                 const ColumnKey& key) {
  for (const NoiseFloor& noise : statistics.noise_floors()) {
    if (noise.column().dataset() == key.dataset() &&
        noise.column().metric() == key.metric()) {
      return &noise;
    }
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<BenchmarkTable> ReadReproduction(
    const std::string& dataset_spec, const std::vector<std::string>& runs) {
  ROBBENCH_ASSIGN_OR_RETURN(const auto spec,
                            ReadTextProto<DatasetSpec>(dataset_spec));
  RecordCollector collector(spec.message, spec.bytes, {});
  for (const std::string& path : runs) {
    ROBBENCH_ASSIGN_OR_RETURN(const auto run,
                              ReadTextProto<ReproducedRun>(path));
    ROBBENCH_RETURN_IF_ERROR(
        collector.Add(path + ": training.train.binpb",
                      SerializeRecord(run.message.training())));
    for (const EvaluationRecord& evaluation : run.message.evaluations()) {
      ROBBENCH_RETURN_IF_ERROR(collector.Add(
          absl::StrCat(path, ": ", evaluation.suite(), ".eval.binpb"),
          SerializeRecord(evaluation)));
    }
  }
  ROBBENCH_ASSIGN_OR_RETURN(Table table, collector.Finish());
  return BenchmarkTable::Make("reproduction", std::move(table));
}

absl::StatusOr<ReferenceRows> FindPublishedRows(
    const std::string& dataset, const std::vector<std::string>& cells,
    const BenchmarkTable& published, const Statistics& statistics) {
  ReferenceRows rows;
  for (const std::string& cell : cells) {
    ROBBENCH_ASSIGN_OR_RETURN(const CellMatch match, published.FindCell(cell));
    ReferenceRow& row = *rows.add_rows();
    row.set_dataset(dataset);
    row.set_cell(published.cell(match.position).index());
    for (const Column* column : published.Columns(dataset, Column::ACCURACY)) {
      const NoiseFloor* noise = FindNoiseFloor(statistics, column->key());
      if (noise == nullptr) {
        return absl::FailedPreconditionError(absl::StrCat(
            "published table: ", dataset, "/", column->key().metric(),
            ": expected a noise floor, found none"));
      }
      ReferenceAccuracy& accuracy = *row.add_accuracies();
      accuracy.set_metric(column->key().metric());
      accuracy.set_mean(column->mean(match.position));
      accuracy.set_seeds(column->mean_of());
      accuracy.set_images(column->images());
      accuracy.set_one_seed(noise->has_one_seed()
                                ? noise->one_seed()
                                : noise->standard_deviation());
    }
  }
  return rows;
}

std::vector<std::string> CellCodes(const BenchmarkTable& table) {
  std::vector<std::string> codes;
  for (int i = 0; i < table.num_cells(); ++i) {
    codes.push_back(table.cell(i).code());
  }
  return codes;
}

std::vector<MetricComparison> CompareWithPublished(const BenchmarkTable& ours,
                                                   const ReferenceRows& rows) {
  std::vector<MetricComparison> comparisons;
  for (const ReferenceRow& row : rows.rows()) {
    const auto match = ours.FindCell(absl::StrCat(row.cell()));
    if (!match.ok()) continue;
    for (const ReferenceAccuracy& accuracy : row.accuracies()) {
      const Column* column = ours.Find(row.dataset(), accuracy.metric());
      if (column == nullptr) continue;
      const MetricValue value = ValueOf(*column, match->position);
      if (value.seeds == 0 || std::isnan(value.mean)) continue;
      MetricComparison c{.cell = ours.cell(match->position),
                         .dataset = row.dataset(),
                         .metric = accuracy.metric(),
                         .label = MetricLabel(*column),
                         .seeds = value.seeds,
                         .images = static_cast<int>(column->images()),
                         .ours = value.mean,
                         .published = accuracy.mean()};
      c.standard_error = DifferenceError(
          {.seed_variance = accuracy.one_seed() * accuracy.one_seed(),
           .accuracy = accuracy.mean(),
           .our_seeds = c.seeds,
           .our_images = c.images,
           .their_seeds = static_cast<int>(accuracy.seeds()),
           .their_images = static_cast<int>(accuracy.images())});
      c.z = (c.ours - c.published) / c.standard_error;
      comparisons.push_back(std::move(c));
    }
  }
  return comparisons;
}

ReportTable ReproductionTable(
    const std::vector<MetricComparison>& comparisons) {
  ReportTable out;
  out.name = "reproduction";
  out.title = "Trained here as the paper says";
  out.note = absl::StrCat(
      "Full runs of the paper's recipe on the whole data set, against the "
      "published row. Error: standard error of the difference, from the "
      "scatter between seeds in the published table and from the test images "
      "used. A reproduction holds where no difference is larger than ",
      kMostStandardErrors, " standard errors.");
  out.columns = {{"cell", "index (operations on the six edges)", false},
                 {"data set", "", false},
                 {"metric", "", false},
                 {"seeds", "trained here", true},
                 {"images", "attacked here", true},
                 {"ours", "percent", true},
                 {"published", "percent", true},
                 {"difference", "ours less published, in points", true},
                 {"± error", "points", true},
                 {"z", "difference / error", true}};
  for (const MetricComparison& c : comparisons) {
    const double difference = 100 * (c.ours - c.published);
    out.rows.push_back(
        {{absl::StrCat(c.cell.index(), " (", c.cell.code(), ")"), kNaN, ""},
         {c.dataset, kNaN, ""},
         {c.label, kNaN, ""},
         {absl::StrCat(c.seeds), static_cast<double>(c.seeds), ""},
         {Grouped(c.images), static_cast<double>(c.images), ""},
         {Percent(c.ours, 2), 100 * c.ours, ""},
         {Percent(c.published, 2), 100 * c.published, ""},
         {SignedNumber(difference, 2), difference, ""},
         {absl::StrFormat("%.2f", 100 * c.standard_error),
          100 * c.standard_error, ""},
         {SignedNumber(c.z, 1), c.z, ""}});
  }
  return out;
}

}  // namespace robbench
