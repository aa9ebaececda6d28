#include "analysis/published/predictor_columns.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "analysis/published/authors_json.h"
#include "analysis/published/published_benchmark.h"
#include "analysis/published/published_table.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/export/table_export.h"
#include "analysis/table/predictor_scores.pb.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/csv_reader.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/digest.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/record.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNan;
using ::testing::IsSupersetOf;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Cells 10 (333000), which has no live path, 1462 (333333) and 2581 (323133).
Table Published() {
  PublishedTable published;
  for (const int index : {10, 1462, 2581}) {
    PublishedRow& row = published.rows.emplace_back();
    row.index = index;
    for (int c = 0; c < kNumPublishedColumns; ++c) {
      row.correct[c] = PublishedTotal(c) / (index == 2581 ? 5 : 10);
    }
  }
  return *MakePublishedBenchmark(published, "page");
}

PredictorColumn& Add(PredictorScores& scores, const std::string& score,
                     const std::string& images,
                     const std::vector<double>& values) {
  PredictorColumn& column = *scores.add_columns();
  column.set_score(score);
  if (!images.empty()) column.set_images(images);
  for (const double value : values) column.add_value(value);
  column.set_left_out_records(0);
  return column;
}

// Scores of cells 10 and 2581 on images of CIFAR-10.
PredictorScores Scores() {
  PredictorScores scores;
  *scores.mutable_provenance() = MakeProvenance("test", "portable", {});
  scores.set_dataset("cifar10");
  scores.mutable_spec()->mutable_skeleton()->set_channels(16);
  scores.mutable_spec()->mutable_skeleton()->set_cells_per_stage(5);
  scores.mutable_spec()->set_images(64);
  scores.add_seeds(0);
  scores.add_cells(10);
  scores.add_cells(2581);
  scores.add_dead_cells(10);
  Add(scores, "parameters", "", {1000, 1073466});
  Add(scores, "multiply_adds", "", {1000, 153272960});
  Add(scores, "paths", "", {0, 4});
  Add(scores, "synflow", "", {0.5, 12.5});
  Add(scores, "input_gradient_norm", "pgd_8", {kNaN, 0.25});
  Add(scores, "snip", "clean", {1.5, kNaN});
  return scores;
}

Table WithPredictors() {
  Table table = Published();
  const absl::Status status = AddPredictors("s", "scores", Scores(), table);
  EXPECT_TRUE(status.ok()) << status;
  return table;
}

std::vector<std::string> Names(const Table& table, const std::string& dataset) {
  std::vector<std::string> names;
  for (const Column& column : table.columns()) {
    if (column.key().dataset() == dataset) {
      names.push_back(column.key().metric());
    }
  }
  return names;
}

TEST(PredictorColumns, CountsOfAllCellsAndScoresOfTheScored) {
  const auto table = BenchmarkTable::Make("t", WithPredictors());
  ASSERT_TRUE(table.ok()) << table.status();
  const std::vector<std::string> counts = {"clean",
                                           "fgsm_3",
                                           "pgd_3",
                                           "fgsm_8",
                                           "pgd_8",
                                           "autoattack",
                                           "multiply_adds",
                                           "parameters",
                                           "proxy_count_none",
                                           "proxy_count_skip_connect",
                                           "proxy_count_nor_conv_1x1",
                                           "proxy_count_nor_conv_3x3",
                                           "proxy_count_avg_pool_3x3",
                                           "proxy_paths",
                                           "proxy_longest_path",
                                           "proxy_longest_path_convolutions"};
  EXPECT_EQ(Names(table->proto(), "cifar100"), counts);
  std::vector<std::string> all = counts;
  all.insert(all.end(), {"proxy_synflow", "proxy_input_gradient_norm_pgd_8",
                         "proxy_snip_clean"});
  EXPECT_EQ(Names(table->proto(), "cifar10"), all);
  for (const char* dataset : {"cifar10", "cifar100", "imagenet16_120"}) {
    const Column& paths = **table->Get(dataset, "paths");
    EXPECT_EQ(paths.kind(), Column::PREDICTOR);
    EXPECT_THAT(paths.mean(), ElementsAre(0, 4, 4));
    EXPECT_FALSE(paths.lowest_first());
    const Column& none = **table->Get(dataset, "count_none");
    EXPECT_THAT(none.mean(), ElementsAre(3, 0, 0));
    EXPECT_TRUE(none.lowest_first());
  }
  // Dead cells have no score, nor has a cell that was not scored.
  const Column& synflow = **table->Get("cifar10", "proxy_synflow");
  EXPECT_THAT(synflow.mean(), ElementsAre(IsNan(), IsNan(), 12.5));
  EXPECT_FALSE(synflow.has_score_images());
  const Column& gradient = **table->Get("cifar10", "input_gradient_norm_pgd_8");
  EXPECT_THAT(gradient.mean(), ElementsAre(IsNan(), IsNan(), 0.25));
  EXPECT_EQ(gradient.score(), "input_gradient_norm");
  EXPECT_EQ(gradient.score_images(), "pgd_8");
  EXPECT_TRUE(gradient.lowest_first());
  EXPECT_EQ((*table->Get("cifar10", "snip"))->key().metric(),
            "proxy_snip_clean");
  const Provenance& provenance = table->proto().provenance();
  ASSERT_EQ(provenance.inputs_size(), 2);
  EXPECT_EQ(provenance.inputs(0).role(), "predictor_scores");
  EXPECT_EQ(provenance.inputs(0).sha256(), Sha256("scores"));
  EXPECT_EQ(provenance.inputs(1).role(), "published_table");
}

