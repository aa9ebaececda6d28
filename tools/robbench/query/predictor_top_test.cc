#include "tools/robbench/query/predictor_top.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/predictor_name.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/record.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "nlohmann/json.hpp"
#include "tools/robbench/format.h"
#include "tools/robbench/query/conditions.h"
#include "tools/robbench/query/query.h"
#include "tools/robbench/query/test_table.h"

namespace robbench {
namespace {

using ::nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr OutputFormat kJson = OutputFormat::kJson;
constexpr OutputFormat kText = OutputFormat::kText;

void AddPredictor(Table& table, const std::string& dataset,
                  const std::string& name, const std::vector<double>& means) {
  Column& column =
      AddColumn(table, dataset, absl::StrCat("proxy_", name), {}, means);
  EXPECT_TRUE(SetPredictor(name, column)) << name;
}

// Returns a table of six cells, the first of which has no score.
BenchmarkTable SixCells() {
  Table table;
  *table.mutable_provenance() = MakeProvenance("test", "", {});
  for (const int index : {0, 1, 2, 3, 4, 5}) {
    *table.add_cells() = MakeCellIdentity(*Cell::FromIndex(index));
  }
  AddColumn(table, "cifar10", "pgd_8", Column::ACCURACY,
            {0.90, 0.10, 0.50, 0.40, 0.30, 0.20})
      .mutable_attack()
      ->mutable_pgd()
      ->set_epsilon(8);
  AddColumn(table, "cifar10", "parameters", Column::COST,
            {1000, 6000, 2000, 3000, 4000, 5000});
  AddColumn(table, "cifar10", "ntk_robust_condition_number", Column::NTK_SCORE,
            {9, 8, kInfinity, 1, 2, 3})
      .set_score("condition_number");
  AddPredictor(table, "cifar10", "snip_pgd_8", {kNaN, 1, 3, 5, 4, 2});
  AddPredictor(table, "cifar10", "input_gradient_norm_clean",
               {kNaN, 1, 3, 5, 4, 2});
  AddPredictor(table, "cifar10", "zen", {kNaN, 7, 7, 7, 7, 7});
  AddPredictor(table, "cifar10", "paths", {0, 1, 2, 3, 4, 4});
  AddColumn(table, "cifar100", "pgd_8", Column::ACCURACY,
            {0.1, 0.2, 0.3, 0.25, kNaN, 0.05})
      .mutable_attack()
      ->mutable_pgd()
      ->set_epsilon(8);
  auto made = BenchmarkTable::Make("t", std::move(table));
  EXPECT_TRUE(made.ok()) << made.status();
  return *std::move(made);
}

absl::StatusOr<std::string> Top(const std::string& predictor,
                                const std::string& dataset, int count,
                                OutputFormat format,
                                std::vector<Condition> conditions = {},
                                const std::string& by = "pgd_8") {
  return TopByPredictor(SixCells(), dataset,
                        {.predictor = predictor,
                         .by = by,
                         .count = count,
                         .conditions = std::move(conditions)},
                        format);
}

json Parse(const absl::StatusOr<std::string>& text) {
  return text.ok() ? json::parse(*text) : json(text.status().ToString());
}

std::vector<int> Indices(const json& choice) {
  std::vector<int> indices;
  for (const json& cell : choice["cells"]) indices.push_back(cell["index"]);
  return indices;
}

// The best cell has no score: neither precision nor regret, nor the ranks, know
// of it.
TEST(TopByPredictor, AmongTheCellsThatHaveAValue) {
  const json found = Parse(Top("snip_pgd_8", "cifar10", 2, kJson));
  ASSERT_EQ(found.size(), 1) << found;
  const json& top = found[0];
  EXPECT_EQ(top["predictor"], "proxy_snip_pgd_8");
  EXPECT_EQ(top["lowest_first"], false);
  EXPECT_EQ(top["of_cells"], 5);
  EXPECT_EQ(top["all_cells"], 6);
  EXPECT_EQ(Indices(top), (std::vector<int>{3, 4}));
  EXPECT_EQ(top["cells"][0]["predictor_value"], 5);
  EXPECT_EQ(top["cells"][0]["value"], 0.4);
  EXPECT_EQ(top["cells"][0]["rank_by_metric"], 2);
  EXPECT_EQ(top["cells"][1]["rank_by_metric"], 3);
  EXPECT_EQ(top["precision"], 0.5);  // cell 3 of cells 2 and 3
  EXPECT_NEAR(top["regret"].get<double>(), 0.1, 1e-15);
  const auto text = Top("snip_pgd_8", "cifar10", 2, kText);
  EXPECT_THAT(
      *text,
      AllOf(HasSubstr("cifar10, by the predictor proxy_snip_pgd_8 (highest "
                      "first), 2 of 5 cells that have a value, of 6\n"),
            HasSubstr("rank by pgd_8"),
            HasSubstr("   1      3  410001                 5  40.00 %"),
            HasSubstr("Precision 0.500: the share of these 2 that are among "
                      "the 2 best of the 5 by pgd_8; random cells have "
                      "0.400.\n"),
            HasSubstr("Regret 10.00 points: the best of the 5 has 50.00 %, "),
            Not(HasSubstr("tie"))));
  EXPECT_THAT(*Top("snip_pgd_8", "cifar10", 1, OutputFormat::kCsv),
              HasSubstr("dataset,predictor,metric,rank,index,code,architecture,"
                        "representative,predictor_value,value,rank_by_metric\n"
                        "cifar10,proxy_snip_pgd_8,pgd_8,1,3,c"));
}

TEST(TopByPredictor, EachInItsDirection) {
  const auto order = [](const std::string& predictor) {
    return Indices(Parse(Top(predictor, "cifar10", 3, kJson))[0]);
  };
  EXPECT_EQ(order("input_gradient_norm"), (std::vector<int>{1, 5, 2}));
  EXPECT_THAT(*Top("input_gradient_norm", "cifar10", 3, kText),
              HasSubstr("proxy_input_gradient_norm_clean (lowest first)"));
  EXPECT_EQ(order("parameters"), (std::vector<int>{1, 5, 4}));
  // A singular kernel, whose condition number is infinite, comes last.
  EXPECT_EQ(order("ntk_robust_condition_number"), (std::vector<int>{3, 4, 5}));
  EXPECT_EQ(order("PATHS"), (std::vector<int>{4, 5, 3}));
}

// With a predictor that says nothing a choice is one of random cells.
TEST(TopByPredictor, TiesCountByTheMeanOverOrders) {
  const json top = Parse(Top("zen", "cifar10", 2, kJson))[0];
  EXPECT_EQ(Indices(top), (std::vector<int>{1, 2}));
  EXPECT_NEAR(top["precision"].get<double>(), 0.4, 1e-12);
  // Of the ten pairs of .1 to .5 four have .5 as their best, three .4, two .3.
  EXPECT_NEAR(top["regret"].get<double>(),
              0.5 - (4 * 0.5 + 3 * 0.4 + 2 * 0.3 + 0.2) / 10, 1e-12);
  EXPECT_THAT(*Top("zen", "cifar10", 2, kText),
              HasSubstr("Cells tie for the last places by the predictor"));
}

TEST(TopByPredictor, NoChoiceAmongFewCells) {
  const json top = Parse(Top("snip_pgd_8", "cifar10", 5, kJson))[0];
  EXPECT_EQ(top["cells"].size(), 5);
  EXPECT_TRUE(top["precision"].is_null());
  EXPECT_TRUE(top["regret"].is_null());
  EXPECT_THAT(*Top("snip_pgd_8", "cifar10", 9, kText),
              AllOf(HasSubstr("5 of 5 cells"), HasSubstr("No choice among")));
}

// CIFAR-100 has no scores of its own; those of CIFAR-10 are held against it.
TEST(TopByPredictor, ScoresTransferToOtherDatasets) {
  const json found = Parse(Top("snip_pgd_8", "", 2, kJson));
  ASSERT_EQ(found.size(), 2) << found;
  EXPECT_EQ(found[1]["dataset"], "cifar100");
  EXPECT_EQ(found[1]["predictor_dataset"], "cifar10");
  EXPECT_EQ(found[1]["of_cells"], 4);  // cell 4 has no accuracy
  EXPECT_EQ(Indices(found[1]), (std::vector<int>{3, 2}));
  EXPECT_THAT(*Top("snip_pgd_8", "cifar100", 2, kText),
              HasSubstr("cifar100, by the predictor proxy_snip_pgd_8 of "
                        "cifar10 (highest first)"));
  // Costs and scores of kernels are of one data set's networks.
  EXPECT_THAT(Parse(Top("parameters", "cifar100", 2, kJson)).dump(),
              HasSubstr("no metric"));
}

TEST(TopByPredictor, Conditions) {
  const json top = Parse(Top("snip_pgd_8", "cifar10", 1, kJson,
                             {*ParseCondition("--max", "parameters=2500")}))[0];
  EXPECT_EQ(top["of_cells"], 1);
  EXPECT_EQ(Indices(top), (std::vector<int>{2}));
  // A condition on a predictor holds for other data sets, too.
  const auto text = Top("paths", "cifar10", 2, kText,
                        {*ParseCondition("--min", "snip_pgd_8=4")});
  EXPECT_THAT(*text, HasSubstr("2 of 2 cells that have a value, of 6 with "
                               "proxy_snip_pgd_8 ≥ 4\n"));
  EXPECT_EQ(
      Parse(Top("paths", "cifar100", 2, kJson,
                {*ParseCondition("--min", "snip_pgd_8=4")}))[0]["of_cells"],
      1);
}

TEST(TopByPredictor, Refuses) {
  const auto message = [](const std::string& predictor,
                          const std::string& by = "pgd_8") {
    return std::string(
        Top(predictor, "cifar10", 2, kText, {}, by).status().message());
  };
  EXPECT_EQ(message("pgd_8"),
            "--predictor: expected a score, a count or a cost, found the "
            "accuracy pgd_8; --by=pgd_8 judges a predictor by it, and top "
            "pgd_8 ranks by it");
  EXPECT_THAT(message("robust_average"), HasSubstr("the accuracy"));
  EXPECT_THAT(message("snipp_pgd_8"), HasSubstr("did you mean snip_pgd_8?"));
  EXPECT_THAT(message("zen", "pdg_8"), HasSubstr("did you mean pgd_8?"));
  EXPECT_THAT(std::string(Top("zenn", "cifar100", 2, kText).status().message()),
              HasSubstr("did you mean zen?"));
}

// The other commands, with predictors in the table.
TEST(QueryCells, LeavesOutPredictorsThatACellDoesNotHave) {
  const BenchmarkTable table = SixCells();
  EXPECT_EQ(Parse(QueryCells(table, {"0"}, {"cifar10", ""}, kJson))[0]["values"]
                .size(),
            4);
  const json values =
      Parse(QueryCells(table, {"1"}, {"cifar10", ""}, kJson))[0]["values"];
  ASSERT_EQ(values.size(), 7);
  EXPECT_EQ(values[3]["kind"], "predictor");
  EXPECT_EQ(values[3]["mean"], 1);
  // Where it is asked for, its absence is the answer.
  const json asked =
      Parse(QueryCells(table, {"0"}, {"cifar10", "zen"}, kJson))[0]["values"];
  ASSERT_EQ(asked.size(), 1);
  EXPECT_TRUE(asked[0]["mean"].is_null());
}

TEST(CompareCells, CountsAreExactAndScoresHaveNoError) {
  const BenchmarkTable table = SixCells();
  const json found =
      Parse(CompareCells(table, "3", "4", {"cifar10", ""}, kJson))["metrics"];
  ASSERT_EQ(found.size(), 7);
  EXPECT_TRUE(found[3]["apart"].is_null());
  EXPECT_EQ(found[6]["metric"], "proxy_paths");
  EXPECT_EQ(found[6]["error_from"], "exact");
  EXPECT_EQ(found[6]["apart"], true);
}

TEST(CorrelateMetrics, APredictorWithAnyDataset) {
  const BenchmarkTable table = SixCells();
  const json found =
      Parse(CorrelateMetrics(table, "snip_pgd_8", "pgd_8", {}, kJson));
  ASSERT_EQ(found.size(), 2) << found;
  EXPECT_EQ(found[0]["cells"], 5);
  EXPECT_EQ(found[1]["first"], "cifar10/proxy_snip_pgd_8");
  EXPECT_EQ(found[1]["second"], "cifar100/pgd_8");
  EXPECT_EQ(found[1]["cells"], 4);
}

TEST(TopCells, ByAPredictorOnce) {
  const BenchmarkTable table = SixCells();
  const json found = Parse(TopCells(table, {"", "snip_pgd_8"}, {}, kJson));
  ASSERT_EQ(found.size(), 1) << found;
  EXPECT_EQ(found[0]["dataset"], "cifar10");
  EXPECT_TRUE(found[0]["error_from"].is_null());
  EXPECT_FALSE(TopCells(table, {"cifar100", "snip_pgd_8"}, {}, kJson).ok());
}

}  // namespace
}  // namespace robbench
