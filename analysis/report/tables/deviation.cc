#include "analysis/report/tables/deviation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/statistics/difference_error.h"
#include "analysis/statistics/rank_statistics.h"
#include "analysis/statistics/scatter/seed_variance.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/escape.h"
#include "analysis/text/number_format.h"
#include "nas/cell.pb.h"

namespace robbench {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Pair {
  const Column* ours;
  const Column* published;
  double seed_variance;  // NaN when unknown
};

ReportCell Number(double value, std::string text) {
  return {std::move(text), value, ""};
}

struct CellPair {
  int ours, published;
};

class Comparison {
 public:
  Comparison(const BenchmarkTable& ours, const BenchmarkTable& published,
             std::string dataset)
      : ours_(ours), published_(published), dataset_(std::move(dataset)) {
    for (const Column* column : ours.Columns(dataset_, Column::ACCURACY)) {
      const Column* other = published.Find(dataset_, column->key().metric());
      if (other != nullptr && column->images() > 0 && other->images() > 0) {
        const auto variance = MeasureSeedVariance(*column);
        pairs_.push_back({column, other, variance ? variance->variance : kNaN});
      }
    }
    for (int i = 0; i < ours.num_cells(); ++i) {
      const auto match = published.FindCell(ours.cell(i).code());
      if (match.ok()) cells_.push_back({i, match->position});
    }
  }

  bool empty() const { return pairs_.empty() || cells_.empty(); }

  ReportTable Summary() const {
    ReportTable out;
    out.name = "deviation-" + AnchorName(dataset_);
    out.title = "Ours against the published: " + DatasetLabel(dataset_);
    out.note =
        "Ours less published, in points. Error: standard error from the "
        "scatter between seeds and from the test images used; of the mean the "
        "most that it can be, as all cells have the same images. Deviations of "
        "nothing but noise have a mean square of 1 in standard errors.";
    out.columns = {{"metric", "", false},
                   {"cells", "", true},
                   {"mean deviation", "points", true},
                   {"± error", "standard error of the mean, at most", true},
                   {"r.m.s. in errors", "of deviation / standard error", true},
                   {"within 95%", "share within 1.96 standard errors", true},
                   {"Spearman", "ours with published", true}};
    for (const Pair& pair : pairs_) AddSummary(pair, out);
    return out;
  }

  ReportTable All() const {
    ReportTable out;
    out.name = "deviations-" + AnchorName(dataset_);
    out.title = "Every deviation: " + DatasetLabel(dataset_);
    out.note =
        "Ours less published, in points, ± its standard error (none where no "
        "cell has two seeds).";
    out.filter = true;
    out.folded = true;
    out.columns = {{"code", "operations on the six edges", false},
                   {"index", "official index", true}};
    for (const Pair& pair : pairs_) {
      out.columns.push_back(
          {ShortMetricLabel(*pair.ours), MetricLabel(*pair.ours), true});
    }
    for (const CellPair& cell : cells_) {
      const CellIdentity& identity = ours_.cell(cell.ours);
      auto& row = out.rows.emplace_back();
      row.push_back(
          {identity.code(), kNaN, /*html=*/"", CsvCode(identity.code())});
      row.push_back(Number(identity.index(), absl::StrCat(identity.index())));
      for (const Pair& pair : pairs_) {
        const auto [difference, terms, error] = Deviation(pair, cell);
        if (std::isnan(difference)) {
          row.push_back({"–", kNaN, ""});
          continue;
        }
        std::string text = SignedNumber(100 * difference, 2);
        if (!std::isnan(error)) {
          absl::StrAppend(&text, " ± ", Percent(error, 2));
        }
        row.push_back(Number(100 * difference, std::move(text)));
      }
    }
    return out;
  }

 private:
  struct CellDeviation {
    double difference;  // ours - published
    // Absent if there is no seed of ours.
    std::optional<DifferenceErrorTerms> terms;
    double error;  // NaN when unknown
  };

  CellDeviation Deviation(const Pair& pair, const CellPair& cell) const {
    const MetricValue ours = ValueOf(*pair.ours, cell.ours);
    const double published = pair.published->mean(cell.published);
    const double difference = ours.mean - published;
    if (std::isnan(difference) || ours.seeds == 0) {
      return {difference, std::nullopt, kNaN};
    }
    const DifferenceErrorTerms terms = {
        .seed_variance = pair.seed_variance,
        .accuracy = published,
        .our_seeds = ours.seeds,
        .our_images = static_cast<int>(pair.ours->images()),
        .their_seeds = std::max<int>(pair.published->mean_of(), 1),
        .their_images = static_cast<int>(pair.published->images())};
    return {difference, terms, DifferenceError(terms)};
  }

  void AddSummary(const Pair& pair, ReportTable& out) const {
    std::vector<double> x, y;
    std::vector<DifferenceErrorTerms> with_error;
    double sum = 0, squared_ratios = 0;
    int within = 0;
    for (const CellPair& cell : cells_) {
      const auto [difference, terms, error] = Deviation(pair, cell);
      if (std::isnan(difference)) continue;
      x.push_back(pair.ours->mean(cell.ours));
      y.push_back(pair.published->mean(cell.published));
      sum += difference;
      if (!(error > 0)) continue;
      with_error.push_back(*terms);
      squared_ratios += difference * difference / (error * error);
      within += std::abs(difference) <= 1.96 * error;
    }
    if (x.empty()) return;
    const double mean = 100 * sum / x.size();
    auto& row = out.rows.emplace_back();
    row.push_back({MetricLabel(*pair.ours), kNaN, ""});
    row.push_back(Number(x.size(), Grouped(x.size())));
    row.push_back(Number(mean, SignedNumber(mean, 2)));
    if (with_error.size() == x.size()) {
      const double error = 100 * MeanDifferenceError(with_error);
      const double ratio = std::sqrt(squared_ratios / x.size());
      row.push_back(Number(error, absl::StrFormat("%.2f", error)));
      row.push_back(Number(ratio, absl::StrFormat("%.2f", ratio)));
      row.push_back(
          Number(100.0 * within / x.size(),
                 absl::StrCat(Percent(1.0 * within / x.size(), 0), "%")));
    } else {
      for (int i = 0; i < 3; ++i) row.push_back({"–", kNaN, ""});
    }
    const auto spearman = Spearman(x, y);
    row.push_back(spearman ? Number(*spearman, SignedNumber(*spearman, 3))
                           : ReportCell{"–", kNaN, ""});
  }

  const BenchmarkTable& ours_;
  const BenchmarkTable& published_;
  const std::string dataset_;
  std::vector<Pair> pairs_;
  std::vector<CellPair> cells_;
};

}  // namespace

std::vector<ReportTable> DeviationTables(const BenchmarkTable& ours,
                                         const BenchmarkTable& published) {
  std::vector<ReportTable> tables;
  for (const std::string& dataset : ours.Datasets()) {
    const Comparison comparison(ours, published, dataset);
    if (comparison.empty()) continue;
    tables.push_back(comparison.Summary());
    tables.push_back(comparison.All());
  }
  return tables;
}

}  // namespace robbench
