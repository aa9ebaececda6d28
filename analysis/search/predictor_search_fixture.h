// A table of all classes in which it is known what searches find, for tests of
// searches by a predictor and of their results at several budgets.
#ifndef ANALYSIS_SEARCH_PREDICTOR_SEARCH_FIXTURE_H_
#define ANALYSIS_SEARCH_PREDICTOR_SEARCH_FIXTURE_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "analysis/search/architecture_search.h"
#include "analysis/search/search.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nas/base/philox.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "nas/isomorphism.h"

namespace robbench {

// A table of all classes, a spec of one criterion and no algorithms, and
// searches by it. The criterion "height" is uniform in 0 ... 1 and different
// for all classes. Predictors: "distinct" tells all classes apart, "same" none,
// "tied" is 1 for kTied classes of one cell each and 0 for the others. "gappy"
// lacks two values; "far" is "distinct" with both infinities at its ends.
class PredictorSearchFixture : public ::testing::Test {
 protected:
  static constexpr int kRows = 6466;
  static constexpr int kTied = 40;

  PredictorSearchFixture() : table_(MakeTable()) {
    spec_.set_seed(1);
    spec_.set_queries(150);
    spec_.set_repeats(200);
    spec_.add_criteria("height");
  }

  void Add(const std::string& text) {
    SearchAlgorithm& algorithm = *spec_.add_algorithms();
    ASSERT_TRUE(
        google::protobuf::TextFormat::ParseFromString(text, &algorithm));
  }

  Search Run(const SearchSpec& spec) {
    auto search = RunSearches("t.binpb", *BenchmarkTable::Make("t", table_),
                              "s.textproto", spec);
    EXPECT_TRUE(search.ok()) << search.status();
    return *std::move(search);
  }
  Search Run() { return Run(spec_); }

  std::string Refused(const std::function<void(SearchSpec&)>& change) {
    SearchSpec spec = spec_;
    change(spec);
    return std::string(RunSearches("t.binpb",
                                   *BenchmarkTable::Make("t", table_),
                                   "s.textproto", spec)
                           .status()
                           .message());
  }

  absl::Span<const double> Values(int column) const {
    return table_.columns(column).mean();
  }

  // The rows from the best by a predictor to the worst.
  std::vector<int> Ranked(int column, bool lowest_first) const {
    const auto values = Values(column);
    std::vector<int> rows(kRows);
    std::iota(rows.begin(), rows.end(), 0);
    std::sort(rows.begin(), rows.end(), [&](int a, int b) {
      return lowest_first ? values[a] < values[b] : values[a] > values[b];
    });
    return rows;
  }

  // The trajectory must be the best value so far of `rows`, in all repeats.
  void ExpectOrder(const std::vector<int>& rows, const SearchResult& result,
                   int queries = 150) {
    double best = 0;
    for (int i = 0; i < queries; ++i) {
      best = std::max(best, Values(0)[rows[i]]);
      EXPECT_NEAR(result.trajectory().mean(i), best, 1e-12) << i;
      EXPECT_EQ(result.trajectory().percentile_5(i), best) << i;
      EXPECT_EQ(result.trajectory().percentile_95(i), best) << i;
    }
  }

  Table table_;
  SearchSpec spec_;

 private:
  // Classes in an order that has nothing to do with their indices: a number of
  // each, 0 ... kRows - 1, each once.
  static std::vector<int> Shuffled(uint32_t seed) {
    std::vector<int> order(kRows);
    std::iota(order.begin(), order.end(), 0);
    PhiloxStream random(seed, Purpose::kTest);
    for (int i = kRows; i-- > 1;) {
      std::swap(order[i], order[random.Below(i + 1)]);
    }
    return order;
  }

  static Table MakeTable() {
    Table table;
    Benchmark& benchmark = *table.add_benchmarks();
    benchmark.mutable_dataset()->set_name("set");
    benchmark.mutable_dataset()->set_classes(10);
    const auto add = [&](const char* name, Column::Kind kind) -> Column& {
      Column& column = *table.add_columns();
      column.mutable_key()->set_dataset("set");
      column.mutable_key()->set_metric(name);
      column.set_kind(kind);
      return column;
    };
    table.mutable_columns()->Reserve(6);
    Column& value = add("height", Column::ACCURACY);
    Column& distinct = add("distinct", Column::COST);
    Column& same = add("same", Column::COST);
    Column& tied = add("tied", Column::COST);
    Column& gappy = add("gappy", Column::COST);
    Column& far = add("far", Column::COST);
    const IsomorphismClasses& classes = IsomorphismClasses::Get();
    const std::vector<int> values = Shuffled(1), order = Shuffled(2);
    int ties = 0;
    for (int row = 0; row < kRows; ++row) {
      const int index = classes.representatives()[row];
      *table.add_cells() = MakeCellIdentity(*Cell::FromIndex(index));
      const bool is_tied =
          ties < kTied && row % 7 == 0 && classes.Members(index).size() == 1;
      ties += is_tied;
      value.add_mean(1.0 * values[row] / kRows);
      distinct.add_mean(order[row] - 100.0);
      same.add_mean(3);
      tied.add_mean(is_tied);
      gappy.add_mean(row == 5 || row == 6000
                         ? std::numeric_limits<double>::quiet_NaN()
                         : row);
      far.add_mean(order[row] == kRows - 1
                       ? std::numeric_limits<double>::infinity()
                   : order[row] == 0 ? -std::numeric_limits<double>::infinity()
                                     : order[row]);
    }
    EXPECT_EQ(ties, kTied);
    return table;
  }
};

}  // namespace robbench

#endif  // ANALYSIS_SEARCH_PREDICTOR_SEARCH_FIXTURE_H_
