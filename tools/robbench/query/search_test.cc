// Tests `robbench search` on a table of all classes. Its CSV and text have the
// numbers of its JSON, which is the Search record.
#include "tools/robbench/query/search.h"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/csv_reader.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "nas/isomorphism.h"
#include "nlohmann/json.hpp"
#include "tools/robbench/format.h"

namespace robbench {
namespace {

using ::nlohmann::json;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

// Returns a table of two data sets, the second without FGSM. Accuracies differ
// by cell.
BenchmarkTable AllClasses() {
  Table table;
  const auto& representatives = IsomorphismClasses::Get().representatives();
  for (const int index : representatives) {
    *table.add_cells() = MakeCellIdentity(*Cell::FromIndex(index));
  }
  for (const char* dataset : {"first", "second"}) {
    Benchmark& benchmark = *table.add_benchmarks();
    benchmark.mutable_dataset()->set_name(dataset);
    benchmark.mutable_dataset()->set_classes(10);
    for (const char* metric : {"clean", "fgsm_8"}) {
      const bool fgsm = absl::StartsWith(metric, "fgsm");
      if (fgsm && benchmark.dataset().name() == "second") continue;
      Column& column = *table.add_columns();
      column.mutable_key()->set_dataset(dataset);
      column.mutable_key()->set_metric(metric);
      column.set_kind(Column::ACCURACY);
      for (const int index : representatives) {
        column.add_mean((fgsm ? 0.3 : 0.5) + (index * 7919 % 6466) / 2e4);
      }
    }
  }
  return *BenchmarkTable::Make("t.binpb", table);
}

constexpr char kSpec[] = R"(
  seed: 1 queries: 30 repeats: 4 criteria: "clean"
  algorithms { name: "random, plain" random {} }
  algorithms { name: "local" local {} }
)";

class SearchTest : public ::testing::Test {
 protected:
  SearchTest() : table_(AllClasses()) {
    options_.spec_path = ::testing::TempDir() + "/search.textproto";
    std::ofstream(options_.spec_path) << kSpec;
  }

  std::string Run(OutputFormat format, const std::string& dataset = "") {
    const auto text =
        SearchTable("t.binpb", table_, options_, {dataset, ""}, format);
    EXPECT_TRUE(text.ok()) << text.status();
    return text.value_or("");
  }

  BenchmarkTable table_;
  SearchOptions options_;
};

TEST_F(SearchTest, CsvHasARowASearchWithTheNumbersOfTheRecord) {
  const json record = json::parse(Run(OutputFormat::kJson));
  const auto rows = ReadCsv(Run(OutputFormat::kCsv));
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->size(), 5);  // heads, and two data sets by two algorithms
  const std::vector<std::string>& heads = (*rows)[0];
  ASSERT_EQ(record["results"].size(), 4);
  for (size_t r = 1; r < rows->size(); ++r) {
    ASSERT_EQ((*rows)[r].size(), heads.size());
    std::map<std::string, std::string> row;
    for (size_t i = 0; i < heads.size(); ++i) row[heads[i]] = (*rows)[r][i];
    const json& result = record["results"][r - 1];
    const auto expect_number = [&](const std::string& head, double wanted) {
      double found = -1;
      EXPECT_TRUE(absl::SimpleAtod(row[head], &found)) << head;
      EXPECT_EQ(found, wanted) << head;
    };
    EXPECT_EQ(row["dataset"], result["dataset"].get<std::string>());
    EXPECT_EQ(row["algorithm"], result["algorithm"].get<std::string>());
    EXPECT_EQ(row["criterion"], "clean");
    EXPECT_EQ(row["queries"], "30");
    EXPECT_EQ(row["repeats"], "4");
    expect_number("highest", result["highest"]);
    expect_number("regret", result["regret"]);
    expect_number("found_highest", result["found_highest"]);
    EXPECT_GT(result["highest"], 0.5);
    // If a data set lacks a metric, the field is empty, and not another
    // column's.
    std::map<std::string, double> found;
    for (const json& metric : result["found"]) {
      found[metric["metric"]] = metric["mean"];
    }
    EXPECT_EQ(found.size(), row["dataset"] == "first" ? 2 : 1);
    for (const char* metric : {"clean", "fgsm_8"}) {
      const std::string head = absl::StrCat("found_", metric);
      if (found.count(metric) > 0) {
        expect_number(head, found[metric]);
      } else {
        EXPECT_EQ(row[head], "");
      }
    }
  }
}

TEST_F(SearchTest, BudgetsAreInTextAndCsv) {
  std::ofstream(options_.spec_path) << kSpec << R"(budgets: 5 budgets: 30
                     algorithms {
                       name: "by clean"
                       predictor { metric: "clean" }
                     })";
  const json record = json::parse(Run(OutputFormat::kJson, "first"));
  const auto rows = ReadCsv(Run(OutputFormat::kCsv, "first"));
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->size(), 4);
  const std::vector<std::string>& heads = (*rows)[0];
  for (size_t r = 1; r < rows->size(); ++r) {
    const json& budgets = record["results"][r - 1]["budgets"];
    ASSERT_EQ(budgets.size(), 2);
    for (const json& budget : budgets) {
      const auto expect_number = [&](const char* name, const json& wanted) {
        const std::string head =
            absl::StrCat(name, "_after_", budget["queries"].get<int>());
        const auto column = std::find(heads.begin(), heads.end(), head);
        ASSERT_TRUE(column != heads.end()) << head;
        double found = -1;
        EXPECT_TRUE(
            absl::SimpleAtod((*rows)[r][column - heads.begin()], &found));
        EXPECT_EQ(found, wanted.get<double>()) << head;
      };
      expect_number("value", budget["mean"]);
      expect_number("low", budget["low"]);
      expect_number("high", budget["high"]);
      expect_number("regret", budget["regret"]);
      expect_number("value_corrected", budget["selection"]["value"]);
      expect_number("regret_corrected", budget["selection"]["regret"]);
    }
  }
  // The best cell is the first in its own order.
  const std::string text = Run(OutputFormat::kText, "first");
  EXPECT_THAT(text, HasSubstr("first, found by number of queries"));
  EXPECT_THAT(text, ContainsRegex("by clean +clean +82.33 ± 0.00 +82.33"));
  // A budget of more queries than the search has is no error of the spec's.
  options_.queries = 12;
  const json fewer = json::parse(Run(OutputFormat::kJson, "first"));
  EXPECT_EQ(fewer["spec"]["budgets"], json::array({5}));
  EXPECT_EQ(fewer["results"][0]["budgets"].size(), 1);
}

TEST_F(SearchTest, OfOneDatasetWithOtherNumbersOfQueries) {
  options_.queries = 12;
  options_.repeats = 3;
  const auto rows = ReadCsv(Run(OutputFormat::kCsv, "second"));
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->size(), 3);
  EXPECT_EQ((*rows)[1][0], "second");
  EXPECT_EQ((*rows)[1][1], "random, plain");
  EXPECT_EQ((*rows)[1][3], "12");
  EXPECT_EQ((*rows)[1][4], "3");
  EXPECT_THAT(Run(OutputFormat::kText, "second"),
              HasSubstr("second, 12 queries, mean of 3 repeats\n"));
}

}  // namespace
}  // namespace robbench
