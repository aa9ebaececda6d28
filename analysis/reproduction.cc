#include "analysis/reproduction.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis/field_error.h"
#include "analysis/noise_floor.h"
#include "analysis/number_format.h"
#include "analysis/record_collector.h"
#include "analysis/reproduction_criterion.h"
#include "analysis/statistics.pb.h"
#include "analysis/table.pb.h"
#include "analysis/training_course.h"
#include "analysis/twin_scatter.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"
#include "nas/network_identity.h"
#include "training/dataset_spec.pb.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// A deviation in percentage points; empty where there is none.
ReportCell Points(bool present, double deviation) {
  if (!present) return {};
  return {absl::StrFormat("%.2f", 100 * deviation), 100 * deviation, ""};
}

TrainingOutcome OutcomeOf(const TrainRecord& training, uint32_t classes) {
  std::vector<double> losses;
  for (const EpochRecord& epoch : training.epochs()) {
    losses.push_back(epoch.loss());
  }
  TrainingOutcome outcome;
  outcome.set_seed(training.seed());
  SetCourse(ReadCourse(losses, classes), outcome);
  return outcome;
}

// The accuracies of a row of `table` that `cell` does not have yet.
void AddAccuracies(const BenchmarkTable& table, int position, OurCell& cell) {
  for (const Column* column : table.Columns(cell.dataset(), Column::ACCURACY)) {
    const std::string& metric = column->key().metric();
    if (std::any_of(cell.accuracies().begin(), cell.accuracies().end(),
                    [&](const OurAccuracy& accuracy) {
                      return accuracy.metric() == metric;
                    })) {
      continue;
    }
    OurAccuracy accuracy;
    accuracy.set_metric(metric);
    accuracy.set_images(column->images());
    for (const auto& [seed, value] : ValueOf(*column, position).by_seed) {
      OurAccuracy::Seed& out = *accuracy.add_seeds();
      out.set_seed(seed);
      out.set_value(value);
    }
    if (!accuracy.seeds().empty()) *cell.add_accuracies() = accuracy;
  }
}

std::string CellName(const CellIdentity& cell) {
  return absl::StrCat(cell.index(), " (", cell.code(), ")");
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

absl::StatusOr<std::vector<OurCell>> ReadReproduction(
    const std::string& dataset_spec, const std::vector<std::string>& runs) {
  ROBBENCH_ASSIGN_OR_RETURN(const auto spec,
                            ReadTextProto<DatasetSpec>(dataset_spec));
  // By test images, most first, then suite. Of different numbers `clean` would
  // not agree.
  std::map<std::pair<int64_t, std::string>, RecordCollector> collectors;
  std::map<uint32_t, std::map<uint32_t, TrainingOutcome>> outcomes;
  for (const std::string& path : runs) {
    ROBBENCH_ASSIGN_OR_RETURN(const auto run,
                              ReadTextProto<ReproducedRun>(path));
    const TrainRecord& training = run.message.training();
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
      ROBBENCH_RETURN_IF_ERROR(collector.Add(path + ": training.train.binpb",
                                             SerializeRecord(training)));
      ROBBENCH_RETURN_IF_ERROR(collector.Add(
          absl::StrCat(path, ": ", evaluation.suite(), ".eval.binpb"),
          SerializeRecord(evaluation)));
    }
    if (training.epochs().empty()) {
      return FieldError(path, "training.epochs", "at least one", "none");
    }
    outcomes[training.cell().index()][training.seed()] =
        OutcomeOf(training, spec.message.classes());
  }
  std::map<uint32_t, OurCell> cells;
  for (auto& [key, collector] : collectors) {
    ROBBENCH_ASSIGN_OR_RETURN(Table collected, collector.Finish());
    ROBBENCH_ASSIGN_OR_RETURN(
        const BenchmarkTable table,
        BenchmarkTable::Make("reproduction", std::move(collected)));
    for (int i = 0; i < table.num_cells(); ++i) {
      OurCell& cell = cells[table.cell(i).index()];
      cell.set_dataset(spec.message.name());
      *cell.mutable_cell() = table.cell(i);
      AddAccuracies(table, i, cell);
    }
  }
  std::vector<OurCell> result;
  for (auto& [index, cell] : cells) {
    for (const auto& [seed, outcome] : outcomes[index]) {
      *cell.add_trainings() = outcome;
    }
    result.push_back(std::move(cell));
  }
  return result;
}

absl::StatusOr<ReferenceRows> FindPublishedRows(
    const std::vector<OurCell>& cells, const BenchmarkTable& published) {
  std::map<std::string, std::vector<int>> networks;
  for (int i = 0; i < published.num_cells(); ++i) {
    networks[NetworkString(*Cell::FromCode(published.cell(i).code()))]
        .push_back(i);
  }
  const Twins twins = FindTwins(published);
  std::map<std::pair<std::string, std::string>, std::vector<TwinScatter>>
      scatters;  // by data set and metric
  ReferenceRows rows;
  for (const OurCell& ours : cells) {
    ROBBENCH_ASSIGN_OR_RETURN(const CellMatch match,
                              published.FindCell(ours.cell().code()));
    const Cell cell = *Cell::FromCode(published.cell(match.position).code());
    ReferenceRow& row = *rows.add_rows();
    row.set_dataset(ours.dataset());
    row.set_cell(published.cell(match.position).index());
    row.set_kind(KindOf(cell));
    // A class's members need not be the same network; the target is the row of
    // the representative and those that are the same network as it.
    const std::vector<int>& positions = networks.at(
        NetworkString(*Cell::FromCode(published.cell(match.position).code())));
    for (const int i : positions) row.add_rows(published.cell(i).index());
    for (const Column* column :
         published.Columns(ours.dataset(), Column::ACCURACY)) {
      ReferenceAccuracy& accuracy = *row.add_accuracies();
      accuracy.set_metric(column->key().metric());
      accuracy.set_seeds(column->mean_of());
      accuracy.set_images(column->images());
      for (const int i : positions) accuracy.add_means(column->mean(i));
      std::vector<TwinScatter>& of_column =
          scatters[{ours.dataset(), accuracy.metric()}];
      if (of_column.empty()) {
        of_column = MeasureTwinScatter(published, twins, *column);
      }
      for (const TwinScatter& twin : of_column) {
        if (twin.kind() != row.kind() || !twin.has_one_seed()) continue;
        SeedScatter& scatter = *accuracy.mutable_scatter();
        scatter.set_one_seed(twin.one_seed());
        scatter.set_degrees_of_freedom(twin.degrees_of_freedom());
        scatter.set_failed_share(twin.failed_share());
      }
    }
  }
  return rows;
}

Reproductions Judge(const std::vector<OurCell>& ours,
                    const ReferenceRows& rows) {
  Reproductions result;
  *result.mutable_rule() = PublishedRule();
  for (const OurCell& cell : ours) {
    for (const ReferenceRow& row : rows.rows()) {
      if (row.dataset() != cell.dataset() ||
          row.cell() != cell.cell().representative()) {
        continue;
      }
      *result.add_cells() = JudgeReproduction(result.rule(), row, cell);
    }
  }
  return result;
}

ReportTable VerdictTable(const Reproductions& reproductions) {
  const ReproductionRule& rule = reproductions.rule();
  ReportTable out;
  out.name = "reproduction-verdicts";
  out.title = "Trained here as the paper says: what holds";
  out.note = absl::StrCat(
      "Full runs of the paper's recipe on the whole data set, against the "
      "published rows of the same network, by a rule that was fixed before the "
      "runs that followed (analysis/reproduction/README.md). Differs: the ",
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
