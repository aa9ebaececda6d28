// Tests what report, page and claims say of twenty synthetic cells. Numbers are
// compared with the records themselves, sentences with what was changed in the
// table.
#include "analysis/report/page/report_content.h"

#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "analysis/claims/claim_groups.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/claims/make_claims.h"
#include "analysis/collect/synthetic_records.h"
#include "analysis/collect/synthetic_table.h"
#include "analysis/report/page/report_answer.h"
#include "analysis/report/page/report_page.h"
#include "analysis/report/tables/report_table.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/read_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/number_format.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

Table TwentyCellsTable() { return SyntheticTable(TwentyCells()); }

// One of the cells has no live path, so its records have flags.
void ClearDoubts(Table& table) {
  for (CellRun& run : *table.mutable_runs()) {
    for (RecordSource& source : *run.mutable_sources()) {
      source.clear_flags();
      source.clear_failed_checks();
      source.clear_unreliable();
    }
  }
}

AnalysedTable Analysed(Table proto) {
  auto table = BenchmarkTable::Make("table", std::move(proto));
  EXPECT_TRUE(table.ok()) << table.status();
  StatisticsSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      SyntheticStatisticsSpec(), &spec));
  auto statistics = ComputeStatistics(*table, "spec", spec);
  EXPECT_TRUE(statistics.ok()) << statistics.status();
  return {.table = *std::move(table), .statistics = *std::move(statistics)};
}

Claims ClaimsOf(const AnalysedTable& analysed) {
  return MakeClaims(
      {.table = analysed.table, .statistics = analysed.statistics});
}

std::map<std::string, std::string> SettingOf(const AnalysedTable& analysed) {
  std::map<std::string, std::string> setting;
  for (const auto& [name, value] :
       Setting(analysed.table, analysed.table.proto().benchmarks(0))) {
    EXPECT_TRUE(setting.emplace(name, value).second) << name;
  }
  return setting;
}

TEST(ReportContent, SettingIsThatOfTheRecords) {
  const AnalysedTable analysed = Analysed(TwentyCellsTable());
  auto setting = SettingOf(analysed);
  EXPECT_EQ(setting["Data"],
            "Fashion-MNIST, 10 classes, 4,000 training images; padded by 2, "
            "mean of 2×2 pixels");
  EXPECT_EQ(setting["Skeleton"], "8 channels, 1 cell a stage, three stages");
  EXPECT_EQ(setting["Training"],
            "4 epochs of SGD, batch 64, weight decay 0.0005; OneCycle to 0.1, "
            "momentum 0.95 → 0.85 → 0.95; crop padding 2, flip 0.5");
  EXPECT_EQ(setting["Training attack"],
            "PGD-7, ε = 25/255, step 6.25/255, random start");
  EXPECT_THAT(setting["Attacks (suite mini)"],
              HasSubstr("step 3.125/255, random start (1,000 images)"));
  EXPECT_THAT(setting["NTK"],
              HasSubstr("64 test images, 8 channels, 1 cell a stage, at "
                        "initialisation; PGD-20, ε = 25/255; scalar sum of "
                        "logits, parameters all, BatchNorm eval"));
  EXPECT_EQ(setting["Seeds"], "0, 1");
  EXPECT_EQ(setting["Numeric profile"], "portable");
  EXPECT_EQ(setting["Data set's SHA-256"],
            analysed.table.proto().benchmarks(0).dataset_sha256());
  EXPECT_EQ(setting.count("Published by"), 0);
}

TEST(ReportContent, SettingFollowsTheTable) {
  Table table = TwentyCellsTable();
  Benchmark& benchmark = *table.mutable_benchmarks(0);
  benchmark.mutable_recipe()->mutable_attack()->set_random_start(false);
  benchmark.mutable_recipe()->mutable_attack()->set_steps(3);
  benchmark.mutable_recipe()->mutable_skeleton()->set_cells_per_stage(5);
  benchmark.set_numeric_profile("native");
  auto setting = SettingOf(Analysed(table));
  EXPECT_EQ(setting["Training attack"], "PGD-3, ε = 25/255, step 6.25/255");
  EXPECT_EQ(setting["Skeleton"], "8 channels, 5 cells a stage, three stages");
  EXPECT_EQ(setting["Numeric profile"], "native");
}

