// Tests the comparison by hand on synthetic records, and compares the committed
// runs with the committed published rows.
#include "analysis/studies/reproduction/reproduction.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "analysis/collect/synthetic_records.h"
#include "analysis/published/published_table_fixture.h"
#include "analysis/report/tables/report_table.h"
#include "analysis/report/tables/reproduction_tables.h"
#include "analysis/statistics/noise_floor.h"
#include "analysis/studies/reproduction/reproduction.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/file.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "training/recipe.pb.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::Pointwise;

constexpr char kDatasetSpec[] = "training/specs/cifar10.textproto";
constexpr char kRows[] =
    "analysis/studies/reproduction/published_rows.textproto";

std::string Temporary(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + "/" + name;
  EXPECT_TRUE(WriteFile(path, text).ok());
  return path;
}

// Returns one synthetic run as a file, which `change` may damage.
template <typename Change>
std::string RunFile(const SyntheticOptions& options, const std::string& code,
                    uint32_t seed, const Change& change) {
  ReproducedRun run;
  *run.mutable_training() = SyntheticTraining(options, code, seed);
  *run.add_evaluations() = SyntheticEvaluation(options, code, seed);
  change(run);
  return Temporary("run_" + std::to_string(seed) + ".textproto",
                   run.DebugString());
}

ReferenceRows OneRow(const std::string& metric, double mean) {
  ReferenceRows rows;
  ReferenceRow& row = *rows.add_rows();
  row.set_dataset("fashion_mnist");
  row.set_cell(2581);
  row.set_kind(STEADY);
  row.add_rows(2581);
  ReferenceAccuracy& accuracy = *row.add_accuracies();
  accuracy.set_metric(metric);
  accuracy.add_means(mean);
  accuracy.set_seeds(3);
  accuracy.set_images(10000);
  SeedScatter& scatter = *accuracy.mutable_scatter();
  scatter.set_one_seed(0.003);
  scatter.set_degrees_of_freedom(100);
  scatter.set_failed_share(0.003);
  return rows;
}

TEST(Reproduction, DifferenceAndErrorByHand) {
  const SyntheticOptions options;
  const std::string spec =
      Temporary("spec.textproto", SyntheticDatasetSpec(options));
  std::vector<std::string> files;
  std::vector<double> clean_accuracies;
  uint32_t images = 0;
  for (const uint32_t seed : {0, 1}) {
    files.push_back(RunFile(options, "323133", seed, [](ReproducedRun&) {}));
    const EvaluationRecord evaluation =
        SyntheticEvaluation(options, "323133", seed);
    const AttackResult& clean = evaluation.attacks(0);
    ASSERT_EQ(clean.name(), "clean");
    clean_accuracies.push_back(1.0 * clean.correct() / clean.total());
    images = clean.total();
  }
  const auto ours = ReadReproduction(spec, files);
  ASSERT_TRUE(ours.ok()) << ours.status();
  ASSERT_EQ(ours->size(), 1);
  EXPECT_EQ((*ours)[0].trainings_size(), 2);
  const Reproductions judged = Judge(*ours, OneRow("clean", 0.7));
  ASSERT_EQ(judged.cells_size(), 1);
  ASSERT_EQ(judged.cells(0).metrics_size(), 1);
  const MetricEvidence& c = judged.cells(0).metrics(0);
  EXPECT_EQ(judged.cells(0).ours().cell().index(), 2581);
  EXPECT_EQ(c.our_seeds(), 2);
  EXPECT_EQ(c.our_images(), images);
  const double mean = (clean_accuracies[0] + clean_accuracies[1]) / 2;
  EXPECT_NEAR(c.ours(), mean, 1e-12);
  ASSERT_NE(clean_accuracies[0], clean_accuracies[1]);
  EXPECT_NEAR(
      c.our_spread(),
      std::abs(clean_accuracies[0] - clean_accuracies[1]) / std::sqrt(2.0),
      1e-12);
  // We have two seeds and they have three, and our images are a part of theirs.
  const double error =
      std::sqrt(c.one_seed() * c.one_seed() * (1.0 / 2 + 1.0 / 3) +
                0.7 * 0.3 * (1.0 / images - 1.0 / 10000));
  EXPECT_NEAR(c.standard_error(), error, 1e-15);
  EXPECT_NEAR(c.low(), mean - 0.7 - c.limit() * error, 1e-12);
  const ReportTable table = ReproductionTable(judged);
  ASSERT_EQ(table.rows.size(), 1);
  ASSERT_EQ(table.rows[0].size(), table.columns.size());
  EXPECT_EQ(table.rows[0][0].text, "2581 (323133)");
  EXPECT_NEAR(table.rows[0][9].number, 100 * c.low(), 1e-12);
  const ReportTable verdicts = VerdictTable(judged);
  ASSERT_EQ(verdicts.rows.size(), 1);
  ASSERT_EQ(verdicts.rows[0].size(), verdicts.columns.size());
  EXPECT_THAT(verdicts.note, HasSubstr("the 95 % interval"));
  EXPECT_THAT(verdicts.note, HasSubstr("for clean and pgd_8"));
  EXPECT_THAT(verdicts.rows[0][7].text, HasSubstr("seed 1: "));
  // A metric that nobody measured here is no evidence.
  EXPECT_EQ(Judge(*ours, OneRow("square", 0.5)).cells(0).metrics_size(), 0);
}

