// The comparison by hand on synthetic records, and the committed runs against
// the committed published rows.
#include "analysis/reproduction.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "analysis/benchmark_table.h"
#include "analysis/compute_statistics.h"
#include "analysis/noise_floor.h"
#include "analysis/page_table.h"
#include "analysis/published_benchmark.h"
#include "analysis/published_table.h"
#include "analysis/report_table.h"
#include "analysis/reproduction.pb.h"
#include "analysis/statistics.pb.h"
#include "analysis/synthetic_records.h"
#include "analysis/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/file.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"
#include "training/recipe.pb.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

using ::testing::HasSubstr;

constexpr char kDatasetSpec[] = "training/specs/cifar10.textproto";
constexpr char kRows[] = "analysis/reproduction/published_rows.textproto";

std::string Temporary(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + "/" + name;
  EXPECT_TRUE(WriteFile(path, text).ok());
  return path;
}

// One synthetic run as a file; `change` may damage it.
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
  ReferenceAccuracy& accuracy = *row.add_accuracies();
  accuracy.set_metric(metric);
  accuracy.set_mean(mean);
  accuracy.set_seeds(3);
  accuracy.set_images(10000);
  accuracy.set_one_seed(0.003);
  return rows;
}

TEST(Reproduction, DifferenceErrorAndZByHand) {
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
  const auto comparisons = CompareWithPublished(*ours, OneRow("clean", 0.7));
  ASSERT_EQ(comparisons.size(), 1);
  const MetricComparison& c = comparisons[0];
  EXPECT_EQ(c.cell.index(), 2581);
  EXPECT_EQ(c.seeds, 2);
  EXPECT_EQ(c.images, images);
  const double mean = (clean_accuracies[0] + clean_accuracies[1]) / 2;
  EXPECT_NEAR(c.ours, mean, 1e-12);
  ASSERT_NE(clean_accuracies[0], clean_accuracies[1]);
  ASSERT_TRUE(c.our_spread.has_value());
  EXPECT_NEAR(
      *c.our_spread,
      std::abs(clean_accuracies[0] - clean_accuracies[1]) / std::sqrt(2.0),
      1e-12);
  // Two of our seeds, three of theirs; our images are a part of theirs.
  const double error = std::sqrt(0.003 * 0.003 * (1.0 / 2 + 1.0 / 3) +
                                 0.7 * 0.3 * (1.0 / images - 1.0 / 10000));
  EXPECT_NEAR(c.standard_error, error, 1e-15);
  EXPECT_NEAR(c.z, (mean - 0.7) / error, 1e-10);
  const ReportTable table = ReproductionTable(comparisons);
  ASSERT_EQ(table.rows.size(), 1);
  ASSERT_EQ(table.rows[0].size(), table.columns.size());
  EXPECT_EQ(table.rows[0][0].text, "2581 (323133)");
  EXPECT_NEAR(table.rows[0][10].number, c.z, 1e-12);
  // A metric that nobody measured here is no row.
  EXPECT_TRUE(CompareWithPublished(*ours, OneRow("square", 0.5)).empty());
}