TEST(ReportContent, WarningsSayWhatIsMissingAndUnreliable) {
  Table table = TwentyCellsTable();
  ClearDoubts(table);
  EXPECT_THAT(Warnings(Analysed(table).table), IsEmpty());
  CellRun& run = *table.mutable_runs(0);
  const std::string cell =
      absl::StrCat(run.cell().index(), " (", run.cell().code(), ")");
  Gap& gap = *table.add_gaps();
  gap.set_dataset(run.dataset());
  *gap.mutable_cell() = table.cells(0);  // another gap of the same cell
  gap.set_seed(7);
  gap.set_kind(RecordSource::TRAINING);
  gap.set_reason("epoch 1, step 2: the loss is NaN");
  for (RecordSource& source : *run.mutable_sources()) {
    if (source.kind() == RecordSource::EVALUATION) {
      source.add_failed_checks("pgd_not_weaker_than_fgsm: 0.02");
    } else if (source.kind() == RecordSource::NTK) {
      source.add_flags("singular_kernel");
    }
  }
  for (RecordSource& source : *table.mutable_runs(1)->mutable_sources()) {
    if (source.kind() == RecordSource::EVALUATION) source.set_unreliable(true);
  }
  const auto warnings = Warnings(Analysed(table).table);
  ASSERT_EQ(warnings.size(), 4);
  EXPECT_THAT(warnings[0], StartsWith(absl::StrCat("Missing: cell ", cell)));
  EXPECT_THAT(warnings[0], HasSubstr("seed 7"));
  EXPECT_THAT(warnings[0], HasSubstr("the loss is NaN."));
  EXPECT_EQ(warnings[1], absl::StrCat("Cell ", cell, ", seed ", run.seed(),
                                      ", Fashion-MNIST, suite mini: "
                                      "pgd_not_weaker_than_fgsm: 0.02."));
  EXPECT_THAT(warnings[2], HasSubstr(": marked unreliable."));
  EXPECT_EQ(warnings[3],
            absl::StrCat("NTK, singular kernel: ", run.cell().code(), "."));
}

size_t ColumnOf(const ReportTable& table, absl::string_view label) {
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].label == label) return c;
  }
  ADD_FAILURE() << "no column " << label << " in " << table.name;
  return 0;
}

TEST(ReportContent, ResultsAreTheCountsOfTheRecords) {
  const AnalysedTable analysed = Analysed(TwentyCellsTable());
  const auto tables = ReportTables(analysed.table, analysed.statistics);
  std::vector<std::string> names;
  for (const ReportTable& table : tables) names.push_back(table.name);
  EXPECT_THAT(names, ElementsAre("results", "correlations", "operations",
                                 "distributions", "seeds", "training"));
  for (const ReportTable& table : tables) {
    for (const auto& row : table.rows) {
      EXPECT_EQ(row.size(), table.columns.size()) << table.name;
    }
  }
  const ReportTable& results = tables[0];
  ASSERT_EQ(results.rows.size(), 20);
  const SyntheticOptions options = TwentyCells();
  const size_t clean = ColumnOf(results, "clean");
  const size_t adds = ColumnOf(results, "M mult-adds");
  double last = 101;
  for (size_t r = 0; r < results.rows.size(); ++r) {
    const auto& row = results.rows[r];
    EXPECT_EQ(row[0].text, absl::StrCat(r + 1));
    const std::string code = row[1].text;
    double accuracy[2], ranking = 0;
    for (const int seed : {0, 1}) {
      const EvaluationRecord record = SyntheticEvaluation(options, code, seed);
      accuracy[seed] = 100.0 * record.attacks(0).correct() / 1000;
      ranking += 100.0 * record.attacks(4).correct() / 1000 / 2;
    }
    const double mean = (accuracy[0] + accuracy[1]) / 2;
    EXPECT_NEAR(row[clean].number, mean, 1e-9) << code;
    double shown, deviation;
    const std::vector<std::string> parts =
        absl::StrSplit(row[clean].text, " ± ");
    ASSERT_EQ(parts.size(), 2) << row[clean].text;
    ASSERT_TRUE(absl::SimpleAtod(parts[0], &shown));
    ASSERT_TRUE(absl::SimpleAtod(parts[1], &deviation));
    EXPECT_NEAR(shown, mean, 0.05 + 1e-9) << code;
    EXPECT_NEAR(deviation, std::abs(accuracy[0] - accuracy[1]) / std::sqrt(2.0),
                0.05 + 1e-9)
        << code;
    EXPECT_NEAR(row[adds].number,
                SyntheticTraining(options, code, 0).multiply_adds() / 1e6,
                1e-9);
    EXPECT_LE(ranking, last) << code;
    last = ranking;
    EXPECT_EQ(row.back().text, "2");
  }
}

const Finding* FindingOf(const std::vector<Finding>& findings,
                         absl::string_view heading) {
  for (const Finding& finding : findings) {
    if (finding.heading() == heading) return &finding;
  }
  ADD_FAILURE() << "no finding " << heading;
  return nullptr;
}

std::vector<Finding> FindingsOf(const AnalysedTable& analysed) {
  return Findings({.table = analysed.table, .statistics = analysed.statistics});
}

