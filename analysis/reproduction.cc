#include "analysis/reproduction.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/deviation.h"
#include "analysis/field_error.h"
#include "analysis/metric_name.h"
#include "analysis/noise_floor.h"
#include "analysis/number_format.h"
#include "analysis/record_collector.h"
#include "analysis/table.pb.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"
#include "training/dataset_spec.pb.h"
#include "training/records.pb.h"

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

// A deviation in percentage points; empty where there is none.
ReportCell Points(std::optional<double> deviation) {
  if (!deviation) return {};
  return {absl::StrFormat("%.2f", 100 * *deviation), 100 * *deviation, ""};
}

// Nothing where the table lacks the cell or the metric.
std::optional<MetricComparison> CompareMetric(
    const BenchmarkTable& ours, const ReferenceRow& row,
    const ReferenceAccuracy& accuracy) {
  const auto match = ours.FindCell(absl::StrCat(row.cell()));
  const Column* column = ours.Find(row.dataset(), accuracy.metric());
  if (!match.ok() || column == nullptr) return std::nullopt;
  const MetricValue value = ValueOf(*column, match->position);
  if (value.seeds == 0 || std::isnan(value.mean)) return std::nullopt;
  MetricComparison c{.cell = ours.cell(match->position),
                     .dataset = row.dataset(),
                     .metric = accuracy.metric(),
                     .label = MetricLabel(*column),
                     .seeds = value.seeds,
                     .images = static_cast<int>(column->images()),
                     .ours = value.mean,
                     .our_spread = std::isnan(value.spread)
                                       ? std::nullopt
                                       : std::optional(value.spread),
                     .published = accuracy.mean()};
  const auto error = [&](double one_seed) {
    return DifferenceError(
        {.seed_variance = one_seed * one_seed,
         .accuracy = accuracy.mean(),
         .our_seeds = c.seeds,
         .our_images = c.images,
         .their_seeds = static_cast<int>(accuracy.seeds()),
         .their_images = static_cast<int>(accuracy.images())});
  };
  c.standard_error = error(accuracy.one_seed());
  c.z = (c.ours - c.published) / c.standard_error;
  if (accuracy.has_one_seed_amplifying()) {
    c.amplifying_error = error(accuracy.one_seed_amplifying());
    c.amplifying_z = (c.ours - c.published) / *c.amplifying_error;
  }
  return c;
}

}  // namespace

absl::StatusOr<std::vector<BenchmarkTable>> ReadReproduction(
    const std::string& dataset_spec, const std::vector<std::string>& runs) {
  ROBBENCH_ASSIGN_OR_RETURN(const auto spec,
                            ReadTextProto<DatasetSpec>(dataset_spec));
  // By test images, most first, then suite. Of different numbers `clean` would
  // not agree.
  std::map<std::pair<int64_t, std::string>, RecordCollector> collectors;
  for (const std::string& path : runs) {
    ROBBENCH_ASSIGN_OR_RETURN(const auto run,
                              ReadTextProto<ReproducedRun>(path));
    if (run.message.evaluations().empty()) {
      return FieldError(path, "evaluations", "at least one", "none");
    }
    for (const EvaluationRecord& evaluation : run.message.evaluations()) {
      if (evaluation.attacks().empty()) {
        return FieldError(path, "evaluations.attacks", "at least one", "none");
      }
      const std::pair key(-int64_t{evaluation.attacks(0).total()},
                          evaluation.suite());
      RecordCollector& collector =
          collectors
              .try_emplace(key, spec.message, spec.bytes,
                           RecordCollector::Options{.allow_fewer_seeds = true})
              .first->second;
      ROBBENCH_RETURN_IF_ERROR(
          collector.Add(path + ": training.train.binpb",
                        SerializeRecord(run.message.training())));
      ROBBENCH_RETURN_IF_ERROR(collector.Add(
          absl::StrCat(path, ": ", evaluation.suite(), ".eval.binpb"),
          SerializeRecord(evaluation)));
    }
  }
  std::vector<BenchmarkTable> tables;
  for (auto& [key, collector] : collectors) {
    ROBBENCH_ASSIGN_OR_RETURN(Table table, collector.Finish());
    ROBBENCH_ASSIGN_OR_RETURN(
        BenchmarkTable made,
        BenchmarkTable::Make("reproduction", std::move(table)));
    tables.push_back(std::move(made));
  }
  return tables;
}