// AutoAttack on a part of the test images: its accuracy and number of images
// are its own, the others' and `clean` are of all images.
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
  ASSERT_EQ(ours->size(), 2);
  EXPECT_EQ(CellCodes(*ours), std::vector<std::string>{"323133"});
  const auto attack = CompareWithPublished(*ours, OneRow("autoattack", 0.3));
  ASSERT_EQ(attack.size(), 1);
  EXPECT_EQ(attack[0].images, 100);
  EXPECT_FALSE(attack[0].our_spread.has_value());  // of one seed
  EXPECT_NEAR(attack[0].ours, 0.2, 1e-12);
  const auto clean = CompareWithPublished(*ours, OneRow("clean", 0.7));
  ASSERT_EQ(clean.size(), 1);
  EXPECT_GT(clean[0].images, 100);
  EXPECT_LT(clean[0].ours, 1);
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
       std::filesystem::directory_iterator("analysis/reproduction")) {
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

TEST(Reproduction, CommittedRunsAgreeWithTheReferenceRows) {
  ASSERT_FALSE(CommittedRuns().empty());
  const auto rows = ReadTextProto<ReferenceRows>(kRows);
  ASSERT_TRUE(rows.ok()) << rows.status();
  const auto ours = ReadReproduction(kDatasetSpec, CommittedRuns());
  ASSERT_TRUE(ours.ok()) << ours.status();
  const auto comparisons = CompareWithPublished(*ours, rows->message);
  ASSERT_EQ(comparisons.size(), 6 * CellCodes(*ours).size());
  for (const MetricComparison& c : comparisons) {
    const bool amplifies = Amplifies(*Cell::FromCode(c.cell.code()));
    EXPECT_EQ(c.amplifying_z.has_value(), amplifies) << c.cell.index();
    EXPECT_LE(std::abs(c.amplifying_z.value_or(c.z)), kMostStandardErrors)
        << c.cell.index() << " " << c.metric << ": ours " << c.ours
        << ", published " << c.published;
    std::printf("%u %-10s ours %.4f published %.4f error %.4f z %+.2f",
                c.cell.index(), c.metric.c_str(), c.ours, c.published,
                c.standard_error, c.z);
    if (amplifies) {
      std::printf(" amplifying: error %.4f z %+.2f", *c.amplifying_error,
                  *c.amplifying_z);
    }
    std::printf("\n");
  }
}

// Why cell 1835 is not held against the scatter of the typical cell: its seeds
// here scatter more, and by their scatter it is not far from its row. Two
// degrees of freedom: 95 % of all t are within 4.3.
TEST(Reproduction, SeedsOfCell1835ScatterMoreThanTheTypicalCell) {
  const auto rows = ReadTextProto<ReferenceRows>(kRows);
  ASSERT_TRUE(rows.ok()) << rows.status();
  const auto ours = ReadReproduction(kDatasetSpec, CommittedRuns());
  ASSERT_TRUE(ours.ok()) << ours.status();
  int metrics = 0;
  for (const ReferenceRow& row : rows->message.rows()) {
    if (row.cell() != 1835) continue;
    ReferenceRows of_cell;
    *of_cell.add_rows() = row;
    const auto comparisons = CompareWithPublished(*ours, of_cell);
    ASSERT_EQ(comparisons.size(), row.accuracies_size());
    for (int i = 0; i < comparisons.size(); ++i) {
      const MetricComparison& c = comparisons[i];
      const ReferenceAccuracy& accuracy = row.accuracies(i);
      ASSERT_EQ(c.metric, accuracy.metric());
      ASSERT_EQ(c.seeds, 3);
      const double t =
          (c.ours - c.published) /
          (*c.our_spread * std::sqrt(1.0 / c.seeds + 1.0 / accuracy.seeds()));
      std::printf("1835 %-10s our seeds %.4f typical %.4f t %+.2f\n",
                  c.metric.c_str(), *c.our_spread, accuracy.one_seed(), t);
      EXPECT_GT(*c.our_spread, 1.5 * accuracy.one_seed()) << c.metric;
      EXPECT_LT(std::abs(t), 4.3) << c.metric;
      ++metrics;
    }
  }
  EXPECT_EQ(metrics, 6);
}

TEST(Reproduction, CellsThatAmplify) {
  const auto amplifies = [](const char* code) {
    return Amplifies(*Cell::FromCode(code));
  };
  EXPECT_TRUE(amplifies("111111"));   // 4 paths
  EXPECT_TRUE(amplifies("100114"));   // x + x
  EXPECT_TRUE(amplifies("124110"));   // a convolution that leads nowhere
  EXPECT_TRUE(amplifies("444401"));   // pools
  EXPECT_FALSE(amplifies("410001"));  // one path
  EXPECT_FALSE(amplifies("100113"));  // beta of a convolution of nothing
  EXPECT_FALSE(amplifies("000211"));
  EXPECT_FALSE(amplifies("323133"));
  EXPECT_FALSE(amplifies("333000"));  // nothing
}

// The committed rows are those of the published table; and why cell 1835 is
// held against its own kind: equal networks that amplify differ many times as
// much as other equal networks do.
TEST(Reproduction, CommittedRowsAreThePublishedOnes) {
  const char* path = std::getenv("NASROBBENCH201");
  if (path == nullptr) {
    GTEST_SKIP() << "the published table is not on this machine: put "
                    "NAS-RobBench-201_html.json into "
                    "ROBBENCH_DATA/nasrobbench201";
  }
  const auto bytes = ReadFile(path, kMaxPageBytes);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto published = ParsePublishedTable(path, *bytes);
  ASSERT_TRUE(published.ok()) << published.status();
  auto benchmark = MakePublishedBenchmark(*published, *bytes);
  ASSERT_TRUE(benchmark.ok()) << benchmark.status();
  const auto table = BenchmarkTable::Make(path, *std::move(benchmark));
  ASSERT_TRUE(table.ok()) << table.status();
  constexpr char kSpec[] = "analysis/specs/published_statistics.textproto";
  const auto spec = ReadTextProto<StatisticsSpec>(kSpec);
  ASSERT_TRUE(spec.ok()) << spec.status();
  const auto statistics = ComputeStatistics(*table, kSpec, spec->message);
  ASSERT_TRUE(statistics.ok()) << statistics.status();
  const Twins amplifying = AmplifyingTwins(*table);
  Twins others = FindTwins(*table);
  std::erase_if(others.groups, [&](const std::vector<int>& group) {
    return Amplifies(*Cell::FromCode(table->cell(group[0]).code()));
  });
  for (const auto& [metric, times] :
       {std::pair("clean", 7.0), std::pair("pgd_8", 4.0)}) {
    const Column* column = table->Find("cifar10", metric);
    ASSERT_NE(column, nullptr);
    const auto a = MeasureNoise(amplifying, *column, 0);
    const auto b = MeasureNoise(others, *column, 0);
    ASSERT_TRUE(a.has_value() && b.has_value());
    std::printf("%s: %u groups that amplify, %u cells: %.4f; %u others: %.4f\n",
                metric, a->groups(), a->cells(), a->pooled_standard_deviation(),
                b->groups(), b->pooled_standard_deviation());
    EXPECT_GE(a->groups(), 15);
    EXPECT_GT(a->pooled_standard_deviation(),
              times * b->pooled_standard_deviation());
  }

  const auto expected = ReadTextProto<ReferenceRows>(kRows);
  ASSERT_TRUE(expected.ok()) << expected.status();
  std::vector<std::string> cells;
  for (const ReferenceRow& row : expected->message.rows()) {
    cells.push_back(std::to_string(row.cell()));
  }
  ASSERT_FALSE(cells.empty());
  const auto found = FindPublishedRows("cifar10", cells, *table, *statistics);
  ASSERT_TRUE(found.ok()) << found.status();
  for (int i = 0; i < found->rows_size(); ++i) {
    const ReferenceRow& row = found->rows(i);
    const ReferenceRow& committed = expected->message.rows(i);
    ASSERT_EQ(committed.accuracies_size(), row.accuracies_size())
        << "expected:\n"
        << row.DebugString();
    for (int k = 0; k < row.accuracies_size(); ++k) {
      const ReferenceAccuracy& a = row.accuracies(k);
      const ReferenceAccuracy& b = committed.accuracies(k);
      EXPECT_EQ(b.metric(), a.metric());
      EXPECT_NEAR(b.mean(), a.mean(), 1e-8) << row.cell() << a.metric();
      EXPECT_EQ(b.seeds(), a.seeds());
      EXPECT_EQ(b.images(), a.images());
      EXPECT_NEAR(b.one_seed(), a.one_seed(), 1e-6) << a.metric();
      EXPECT_EQ(b.has_one_seed_amplifying(), a.has_one_seed_amplifying());
      EXPECT_NEAR(b.one_seed_amplifying(), a.one_seed_amplifying(), 1e-6)
          << a.metric();
    }
  }
}

}  // namespace
}  // namespace robbench