TEST(ReportContent, FindingsSayWhatWasRunAndWhatIsDoubtful) {
  Table table = TwentyCellsTable();
  ClearDoubts(table);
  const auto findings = FindingsOf(Analysed(table));
  const Finding* const run = FindingOf(findings, "What was run");
  ASSERT_NE(run, nullptr);
  EXPECT_EQ(run->text(),
            "20 cells were adversarially trained on Fashion-MNIST (4,000 "
            "images, 4 epochs, 40 runs with 2 seeds) and attacked on the test "
            "set. This is not the paper's setting: data set Fashion-MNIST, "
            "channels 8 (paper: 16), cells per stage 1 (paper: 5), epochs 4 "
            "(paper: 50), batch 64 (paper: 256), training ε 25/255 (paper: "
            "8/255). So accuracies are not to be compared with the published "
            "table; relations between cells are the point.");
  EXPECT_EQ(FindingOf(findings, "Self-checks")->text(),
            "All 40 evaluations passed their own checks.");

  // The agreement of the seeds is the statistic that its sentence prints.
  const AnalysedTable analysed = Analysed(table);
  const Finding* const signal = FindingOf(findings, "Is the ranking signal?");
  bool found = false;
  for (const SeedAgreement& seeds : analysed.statistics.seed_agreements()) {
    if (seeds.column().metric() != "pgd_25") continue;
    found = true;
    EXPECT_EQ(signal->evidence(0).value(), seeds.spearman());
    EXPECT_THAT(signal->text(),
                HasSubstr(absl::StrFormat("%.3f", seeds.spearman())));
  }
  EXPECT_TRUE(found);

  for (RecordSource& source : *table.mutable_runs(3)->mutable_sources()) {
    if (source.kind() == RecordSource::EVALUATION) source.set_unreliable(true);
  }
  EXPECT_THAT(FindingOf(FindingsOf(Analysed(table)), "Self-checks")->text(),
              StartsWith("1 of 40 evaluations did not pass"));
}

// The first screen has the first cell of the ranking with its accuracies, how
// many were ranked, the tally of verdicts and the number of warnings.
TEST(ReportContent, AnswerIsTheFirstOfTheRankingAndTheTally) {
  Table table = TwentyCellsTable();
  // One cell has no accuracy by which it could be ranked.
  for (Column& column : *table.mutable_columns()) {
    if (column.key().metric() != "pgd_25") continue;
    column.set_mean(4, std::nan(""));
    for (Column::Seed& seed : *column.mutable_seeds()) {
      seed.set_value(4, std::nan(""));
    }
  }
  const AnalysedTable analysed = Analysed(table);
  Claims claims;
  for (const Claim::Verdict verdict :
       {Claim::HOLDS, Claim::HOLDS, Claim::UNDECIDED}) {
    claims.add_claims()->set_verdict(verdict);
  }
  const std::string answer = AnswerHtml(analysed, claims, 3);
  const RankedCell& best = analysed.statistics.datasets(0).ranking(0);
  EXPECT_THAT(
      answer,
      AllOf(HasSubstr("The highest of 19 cells by "),
            HasSubstr(absl::StrCat("index\">", best.cell().index(), "<")),
            HasSubstr(Percent(best.value())), HasSubstr("3 claims</a>"),
            HasSubstr("holds: 2<"), HasSubstr("undecided: 1<"),
            HasSubstr(">3 warnings<")));
  EXPECT_THAT(AnswerHtml(analysed, {}, 0),
              AllOf(Not(HasSubstr("claims</a>")), Not(HasSubstr("warning"))));
}

TEST(ReportContent, PageHasItsSectionsInOrderAndWhatItWasGiven) {
  Table table = TwentyCellsTable();
  const AnalysedTable analysed = Analysed(table);
  const Drawing drawing = {"ranking", "A title & more", "A caption",
                           "<?xml?><svg viewBox='0 0 1 1'><g id='a'/><use "
                           "href='#a'/><title>Gnuplot</title></svg>"};
  const auto page = ReportPage(analysed, ClaimsOf(analysed), {drawing});
  ASSERT_TRUE(page.ok()) << page.status();
  size_t at = 0;
  for (const char* section :
       {"id=\"answer\"", "id=\"summary\"", "id=\"claims\"", "id=\"results\"",
        "<section id=\"figures\"", "<section id=\"tables\"", "id=\"setting\"",
        "id=\"provenance\""}) {
    const size_t found = page->find(section, at);
    ASSERT_NE(found, std::string::npos) << section;
    at = found;
  }
  EXPECT_THAT(*page, HasSubstr("<title>A title &amp; more</title>"));
  EXPECT_THAT(*page, HasSubstr("<g id='ranking-a'/><use href='#ranking-a'/>"));
  EXPECT_THAT(*page, Not(HasSubstr("Against the published table")));
  for (const auto& [name, value] : SettingOf(analysed)) {
    EXPECT_THAT(*page,
                HasSubstr(absl::StrCat(
                    "<dt>", name == "Data set's SHA-256" ? "Data set" : name)))
        << value;
  }
  // There is another section if the table is compared with another one.
  ReportTable published;
  published.name = "published";
  published.title = "Ours and theirs";
  const auto compared =
      ReportPage(analysed, ClaimsOf(analysed), {drawing}, {published});
  ASSERT_TRUE(compared.ok());
  EXPECT_THAT(*compared, HasSubstr("Against the published table"));

  Drawing scripted = drawing;
  scripted.svg = "<svg viewBox='0 0 1 1'><script>x</script></svg>";
  EXPECT_EQ(
      ReportPage(analysed, ClaimsOf(analysed), {scripted}).status().message(),
      "ranking.svg: field svg: expected a drawing without scripts, found "
      "<script");
  EXPECT_FALSE(absl::StrContains(*page, "<script>x"));
}

}  // namespace
}  // namespace robbench