// AutoAttack may run on a part of the test images. Its accuracy and number of
// images are then its own, and those of the others and of `clean` are of all
// images.
TEST(Reproduction, SuitesMayDifferInImages) {
  const SyntheticOptions options;
  const std::string spec =
      Temporary("spec.textproto", SyntheticDatasetSpec(options));
  const std::string file =
      RunFile(options, "323133", 0, [](ReproducedRun& run) {
        EvaluationRecord part = run.evaluations(0);
        part.set_suite("part");
        AttackResult clean = part.attacks(0);
        ASSERT_EQ(clean.name(), "clean");
        clean.set_total(100);
        clean.set_correct(100);
        AttackResult attack = clean;
        attack.set_name("autoattack");
        attack.set_correct(20);
        part.clear_attacks();
        *part.add_attacks() = clean;
        *part.add_attacks() = attack;
        *run.add_evaluations() = part;
      });
  const auto ours = ReadReproduction(spec, {file});
  ASSERT_TRUE(ours.ok()) << ours.status();
  ASSERT_EQ(ours->size(), 1);
  EXPECT_EQ((*ours)[0].cell().code(), "323133");
  const Reproductions attack = Judge(*ours, OneRow("autoattack", 0.3));
  EXPECT_EQ(attack.cells(0).metrics(0).our_images(), 100);
  EXPECT_FALSE(attack.cells(0).metrics(0).has_our_spread());  // of one seed
  EXPECT_NEAR(attack.cells(0).metrics(0).ours(), 0.2, 1e-12);
  const Reproductions clean = Judge(*ours, OneRow("clean", 0.7));
  EXPECT_GT(clean.cells(0).metrics(0).our_images(), 100);
  EXPECT_LT(clean.cells(0).metrics(0).ours(), 1);
}

TEST(Reproduction, RefusesRecordsThatDoNotBelongTogether) {
  const SyntheticOptions options;
  const std::string spec =
      Temporary("spec.textproto", SyntheticDatasetSpec(options));
  const auto weights = RunFile(options, "323133", 0, [](ReproducedRun& run) {
    run.mutable_training()->set_weights_sha256(std::string(64, 'a'));
  });
  EXPECT_THAT(std::string(ReadReproduction(spec, {weights}).status().message()),
              HasSubstr("weights"));
  const auto recipe = RunFile(options, "323133", 1, [](ReproducedRun& run) {
    run.mutable_training()->mutable_recipe()->set_epochs(51);
  });
  const auto whole = RunFile(options, "323133", 0, [](ReproducedRun&) {});
  EXPECT_THAT(
      std::string(ReadReproduction(spec, {whole, recipe}).status().message()),
      HasSubstr("recipe"));
  EXPECT_THAT(
      std::string(ReadReproduction(spec, {Temporary("no.textproto", "x: 1")})
                      .status()
                      .message()),
      HasSubstr("no.textproto"));
}

std::vector<std::string> CommittedRuns() {
  std::vector<std::string> runs;
  for (const auto& file :
       std::filesystem::directory_iterator("analysis/studies/reproduction")) {
    const std::string name = file.path().filename();
    if (absl::StartsWith(name, "cell_")) runs.push_back(file.path());
  }
  std::sort(runs.begin(), runs.end());
  return runs;
}

TEST(Reproduction, CommittedRunsAreThePapersRecipe) {
  ASSERT_FALSE(CommittedRuns().empty());
  const auto recipe =
      ReadTextProto<Recipe>("training/specs/cifar_recipe.textproto");
  ASSERT_TRUE(recipe.ok()) << recipe.status();
  for (const std::string& path : CommittedRuns()) {
    const auto run = ReadTextProto<ReproducedRun>(path);
    ASSERT_TRUE(run.ok()) << run.status();
    const TrainRecord& training = run->message.training();
    EXPECT_EQ(training.recipe().DebugString(), recipe->message.DebugString())
        << path;
    EXPECT_EQ(training.dataset(), "cifar10");
    EXPECT_EQ(training.train_images(), 50000);
    EXPECT_EQ(training.epochs_size(), 50);
    EXPECT_EQ(training.provenance().numeric_profile(), "portable");
    std::map<std::string, uint32_t> suites;
    for (const EvaluationRecord& evaluation : run->message.evaluations()) {
      EXPECT_FALSE(evaluation.unreliable()) << path;
      suites[evaluation.suite()] = evaluation.attacks(0).total();
    }
    EXPECT_EQ(suites["paper"], 10000) << path;
    EXPECT_GE(suites["autoattack_authors"], 1000) << path;
  }
}

