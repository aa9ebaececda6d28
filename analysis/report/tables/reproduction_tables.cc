#include "analysis/report/tables/reproduction_tables.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis/collect/training_course.h"
#include "analysis/statistics/noise_floor.h"
#include "analysis/studies/reproduction/reproduction.pb.h"
#include "analysis/table/cell_name.h"
#include "analysis/text/number_format.h"

namespace robbench {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Returns a deviation in percentage points, or an empty cell.
ReportCell Points(bool present, double deviation) {
  if (!present) return {};
  return {absl::StrFormat("%.2f", 100 * deviation), 100 * deviation, ""};
}

const char* VerdictName(Verdict verdict) {
  switch (verdict) {
    case UNDECIDED:
      return "undecided";
    case HOLDS:
      return "holds";
    case DIFFERS:
      return "differs";
    case FAILED:
      return "failed";
  }
  return "";
}

std::string Trainings(const CellReproduction& cell) {
  std::vector<std::string> texts;
  for (const TrainingOutcome& training : cell.ours().trainings()) {
    texts.push_back(absl::StrCat("seed ", training.seed(), ": ",
                                 CourseText(CourseOf(training))));
  }
  return absl::StrJoin(texts, "; ");
}

const char* ScatterText(MetricEvidence::ScatterOf scatter) {
  switch (scatter) {
    case MetricEvidence::NOTHING:
      return "–";
    case MetricEvidence::KIND:
      return "kind";
    case MetricEvidence::KIND_AND_OWN:
      return "kind and ours";
    case MetricEvidence::OWN:
      return "ours";
  }
  return "";
}

}  // namespace

ReportTable VerdictTable(const Reproductions& reproductions) {
  const ReproductionRule& rule = reproductions.rule();
  ReportTable out;
  out.name = "reproduction-verdicts";
  out.title = "Trained here as the paper says: what holds";
  out.note = absl::StrCat(
      "Full runs of the paper's recipe on the whole data set, against the "
      "published rows of the same network, by a rule that was fixed before the "
      "runs that followed (analysis/studies/reproduction/README.md). Differs: "
      "the ",
      Percent(rule.confidence(), 0),
      " % interval of ours less published, all metrics of a cell together, "
      "leaves out 0 for some metric. Holds: none differs, and for ",
      absl::StrJoin(rule.required_metrics(), " and "),
      " half the interval is at most ", Percent(rule.widest(), 0),
      " points wide. Undecided: it is wider. Failed: all trainings stayed on "
      "the plateau of the loss or fell back to it, or more of them than the "
      "published table's share makes likely; a failed training is no number. "
      "Steady cells pass a BatchNorm, doubling ones add two paths of "
      "skip_connect or avg_pool_3x3 without one, multiplying ones three or "
      "four: of these the published table's own twins scatter most. "
      "Not covered: the cells were not drawn by chance, and the interval is "
      "not corrected for their number.");
  out.columns = {{"cell", "index (operations on the six edges)", false},
                 {"kind", "how it treats its input", false},
                 {"verdict", "", false},
                 {"why", "", false},
                 {"published rows", "of the same network", true},
                 {"trainings", "here", true},
                 {"failed", "of these", true},
                 {"course", "of each training", false}};
  for (const CellReproduction& c : reproductions.cells()) {
    size_t rows = 0;
    for (const MetricEvidence& metric : c.metrics()) {
      rows = std::max<size_t>(rows,
                              metric.rows_size() + metric.failed_rows_size());
    }
    const int trainings = c.ours().trainings_size();
    const int failed = c.failed_trainings();
    out.rows.push_back({{CellName(c.ours().cell()), kNaN, ""},
                        {KindName(c.kind()), kNaN, ""},
                        {VerdictName(c.verdict()), kNaN, ""},
                        {c.reason(), kNaN, ""},
                        {absl::StrCat(rows), static_cast<double>(rows), ""},
                        {absl::StrCat(trainings), 1.0 * trainings, ""},
                        {absl::StrCat(failed), 1.0 * failed, ""},
                        {Trainings(c), kNaN, ""}});
  }
  return out;
}

ReportTable ReproductionTable(const Reproductions& reproductions) {
  ReportTable out;
  out.name = "reproduction";
  out.title = "Trained here as the paper says: the numbers";
  out.note =
      "In points. Published: the mean of all rows of the same network that "
      "hold no failed seed. Scatter: standard deviation of one training, "
      "failed ones left out, and of what it is: published twins of the cell's "
      "kind, our seeds, or both. Low and high: the interval of ours less "
      "published.";
  out.columns = {{"cell", "index (operations on the six edges)", false},
                 {"metric", "", false},
                 {"verdict", "", false},
                 {"seeds", "trained here, without failed ones", true},
                 {"images", "attacked here", true},
                 {"ours", "percent", true},
                 {"published", "percent", true},
                 {"rows", "of the same network, left out + used", true},
                 {"difference", "ours less published, in points", true},
                 {"low", "of the interval", true},
                 {"high", "of the interval", true},
                 {"scatter", "points", true},
                 {"of", "what the scatter is of", false},
                 {"degrees of freedom", "of the scatter", true}};
  for (const CellReproduction& c : reproductions.cells()) {
    for (const MetricEvidence& m : c.metrics()) {
      const double difference = 100 * (m.ours() - m.published());
      const auto bound = [&](bool present, double value) {
        if (!present) return ReportCell{};
        return ReportCell{SignedNumber(100 * value, 2), 100 * value, ""};
      };
      std::string rows = absl::StrCat(m.rows_size());
      if (m.failed_rows_size() > 0) {
        rows = absl::StrCat(m.failed_rows_size(), " + ", rows);
      }
      out.rows.push_back(
          {{CellName(c.ours().cell()), kNaN, ""},
           {m.metric(), kNaN, ""},
           {VerdictName(m.verdict()), kNaN, ""},
           {absl::StrCat(m.our_seeds()), 1.0 * m.our_seeds(), ""},
           {Grouped(m.our_images()), 1.0 * m.our_images(), ""},
           {Percent(m.ours(), 2), 100 * m.ours(), ""},
           {Percent(m.published(), 2), 100 * m.published(), ""},
           {std::move(rows), 1.0 * m.rows_size(), ""},
           {SignedNumber(difference, 2), difference, ""},
           bound(m.has_low(), m.low()),
           bound(m.has_high(), m.high()),
           Points(m.has_one_seed(), m.one_seed()),
           {ScatterText(m.scatter_of()), kNaN, ""},
           m.has_degrees_of_freedom()
               ? ReportCell{absl::StrFormat("%.1f", m.degrees_of_freedom()),
                            m.degrees_of_freedom(), ""}
               : ReportCell{}});
    }
  }
  return out;
}

}  // namespace robbench