TEST(PredictorColumns, BadFilesByField) {
  const auto message = [](const std::function<void(PredictorScores&)>& change) {
    PredictorScores scores = Scores();
    change(scores);
    Table table = Published();
    const absl::Status status = AddPredictors("s", "", scores, table);
    // Nothing was added.
    EXPECT_EQ(table.columns_size(), 3 * 8);
    EXPECT_EQ(table.provenance().inputs_size(), 1);
    return std::string(status.message());
  };
  EXPECT_EQ(message([](auto& s) { s.set_cells(1, 2582); }),
            "s: field cells: expected cells of the table, found 2582");
  EXPECT_EQ(message([](auto& s) { s.set_cells(1, 15625); }),
            "s: field cells: expected cells of the table, found 15625");
  EXPECT_EQ(message([](auto& s) { s.set_dataset("mnist"); }),
            "s: field dataset: expected one of the table's: cifar10, "
            "cifar100, imagenet16_120, found mnist");
  // Another enumeration of the cells gives them other counts.
  EXPECT_EQ(message([](auto& s) { s.mutable_columns(2)->set_value(1, 3); }),
            "s: field columns[paths]: expected 4 of cell 2581 (323133), "
            "found 3");
  EXPECT_EQ(message([](auto& s) { *s.add_columns() = s.columns(5); }),
            "s: field columns[snip of clean]: expected one column, found "
            "another");
  EXPECT_EQ(message([](auto& s) { s.mutable_columns(5)->add_value(1); }),
            "s: field columns[snip of clean]: expected 2 values, found 3");
  EXPECT_EQ(message([](auto& s) { s.mutable_columns(5)->set_score("snap"); }),
            "s: field columns[snap of clean]: expected a name of "
            "analysis/table/predictor_name.h, found snap");
  EXPECT_EQ(
      message([](auto& s) { s.mutable_columns(3)->set_images("clean"); }),
      "s: field columns[synflow of clean]: expected images where the score is "
      "of images, and none otherwise, found clean");
  EXPECT_EQ(message([](auto& s) { s.mutable_columns(5)->clear_images(); }),
            "s: field columns[snip]: expected images where the score is of "
            "images, and none otherwise, found none");
  EXPECT_EQ(
      message([](auto& s) { s.mutable_columns(4)->set_value(1, INFINITY); }),
      "s: field columns[input_gradient_norm of pgd_8]: expected finite "
      "values, found inf");
  Table twice = WithPredictors();
  EXPECT_EQ(AddPredictors("s", "", Scores(), twice).message(),
            "s: field columns: expected a table without predictors, found "
            "proxy_count_none of cifar10");
}

// The released layout has predictors as bare numbers, and comes back.
TEST(PredictorColumns, InJsonAndCsv) {
  const Table table = WithPredictors();
  const std::string json = *TableJson(table);
  const auto parsed = nlohmann::json::parse(json);
  EXPECT_EQ(parsed["cifar10"]["2581"]["proxy_input_gradient_norm_pgd_8"], 0.25);
  EXPECT_EQ(parsed["imagenet"]["2581"]["proxy_paths"], 4);
  EXPECT_FALSE(parsed["cifar10"]["1462"].contains("proxy_synflow"));
  const auto read = ParseAuthorsJson("a.json", json);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*TableJson(*read), json);
  const auto again = BenchmarkTable::Make("a.json", *read);
  ASSERT_TRUE(again.ok()) << again.status();
  const Column& gradient =
      **again->Get("cifar10", "proxy_input_gradient_norm_pgd_8");
  EXPECT_EQ(gradient.kind(), Column::PREDICTOR);
  EXPECT_EQ(gradient.score_images(), "pgd_8");
  EXPECT_TRUE(gradient.lowest_first());
  struct Damage {
    std::string from, to, expected;
  };
  for (const auto& [from, to, expected] :
       {Damage{"\"proxy_paths\": 4.0", "\"proxy_pats\": 4.0",
               "proxy_pats: expected a metric"},
        {"\"proxy_paths\": 4.0", "\"proxy_paths\": \"Infinity\"",
         "proxy_paths: expected a number"}}) {
    std::string damaged = json;
    const size_t at = damaged.find(from);
    ASSERT_NE(at, std::string::npos);
    damaged.replace(at, from.size(), to);
    EXPECT_THAT(
        std::string(ParseAuthorsJson("a.json", damaged).status().message()),
        HasSubstr(expected));
  }

  const auto rows = ReadCsv(*TableCsv(table));
  ASSERT_TRUE(rows.has_value());
  EXPECT_THAT((*rows)[0], IsSupersetOf({"proxy_synflow", "proxy_paths"}));
  const auto at = [&](size_t row, const std::string& name) {
    const auto& head = (*rows)[0];
    return (
        *rows)[row][std::find(head.begin(), head.end(), name) - head.begin()];
  };
  EXPECT_EQ(at(3, "proxy_synflow"), "12.5");
  EXPECT_EQ(at(2, "proxy_synflow"), "");
  EXPECT_EQ(at(6, "proxy_synflow"), "");  // CIFAR-100's images have none
  EXPECT_EQ(at(6, "proxy_paths"), "4");
}

// Eighty more columns would make the tables of all pairs of metrics
// unreadable.
TEST(PredictorColumns, AreLeftOutOfStatistics) {
  StatisticsSpec spec;
  spec.set_ranking_metric("pgd_8");
  spec.set_best_count(1);
  const auto compute = [&](Table table) {
    return ComputeStatistics(*BenchmarkTable::Make("t", std::move(table)),
                             "spec", spec)
        ->DebugString();
  };
  EXPECT_EQ(compute(WithPredictors()), compute(Published()));
}

}  // namespace
}  // namespace robbench
