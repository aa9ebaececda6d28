// Tests that a short training becomes columns of scores, with its cost, and
// that tables that are none are refused.
#include "analysis/studies/predictor/short/add_short_training.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "analysis/collect/synthetic_records.h"
#include "analysis/collect/synthetic_table.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/predictor_scores.h"
#include "analysis/table/predictor_scores.pb.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/digest.h"
#include "nas/base/record.h"
#include "training/attack_suite.pb.h"
#include "training/recipe.pb.h"

namespace robbench {
namespace {

using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

SyntheticOptions TwoCells() {
  SyntheticOptions options;
  options.codes = {"111111", "323133"};  // 1835 and 2581
  return options;
}

// Returns scores of three cells, of which the last was not trained.
PredictorScores ThreeCells() {
  PredictorScores scores;
  *scores.mutable_provenance() = MakeProvenance(
      "test", "portable", {{"dataset", "d"}, {"records", "r"}, {"spec", "s"}});
  scores.set_dataset("fashion_mnist");
  scores.mutable_spec()->mutable_skeleton()->set_channels(16);
  scores.mutable_spec()->mutable_skeleton()->set_cells_per_stage(5);
  scores.mutable_spec()->set_images(64);
  for (const uint32_t cell : {1835, 2581, 4317}) scores.add_cells(cell);
  for (const char* count : {"parameters", "multiply_adds"}) {
    PredictorColumn& column = *scores.add_columns();
    column.set_score(count);
    for (const double value : {1, 2, 3}) column.add_value(value);
    column.set_left_out_records(0);
  }
  return scores;
}

absl::Status Add(const std::string& name, const Table& table,
                 PredictorScores& scores) {
  const auto checked = BenchmarkTable::Make("t.binpb", table);
  EXPECT_TRUE(checked.ok()) << checked.status();
  return AddShortTraining(name, "t.binpb", "bytes", *checked, "s.textproto",
                          scores);
}

TEST(TrainingPasses, ByHand) {
  Recipe recipe = SyntheticOptions().recipe.message;
  recipe.set_epochs(4);
  recipe.mutable_attack()->set_steps(7);
  Attack attack;
  attack.mutable_clean();
  EXPECT_EQ(TrainingPasses(recipe, 100, 10, attack), 4 * 100 * 17 + 10);
  attack.mutable_fgsm()->set_epsilon(8);
  EXPECT_EQ(TrainingPasses(recipe, 100, 10, attack), 4 * 100 * 17 + 10 * 3);
  attack.mutable_pgd()->set_steps(20);
  EXPECT_EQ(TrainingPasses(recipe, 100, 10, attack), 4 * 100 * 17 + 10 * 41);
  attack.mutable_square()->set_queries(5);
  EXPECT_FALSE(TrainingPasses(recipe, 100, 10, attack).has_value());
}

TEST(AddShortTraining, AddsAccuraciesAndCosts) {
  Table table = SyntheticTable(TwoCells());
  PredictorScores scores = ThreeCells();
  ASSERT_EQ(Add("short_500", table, scores), absl::OkStatus());
  ASSERT_EQ(CheckPredictorScores("s.textproto", scores), absl::OkStatus());
  ASSERT_EQ(scores.trainings_size(), 1);
  EXPECT_EQ(scores.trainings(0).name(), "short_500");
  EXPECT_EQ(scores.trainings(0).cells(), 2);
  EXPECT_EQ(scores.trainings(0).seeds_size(), 2);
  EXPECT_EQ(scores.trainings(0).benchmark().recipe().DebugString(),
            table.benchmarks(0).recipe().DebugString());
  const auto checked = BenchmarkTable::Make("t.binpb", table);
  const Column& adds = **checked->Get("fashion_mnist", "multiply_adds");
  int columns = 0;
  for (const PredictorColumn& column : scores.columns()) {
    if (column.score() != "short_500") continue;
    ++columns;
    const Column& accuracy = **checked->Get("fashion_mnist", column.images());
    ASSERT_EQ(column.value_size(), 3);
    EXPECT_EQ(column.value(0), accuracy.mean(0));
    EXPECT_EQ(column.value(1), accuracy.mean(1));
    EXPECT_TRUE(std::isnan(column.value(2)));
    EXPECT_EQ(column.left_out_records(), 1);
    if (!accuracy.attack().has_clean()) continue;
    const Recipe& recipe = table.benchmarks(0).recipe();
    EXPECT_DOUBLE_EQ(
        column.multiply_adds(),
        (adds.mean(0) + adds.mean(1)) / 2 *
            (4000.0 * recipe.epochs() * (2 * recipe.attack().steps() + 3) +
             1000));
  }
  EXPECT_EQ(columns,
            checked->Columns("fashion_mnist", Column::ACCURACY).size());
  EXPECT_EQ(InputOfRole(scores.provenance(), "short_500"), Sha256("bytes"));

  // Once more, with a training that failed: it replaces what was there.
  const int before = scores.columns_size();
  for (Column& column : *table.mutable_columns()) {
    if (column.kind() == Column::ACCURACY) column.set_mean(1, kNaN);
    for (Column::Seed& seed : *column.mutable_seeds()) {
      if (column.kind() == Column::ACCURACY) seed.set_value(1, kNaN);
    }
  }
  ASSERT_EQ(Add("short_500", table, scores), absl::OkStatus());
  EXPECT_EQ(scores.columns_size(), before);
  EXPECT_EQ(scores.trainings_size(), 1);
  EXPECT_EQ(scores.columns(before - 1).left_out_records(), 2);
  EXPECT_EQ(scores.provenance().inputs_size(), 4);
}

TEST(AddShortTraining, RefusesOthers) {
  const Table table = SyntheticTable(TwoCells());
  const auto error = [&](const std::string& name, const Table& of) {
    PredictorScores scores = ThreeCells();
    return std::string(Add(name, of, scores).message());
  };
  EXPECT_THAT(error("short_7", table),
              HasSubstr("t.binpb: field name of the training: expected "
                        "short_3000, short_500, short_100, found short_7"));
  SyntheticOptions more = TwoCells();
  more.codes.push_back("444444");  // 7581
  EXPECT_THAT(error("short_500", SyntheticTable(more)),
              HasSubstr("expected a cell that s.textproto has, found 7581"));
  SyntheticOptions other = TwoCells();
  other.dataset = "cifar10";
  EXPECT_THAT(error("short_500", SyntheticTable(other)),
              HasSubstr("field benchmarks[0].dataset.name: expected "
                        "fashion_mnist or a part of it, as s.textproto has, "
                        "found cifar10"));
  Table none = table;
  none.clear_columns();
  for (const Column& column : table.columns()) {
    if (column.kind() == Column::COST) *none.add_columns() = column;
  }
  EXPECT_THAT(error("short_500", none),
              HasSubstr("field columns: expected accuracies, found none"));
}

TEST(CheckPredictorScores, TrainingsByField) {
  PredictorScores good = ThreeCells();
  ASSERT_EQ(Add("short_500", SyntheticTable(TwoCells()), good),
            absl::OkStatus());
  const int last = good.columns_size() - 1;
  const auto error = [&](const auto& change) {
    PredictorScores scores = good;
    change(scores);
    return std::string(CheckPredictorScores("s", scores).message());
  };
  EXPECT_EQ(error([](auto&) {}), "");
  // A column of a training that the file does not describe, and the other way.
  EXPECT_THAT(error([](auto& s) { s.clear_trainings(); }),
              HasSubstr("expected a training of that name, found none"));
  EXPECT_THAT(
      error([](auto& s) {
        *s.add_trainings() = s.trainings(0);
        s.mutable_trainings(1)->set_name("short_100");
      }),
      HasSubstr("s: field trainings[short_100]: expected columns, found "
                "none"));
  EXPECT_THAT(error([](auto& s) { *s.add_trainings() = s.trainings(0); }),
              HasSubstr("s: field trainings[short_500]: expected one training, "
                        "found another"));
  EXPECT_THAT(error([](auto& s) {
                *s.add_trainings() = s.trainings(0);
                s.mutable_trainings(1)->set_name("snip");
              }),
              HasSubstr("s: field trainings[snip]: expected a name of a short "
                        "training, found snip"));
  for (const double cost : {0.0, -1.0, kNaN}) {
    EXPECT_THAT(error([&](auto& s) {
                  s.mutable_columns(last)->set_multiply_adds(cost);
                }),
                HasSubstr(".multiply_adds: expected above 0, found "));
  }
  EXPECT_THAT(
      error([](auto& s) { s.mutable_columns(0)->set_multiply_adds(1); }),
      HasSubstr("s: field columns[parameters].multiply_adds: expected "
                "none but of a short training, found 1"));
}

}  // namespace
}  // namespace robbench
