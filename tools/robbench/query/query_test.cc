#include "tools/robbench/query/query.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "analysis/statistics/noise_floor.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/record.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"
#include "nas/cell_identity.h"
#include "nas/isomorphism.h"
#include "nas/network_identity.h"
#include "nas/official_index.h"
#include "nlohmann/json.hpp"
#include "tools/robbench/format.h"
#include "tools/robbench/query/conditions.h"
#include "tools/robbench/query/test_table.h"

namespace robbench {
namespace {

using ::nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr OutputFormat kJson = OutputFormat::kJson;
constexpr OutputFormat kText = OutputFormat::kText;

// Returns a table of the cells 1000 (132013), 1462 (333333), 2581 (323133) and
// 4317 (222222).
BenchmarkTable FourCells() {
  Table table;
  *table.mutable_provenance() = MakeProvenance("test", "", {});
  for (const int index : {1000, 1462, 2581, 4317}) {
    *table.add_cells() = MakeCellIdentity(*Cell::FromIndex(index));
  }
  Column& clean = AddColumn(table, "cifar10", "clean", Column::ACCURACY,
                            {0.75, 0.77, 0.79, 0.62});
  clean.set_mean_of(3);
  Column& fgsm = AddColumn(table, "cifar10", "fgsm_8", Column::ACCURACY,
                           {0.51, 0.52, 0.53, 0.39});
  fgsm.mutable_attack()->set_name("fgsm_8");
  fgsm.mutable_attack()->mutable_fgsm()->set_epsilon(8);
  Column& pgd = AddColumn(table, "cifar10", "pgd_8", Column::ACCURACY,
                          {0.46, 0.48, 0.48, kNaN});
  pgd.mutable_attack()->set_name("pgd_8");
  pgd.mutable_attack()->mutable_pgd()->set_epsilon(8);
  // Two cells have spreads of sqrt(2) and 2 sqrt(2) points, the others have
  // none.
  for (const auto& [seed, values] :
       std::vector<std::pair<uint32_t, std::vector<double>>>{
           {0, {0.45, 0.46, 0.48, kNaN}}, {1, {0.47, 0.50, kNaN, kNaN}}}) {
    Column::Seed& added = *pgd.add_seeds();
    added.set_seed(seed);
    for (const double value : values) added.add_value(value);
  }
  AddColumn(table, "cifar10", "multiply_adds", Column::COST,
            {9e6, 220e6, 153e6, 24e6});
  AddColumn(table, "imagenet16_120", "clean", Column::ACCURACY,
            {0.15, 0.14, 0.13, 0.16});
  for (const uint32_t seed : {0, 1}) {
    CellRun& run = *table.add_runs();
    run.set_dataset("cifar10");
    *run.mutable_cell() = MakeCellKey(table.cells(1));
    run.set_seed(seed);
    run.set_final_loss(seed == 0 ? 1.5 : 2.25);
    run.set_final_accuracy(0.4);
    run.set_escape_epoch(seed == 0 ? 36 : 2);
    if (seed == 1) run.add_collapse_epochs(26);
    run.set_ended_on_plateau(seed == 1);
  }
  return *BenchmarkTable::Make("t", std::move(table));
}

json Parse(const absl::StatusOr<std::string>& text) {
  return text.ok() ? json::parse(*text) : json(text.status().ToString());
}

TEST(QueryCells, AllOfACell) {
  const json found = Parse(QueryCells(FourCells(), {"333333"}, {}, kJson));
  ASSERT_EQ(found.size(), 1) << found;
  EXPECT_EQ(found[0]["index"], 1462);
  EXPECT_EQ(found[0]["row"], 1462);
  const json& values = found[0]["values"];
  ASSERT_EQ(values.size(), 5);
  EXPECT_EQ(values[0]["authors_metric"], "val_acc");
  EXPECT_EQ(values[0]["seeds"], 3);
  EXPECT_TRUE(values[0]["spread"].is_null());
  EXPECT_EQ(values[2]["metric"], "pgd_8");
  EXPECT_EQ(values[2]["mean"], 0.48);
  EXPECT_NEAR(values[2]["spread"].get<double>(), 0.02 * std::sqrt(2), 1e-15);
  EXPECT_EQ(values[2]["by_seed"], json::parse(R"({"0": 0.46, "1": 0.5})"));
  EXPECT_EQ(values[3]["kind"], "cost");
  const auto text = QueryCells(FourCells(), {"333333"}, {}, kText);
  ASSERT_TRUE(text.ok());
  EXPECT_THAT(*text, HasSubstr("cell 1462  333333  |nor_conv_3x3~0|"));
  EXPECT_THAT(*text, HasSubstr("pgd_8              48.00 %    2.83      2  "
                               "0: 46.00 %  1: 50.00 %\n"));
  EXPECT_THAT(*text, HasSubstr("220,000,000"));
  EXPECT_THAT(*text,
              HasSubstr("training on cifar10, seed 0: escaped in epoch 36\n"
                        "training on cifar10, seed 1: escaped in epoch 2, "
                        "collapsed in 26, ended on the plateau\n"));
  EXPECT_EQ(found[0]["trainings"][1], json::parse(R"({
    "dataset": "cifar10", "seed": 1, "final_loss": 2.25, "escape_epoch": 2,
    "collapse_epochs": [26], "ended_on_plateau": true})"));
  EXPECT_EQ(found[0]["trainings"].size(), 2);
  EXPECT_TRUE(
      Parse(QueryCells(FourCells(), {"323133"}, {}, kJson))[0]["trainings"]
          .empty());
}

// 232013 is of another class than 132013, and a cell with other operations on
// dead edges is of the same one.
TEST(QueryCells, ThroughTheRepresentative) {
  const int representative =
      MakeCellIdentity(*Cell::FromIndex(1000)).representative();
  EXPECT_EQ(representative, 1000);
  std::string other;
  for (int index = 0; index < kNumCells && other.empty(); ++index) {
    const CellIdentity cell = MakeCellIdentity(*Cell::FromIndex(index));
    if (index != 1000 && cell.representative() == 1000) other = cell.code();
  }
  ASSERT_FALSE(other.empty());
  const json found = Parse(QueryCells(FourCells(), {other}, {}, kJson));
  EXPECT_EQ(found[0]["code"].get<std::string>(), other);
  EXPECT_EQ(found[0]["row"], 1000);
  EXPECT_EQ(found[0]["values"][0]["mean"], 0.75);
  const auto text = QueryCells(FourCells(), {other}, {}, kText);
  EXPECT_THAT(*text, HasSubstr("same class as cell 1000  132013"));
}

TEST(QueryCells, SelectionsAndNamesThatAreNotThere) {
  const BenchmarkTable table = FourCells();
  const json one =
      Parse(QueryCells(table, {"2581"}, {"imagenet", "val_acc"}, kJson));
  ASSERT_EQ(one[0]["values"].size(), 1);
  EXPECT_EQ(one[0]["values"][0]["mean"], 0.13);
  EXPECT_EQ(
      Parse(QueryCells(table, {"2581"}, {"", "clean"}, kJson))[0]["values"]
          .size(),
      2);
  const auto error = [&](const TableSelection& selection) {
    return std::string(
        QueryCells(table, {"2581"}, selection, kText).status().message());
  };
  EXPECT_THAT(error({"", "pdg_8"}), HasSubstr("did you mean pgd_8?"));
  EXPECT_THAT(error({"cifar11", ""}), HasSubstr("did you mean cifar10?"));
  EXPECT_THAT(error({"imagenet", "pgd_8"}), HasSubstr("no metric \"pgd_8\""));
}

TEST(CompareCells, DifferencesWithPooledStandardErrors) {
  const json found =
      Parse(CompareCells(FourCells(), "1462", "1000", {"cifar10", ""}, kJson));
  const json& pgd = found["metrics"][2];
  EXPECT_NEAR(pgd["difference"].get<double>(), 0.02, 1e-15);
  // Variances of 2 and 8 squared points pool to 5, and there are two seeds on
  // each side.
  EXPECT_NEAR(pgd["standard_error"].get<double>(),
              std::sqrt(5e-4 * (0.5 + 0.5)), 1e-15);
  EXPECT_EQ(pgd["apart"], false);
  EXPECT_TRUE(found["metrics"][0]["standard_error"].is_null());
  EXPECT_TRUE(found["metrics"][0]["apart"].is_null());
  EXPECT_EQ(found["metrics"][3]["apart"], true);
  EXPECT_EQ(pgd["error_from"], "seeds");
  EXPECT_NEAR(pgd["low"].get<double>(),
              0.02 - 1.959963984540054 * std::sqrt(5e-4), 1e-15);
  const auto text = CompareCells(FourCells(), "1462", "1000", {}, kText);
  EXPECT_THAT(*text, HasSubstr("2.24   -2.38 … 6.38  not resolved"));
  EXPECT_THAT(*text, HasSubstr("no values by seed"));
  const auto same = CompareCells(FourCells(), "1462", "333333", {}, kText);
  EXPECT_THAT(*same, HasSubstr("One class"));
}

// Describes a row of a table without seeds, as the published one is.
struct Twin {
  int index;
  double value;
};

BenchmarkTable Published(const std::vector<Twin>& rows) {
  Table table;
  *table.mutable_provenance() = MakeProvenance("test", "", {});
  std::vector<double> means;
  for (const Twin& row : rows) {
    *table.add_cells() = MakeCellIdentity(*Cell::FromIndex(row.index));
    means.push_back(row.value);
  }
  AddColumn(table, "cifar10", "clean", Column::ACCURACY, means).set_mean_of(3);
  return *BenchmarkTable::Make("t", std::move(table));
}

// Returns two representatives of that kind that are one network.
std::vector<int> TwinIndices(CellKind kind) {
  std::map<std::string, int> seen;
  for (const int index : IsomorphismClasses::Get().representatives()) {
    const Cell cell = *Cell::FromIndex(index);
    if (KindOf(cell) != kind) continue;
    const auto [first, is_new] = seen.emplace(NetworkString(cell), index);
    if (!is_new) return {first->second, index};
  }
  return {};
}

TEST(CompareCells, OnAPublishedTableTheErrorIsThatOfTwins) {
  const std::vector<int> steady = TwinIndices(STEADY);
  const std::vector<int> doubling = TwinIndices(DOUBLING);
  ASSERT_EQ(steady.size(), 2);
  ASSERT_EQ(doubling.size(), 2);
  std::vector<Twin> rows = {{steady[0], 0.700},
                            {steady[1], 0.704},
                            {doubling[0], 0.60},
                            {doubling[1], 0.66},
                            {2581, 0.76}};
  std::sort(rows.begin(), rows.end(),
            [](const Twin& a, const Twin& b) { return a.index < b.index; });
  const BenchmarkTable table = Published(rows);
  const auto compare = [&](int one, int two) {
    return Parse(CompareCells(table, absl::StrCat(one), absl::StrCat(two), {},
                              kJson))["metrics"][0];
  };
  // The differences of the pairs are .004 and .06, whose median is .032. It is
  // divided by that of the difference of two normal values of variance 1.
  const double sigma = 0.032 / (0.6744897501960817 * std::sqrt(2));
  const json typical = compare(2581, steady[0]);
  EXPECT_EQ(typical["error_from"], "twins");
  EXPECT_NEAR(typical["standard_error"].get<double>(), sigma * std::sqrt(2),
              1e-12);
  EXPECT_EQ(typical["apart"], false);  // .06 apart, less than 1.96 x .047
  // The variance of a doubling cell is that of its kind's pair, .06^2 / 2.
  const json wide = compare(2581, doubling[0]);
  EXPECT_NEAR(wide["standard_error"].get<double>(),
              std::sqrt(sigma * sigma + 0.06 * 0.06 / 2), 1e-12);
  EXPECT_EQ(wide["apart"], true);  // .16 apart
  const auto text =
      CompareCells(table, "2581", absl::StrCat(doubling[0]), {}, kText);
  EXPECT_THAT(*text, HasSubstr("resolved\nResolved: 0 is outside the 95 % "
                               "interval"));
  EXPECT_THAT(*text, HasSubstr("Std. error from twins"));
  EXPECT_THAT(*text, Not(HasSubstr("No standard error")));
}

TEST(TopCells, MarksWhatIsNotResolvedFromTheFirst) {
  const std::vector<int> twins = TwinIndices(STEADY);
  std::vector<Twin> rows = {{twins[0], 0.700},
                            {twins[1], 0.704},
                            {2581, 0.760},
                            {1462, 0.758},
                            {4317, 0.710}};
  std::sort(rows.begin(), rows.end(),
            [](const Twin& a, const Twin& b) { return a.index < b.index; });
  const BenchmarkTable table = Published(rows);
  // The resolution is 1.96 sqrt(2) .004 / .954 = .0116.
  const json top = Parse(TopCells(table, {"", "clean"}, {}, kJson))[0];
  EXPECT_EQ(top["unresolved_from_first"], 1);
  EXPECT_EQ(top["error_from"], "twins");
  EXPECT_EQ(top["cells"][1]["index"], 1462);
  EXPECT_EQ(top["cells"][1]["resolved_from_first"], false);
  EXPECT_EQ(top["cells"][2]["resolved_from_first"], true);
  const auto text = TopCells(table, {"", "clean"}, {.count = 3}, kText);
  EXPECT_THAT(*text, HasSubstr("2   1462  333333  ≈  75.80 %\n"));
  EXPECT_THAT(*text, HasSubstr("3   4317  222222     71.00 %\n"));
  EXPECT_THAT(*text, HasSubstr("≈ 1 cell is not resolved from the first"));
  EXPECT_THAT(*text, HasSubstr("Resolved: 0 is outside"));
  // If a table knows no error, nothing is marked or said of it.
  const auto none = TopCells(FourCells(), {"cifar10", "clean"}, {}, kText);
  EXPECT_THAT(*none, Not(HasSubstr("≈")));
  EXPECT_THAT(*none, Not(HasSubstr("esolved")));
}

TEST(TopCells, Conditions) {
  const BenchmarkTable table = FourCells();
  const TopOptions options = {
      .conditions = {*ParseCondition("--max", "multiply_adds=160e6"),
                     *ParseCondition("--min", "val_acc=70%")}};
  const json top = Parse(TopCells(table, {"cifar10", "clean"}, options, kJson));
  EXPECT_EQ(top[0]["of_cells"], 2);
  EXPECT_EQ(top[0]["cells"][0]["index"], 2581);
  EXPECT_EQ(top[0]["cells"][1]["index"], 1000);
  EXPECT_EQ(top[0]["conditions"],
            json::parse(R"([{"metric": "multiply_adds", "max": 160e6},
                            {"metric": "clean", "min": 0.7}])"));
  EXPECT_THAT(*TopCells(table, {"cifar10", "fgsm_8"}, options, kText),
              HasSubstr("cifar10, by fgsm_8, 2 of 2 cells with multiply_adds ≤ "
                        "160,000,000 and clean ≥ 70.00 %\n"));
  // A condition does not hold for cells without a value.
  EXPECT_EQ(
      Parse(TopCells(table, {"cifar10", "clean"},
                     {.conditions = {*ParseCondition("--min", "pgd_8=0")}},
                     kJson))[0]["of_cells"],
      3);
  const auto error = [&](const std::string& text) {
    return std::string(
        TopCells(table, {"cifar10", "clean"},
                 {.conditions = {*ParseCondition("--min", text)}}, kText)
            .status()
            .message());
  };
  EXPECT_THAT(error("pdg_8=0.1"), HasSubstr("did you mean pgd_8?"));
  EXPECT_THAT(error("clean=70"), HasSubstr("expected a share, 0 to 1"));
}

TEST(Csv, OfEveryTable) {
  const BenchmarkTable table = FourCells();
  const OutputFormat csv = OutputFormat::kCsv;
  EXPECT_THAT(*QueryCells(table, {"2581"}, {"cifar10", "pgd_8"}, csv),
              HasSubstr("index,code,architecture,representative,row,dataset,"
                        "metric,authors_metric,kind,mean,spread,seeds,seed_0\n"
                        "2581,c323133,"));
  EXPECT_THAT(*CompareCells(table, "1462", "1000", {"cifar10", "fgsm_8"}, csv),
              HasSubstr("first,second,difference,standard_error,low,high,"
                        "error_from,apart\n1462,c333333,1000,c132013,cifar10,"
                        "fgsm_8,val_fgsm_8.0_acc,accuracy,0.52,0.51,"));
  EXPECT_THAT(*TopCells(table, {"cifar10", "clean"}, {.count = 1}, csv),
              HasSubstr("resolved_from_first\ncifar10,clean,1,2581,c323133,"));
  EXPECT_THAT(*CorrelateMetrics(table, "clean", "fgsm_8", {"cifar10", ""}, csv),
              HasSubstr("first,second,cells,spearman,spearman_low,"
                        "spearman_high,kendall\ncifar10/clean,cifar10/fgsm_8,"
                        "4,1,"));
}

// This is so in whatever spelling.
TEST(QueryCells, ACellNamedTwiceIsAnsweredOnce) {
  const json found = Parse(
      QueryCells(FourCells(), {"2581", "333333", "323133", "2581"}, {}, kJson));
  ASSERT_EQ(found.size(), 2);
  EXPECT_EQ(found[0]["index"], 2581);
  EXPECT_EQ(found[1]["index"], 1462);
}

TEST(TopCells, InOrderWithTiesByIndex) {
  const BenchmarkTable table = FourCells();
  const json found = Parse(TopCells(table, {"", "val_pgd_8.0_acc"}, {}, kJson));
  // This data set has an error, as it has no pgd_8.
  EXPECT_THAT(found.dump(), HasSubstr("imagenet16_120"));
  const json top =
      Parse(TopCells(table, {"cifar10", "val_pgd_8.0_acc"}, {}, kJson));
  ASSERT_EQ(top.size(), 1);
  ASSERT_EQ(top[0]["cells"].size(), 3);  // one cell has no value
  EXPECT_EQ(top[0]["cells"][0]["index"], 1462);
  EXPECT_EQ(top[0]["cells"][1]["index"], 2581);
  EXPECT_EQ(top[0]["cells"][2]["rank"], 3);
  const json cheap = Parse(TopCells(table, {"cifar10", "multiply_adds"},
                                    {.count = 2, .lowest = true}, kJson));
  ASSERT_EQ(cheap[0]["cells"].size(), 2);
  EXPECT_EQ(cheap[0]["cells"][1]["index"], 4317);
  const auto both = TopCells(table, {"", "clean"}, {.count = 1}, kText);
  EXPECT_THAT(*both, HasSubstr("cifar10, by clean, 1 of 4 cells"));
  EXPECT_THAT(*both, HasSubstr("imagenet16_120, by clean"));
}

TEST(TopCells, RobustAverageIsThatOfFgsmAndPgd) {
  const json top =
      Parse(TopCells(FourCells(), {"cifar10", "robust_average"}, {}, kJson));
  ASSERT_EQ(top[0]["cells"].size(), 3);
  EXPECT_EQ(top[0]["cells"][0]["index"], 2581);
  EXPECT_NEAR(top[0]["cells"][0]["value"].get<double>(), (0.53 + 0.48) / 2,
              1e-15);
}

TEST(CorrelateMetrics, OverTheCellsThatHaveBoth) {
  const BenchmarkTable table = FourCells();
  const json own =
      Parse(CorrelateMetrics(table, "clean", "fgsm_8", {"cifar10", ""}, kJson));
  ASSERT_EQ(own.size(), 1);
  EXPECT_EQ(own[0]["cells"], 4);
  EXPECT_EQ(own[0]["spearman"], 1.0);
  // The ranks are 2 3 4 1 against 3 2 1 4, which is reversed.
  const json across = Parse(
      CorrelateMetrics(table, "cifar10/clean", "imagenet/val_acc", {}, kJson));
  ASSERT_EQ(across.size(), 1);
  EXPECT_EQ(across[0]["second"], "imagenet16_120/clean");
  EXPECT_EQ(across[0]["spearman"], -1.0);
  EXPECT_EQ(across[0]["kendall"], -1.0);
  const json tied = Parse(
      CorrelateMetrics(table, "cifar10/pgd_8", "cifar10/clean", {}, kJson));
  EXPECT_EQ(tied[0]["cells"], 3);
  // The ranks are 1 2.5 2.5 against 1 2 3, which gives sqrt(3) / 2.
  EXPECT_NEAR(tied[0]["spearman"].get<double>(), std::sqrt(3) / 2, 1e-12);
  const auto text = CorrelateMetrics(table, "clean", "clean", {}, kText);
  EXPECT_THAT(*text, HasSubstr("imagenet16_120/clean"));
  EXPECT_THAT(*text, HasSubstr("1.0000"));
  EXPECT_THAT(*text, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace robbench