absl::StatusOr<ReferenceRows> FindPublishedRows(
    const std::string& dataset, const std::vector<std::string>& cells,
    const BenchmarkTable& published, const Statistics& statistics) {
  ReferenceRows rows;
  std::optional<Twins> amplifying;  // only where they are needed
  for (const std::string& cell : cells) {
    ROBBENCH_ASSIGN_OR_RETURN(const CellMatch match, published.FindCell(cell));
    const bool amplifies =
        Amplifies(*Cell::FromCode(published.cell(match.position).code()));
    if (amplifies && !amplifying) amplifying = AmplifyingTwins(published);
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
      if (!amplifies) continue;
      const auto own = MeasureNoise(*amplifying, *column, /*best=*/0);
      if (!own.has_value()) continue;
      accuracy.set_one_seed_amplifying(own->pooled_standard_deviation() *
                                       std::sqrt(accuracy.seeds()));
    }
  }
  return rows;
}

std::vector<std::string> CellCodes(const std::vector<BenchmarkTable>& tables) {
  std::map<uint32_t, std::string> codes;
  for (const BenchmarkTable& table : tables) {
    for (int i = 0; i < table.num_cells(); ++i) {
      codes[table.cell(i).index()] = table.cell(i).code();
    }
  }
  std::vector<std::string> result;
  for (const auto& [index, code] : codes) result.push_back(code);
  return result;
}

std::vector<MetricComparison> CompareWithPublished(
    const std::vector<BenchmarkTable>& ours, const ReferenceRows& rows) {
  std::vector<MetricComparison> comparisons;
  for (const ReferenceRow& row : rows.rows()) {
    for (const ReferenceAccuracy& accuracy : row.accuracies()) {
      for (const BenchmarkTable& table : ours) {
        std::optional<MetricComparison> comparison =
            CompareMetric(table, row, accuracy);
        if (!comparison.has_value()) continue;
        comparisons.push_back(*std::move(comparison));
        break;
      }
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
      kMostStandardErrors,
      " standard errors. Cells that amplify, sums of two or more paths of "
      "skip_connect and avg_pool_3x3 without a convolution, scatter many times "
      "as much as the typical cell: equal networks among them differ by "
      "several "
      "points in the published table. Their second error and z are by their "
      "own scatter.");
  out.columns = {{"cell", "index (operations on the six edges)", false},
                 {"data set", "", false},
                 {"metric", "", false},
                 {"seeds", "trained here", true},
                 {"images", "attacked here", true},
                 {"ours", "percent", true},
                 {"± seeds", "points, standard deviation of ours", true},
                 {"published", "percent", true},
                 {"difference", "ours less published, in points", true},
                 {"± error", "points", true},
                 {"z", "difference / error", true},
                 {"± error, amplifying", "points", true},
                 {"z, amplifying", "difference / that error", true}};
  for (const MetricComparison& c : comparisons) {
    const double difference = 100 * (c.ours - c.published);
    out.rows.push_back(
        {{absl::StrCat(c.cell.index(), " (", c.cell.code(), ")"), kNaN, ""},
         {c.dataset, kNaN, ""},
         {c.label, kNaN, ""},
         {absl::StrCat(c.seeds), static_cast<double>(c.seeds), ""},
         {Grouped(c.images), static_cast<double>(c.images), ""},
         {Percent(c.ours, 2), 100 * c.ours, ""},
         Points(c.our_spread),
         {Percent(c.published, 2), 100 * c.published, ""},
         {SignedNumber(difference, 2), difference, ""},
         Points(c.standard_error),
         {SignedNumber(c.z, 1), c.z, ""},
         Points(c.amplifying_error),
         c.amplifying_z.has_value()
             ? ReportCell{SignedNumber(*c.amplifying_z, 1), *c.amplifying_z, ""}
             : ReportCell{}});
  }
  return out;
}

}  // namespace robbench