// These verdicts hold today by the rule of reproduction_criterion.h. The
// verdict of a cell that is added belongs here and into
// analysis/studies/reproduction/README.md.
TEST(Reproduction, WhatHolds) {
  const auto rows = ReadTextProto<ReferenceRows>(kRows);
  ASSERT_TRUE(rows.ok()) << rows.status();
  const auto ours = ReadReproduction(kDatasetSpec, CommittedRuns());
  ASSERT_TRUE(ours.ok()) << ours.status();
  const Reproductions judged = Judge(*ours, rows->message);
  ASSERT_EQ(judged.cells_size(), ours->size());
  const std::map<uint32_t, Verdict> expected = {
      {199, HOLDS}, {894, HOLDS}, {1835, UNDECIDED}};
  for (const CellReproduction& cell : judged.cells()) {
    const uint32_t index = cell.ours().cell().index();
    std::printf("%u %s %s: %s\n", index, KindName(cell.kind()),
                Verdict_Name(cell.verdict()).c_str(), cell.reason().c_str());
    for (const MetricEvidence& m : cell.metrics()) {
      std::printf(
          "  %-10s %s ours %.4f published %.4f low %+.4f high %+.4f one seed "
          "%.4f of %s, %.1f degrees\n",
          m.metric().c_str(), Verdict_Name(m.verdict()).c_str(), m.ours(),
          m.published(), m.low(), m.high(), m.one_seed(),
          MetricEvidence::ScatterOf_Name(m.scatter_of()).c_str(),
          m.degrees_of_freedom());
    }
    ASSERT_EQ(cell.metrics_size(), 6) << index;
    ASSERT_TRUE(expected.count(index) == 1) << index << " has no verdict here";
    EXPECT_EQ(cell.verdict(), expected.at(index)) << index;
    EXPECT_EQ(cell.failed_trainings(), 0) << index;
  }
}

// The committed rows are those of the published table.
using PublishedReproduction = PublishedTableFixture;
TEST_F(PublishedReproduction, CommittedRowsAreThePublishedOnes) {
  const auto expected = ReadTextProto<ReferenceRows>(kRows);
  ASSERT_TRUE(expected.ok()) << expected.status();
  std::vector<OurCell> cells;
  for (const ReferenceRow& row : expected->message.rows()) {
    OurCell& cell = cells.emplace_back();
    cell.set_dataset("cifar10");
    *cell.mutable_cell() = MakeCellIdentity(*Cell::FromIndex(row.cell()));
  }
  ASSERT_FALSE(cells.empty());
  const auto found = FindPublishedRows(cells, table());
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->rows_size(), expected->message.rows_size());
  for (int i = 0; i < found->rows_size(); ++i) {
    const ReferenceRow& row = found->rows(i);
    const ReferenceRow& committed = expected->message.rows(i);
    SCOPED_TRACE("expected:\n" + row.DebugString());
    EXPECT_EQ(committed.kind(), row.kind());
    EXPECT_THAT(committed.rows(), ElementsAreArray(row.rows()));
    ASSERT_EQ(committed.accuracies_size(), row.accuracies_size());
    for (int k = 0; k < row.accuracies_size(); ++k) {
      const ReferenceAccuracy& a = row.accuracies(k);
      const ReferenceAccuracy& b = committed.accuracies(k);
      EXPECT_EQ(b.metric(), a.metric());
      EXPECT_THAT(b.means(), Pointwise(DoubleNear(1e-8), a.means()));
      EXPECT_EQ(b.seeds(), a.seeds());
      EXPECT_EQ(b.images(), a.images());
      ASSERT_EQ(b.has_scatter(), a.has_scatter());
      EXPECT_NEAR(b.scatter().one_seed(), a.scatter().one_seed(),
                  1e-4 * a.scatter().one_seed());
      EXPECT_NEAR(b.scatter().degrees_of_freedom(),
                  a.scatter().degrees_of_freedom(),
                  1e-3 * a.scatter().degrees_of_freedom());
      EXPECT_NEAR(b.scatter().failed_share(), a.scatter().failed_share(), 1e-4);
    }
  }
}

}  // namespace
}  // namespace robbench
