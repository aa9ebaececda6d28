#include "analysis/table/benchmark_table.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/file.h"
#include "nas/base/record.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "nas/isomorphism.h"
#include "nas/official_index.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Column& AddColumn(Table& table, const std::string& dataset,
                  const std::string& metric) {
  Column& column = *table.add_columns();
  column.mutable_key()->set_dataset(dataset);
  column.mutable_key()->set_metric(metric);
  column.set_kind(Column::ACCURACY);
  return column;
}

void AddSeed(Column& column, uint32_t seed, std::vector<double> values) {
  column.add_seeds()->set_seed(seed);
  auto& added = *column.mutable_seeds(column.seeds_size() - 1);
  added.mutable_value()->Add(values.begin(), values.end());
}

// Cells 1000 (132013), 1462 (333333), 2581 (323133).
Table ThreeCells() {
  Table table;
  *table.mutable_provenance() = MakeProvenance("test", "", {});
  for (const int index : {1000, 1462, 2581}) {
    *table.add_cells() = MakeCellIdentity(*Cell::FromIndex(index));
  }
  Column& pgd = AddColumn(table, "cifar10", "pgd_8");
  AddSeed(pgd, 0, {0.40, 0.46, kNaN});
  AddSeed(pgd, 1, {0.42, kNaN, kNaN});
  AddSeed(pgd, 7, {0.47, kNaN, kNaN});
  for (const double mean : {0.43, 0.46, kNaN}) pgd.add_mean(mean);
  Column& published = AddColumn(table, "imagenet16_120", "clean");
  for (const double mean : {0.1, 0.11, 0.12}) published.add_mean(mean);
  published.set_mean_of(3);
  return table;
}

TEST(BenchmarkTable, ValuesByMeanSpreadAndSeed) {
  const auto table = BenchmarkTable::Make("t", ThreeCells());
  ASSERT_TRUE(table.ok()) << table.status();
  const auto pgd = table->Get("cifar10", "val_pgd_8.0_acc");
  ASSERT_TRUE(pgd.ok()) << pgd.status();
  const MetricValue three = ValueOf(**pgd, 0);
  EXPECT_EQ(three.mean, 0.43);
  // (9 + 1 + 16) / 2 = 13 squared hundredths.
  EXPECT_NEAR(three.spread, std::sqrt(13.0) / 100, 1e-15);
  EXPECT_EQ(three.seeds, 3);
  EXPECT_THAT(three.by_seed,
              ElementsAre(Pair(0, 0.40), Pair(1, 0.42), Pair(7, 0.47)));
  const MetricValue one = ValueOf(**pgd, 1);
  EXPECT_TRUE(std::isnan(one.spread));
  EXPECT_EQ(one.seeds, 1);
  const MetricValue none = ValueOf(**pgd, 2);
  EXPECT_TRUE(std::isnan(none.mean));
  EXPECT_EQ(none.seeds, 0);
  const MetricValue published = ValueOf(*table->Find("imagenet", "val_acc"), 2);
  EXPECT_EQ(published.mean, 0.12);
  EXPECT_EQ(published.seeds, 3);
  EXPECT_TRUE(published.by_seed.empty());
}

TEST(BenchmarkTable, CellsByAnyName) {
  const auto table = BenchmarkTable::Make("t", ThreeCells());
  ASSERT_TRUE(table.ok());
  const std::string names[] = {"2581", "323133",
                               Cell::FromIndex(2581)->Architecture()};
  for (const std::string& name : names) {
    const auto found = table->FindCell(name);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->position, 2) << name;
    EXPECT_TRUE(found->is_own_row);
  }
  EXPECT_EQ(table->FindCell("15625").status().code(),
            absl::StatusCode::kInvalidArgument);
  const auto absent = table->FindCell("1835");
  EXPECT_EQ(absent.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(absent.status().message()),
              HasSubstr("no cell 1835 (111111)"));
  EXPECT_EQ(table->Position(*Cell::FromIndex(2581)), 2);
  EXPECT_FALSE(table->Position(*Cell::FromIndex(1835)).has_value());
}

// A table of the representatives, as the published one, has values for every
// cell.
TEST(BenchmarkTable, EveryCellThroughItsRepresentative) {
  const IsomorphismClasses& classes = IsomorphismClasses::Get();
  Table table;
  *table.mutable_provenance() = MakeProvenance("test", "", {});
  for (const int index : classes.representatives()) {
    *table.add_cells() = MakeCellIdentity(*Cell::FromIndex(index));
  }
  const auto benchmark = BenchmarkTable::Make("t", std::move(table));
  ASSERT_TRUE(benchmark.ok()) << benchmark.status();
  int own = 0;
  for (int index = 0; index < kNumCells; ++index) {
    const auto found = benchmark->FindCell(Cell::FromIndex(index)->Code());
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_EQ(benchmark->cell(found->position).index(),
              classes.Representative(index));
    own += found->is_own_row;
  }
  EXPECT_EQ(own, 6466);
}

TEST(BenchmarkTable, SuggestsTheNearestName) {
  const auto table = BenchmarkTable::Make("t", ThreeCells());
  ASSERT_TRUE(table.ok());
  const auto error = [&](const char* dataset, const char* metric) {
    return std::string(table->Get(dataset, metric).status().message());
  };
  EXPECT_THAT(error("cifar10", "pdg_8"), HasSubstr("did you mean pgd_8?"));
  EXPECT_THAT(error("cifar10", "val_pgd_9.0_acc"),
              HasSubstr("did you mean pgd_8?"));
  EXPECT_THAT(error("cifra10", "pgd_8"), HasSubstr("did you mean cifar10?"));
}

TEST(BenchmarkTable, RefusesWhatDoesNotFitTogether) {
  const auto refused = [](const std::function<void(Table&)>& change) {
    Table table = ThreeCells();
    change(table);
    return std::string(
        BenchmarkTable::Make("t.binpb", table).status().message());
  };
  EXPECT_THAT(refused([](Table& t) {
                t.mutable_columns(0)->mutable_mean()->RemoveLast();
              }),
              AllOf(HasSubstr("t.binpb"), HasSubstr("3 values")));
  EXPECT_THAT(refused([](Table& t) { t.mutable_columns(0)->set_mean(0, 1.5); }),
              HasSubstr("1.5"));
  EXPECT_THAT(refused([](Table& t) {
                Column& zen = *t.add_columns();
                zen = t.columns(0);
                zen.mutable_key()->set_metric("proxy_zen");
                zen.set_kind(Column::PREDICTOR);
                zen.set_score("zen");
                zen.clear_seeds();
                zen.set_mean(0, INFINITY);
              }),
              HasSubstr("columns[cifar10/proxy_zen].mean: expected finite "
                        "values, found inf"));
  EXPECT_THAT(refused([](Table& t) { *t.add_columns() = t.columns(0); }),
              HasSubstr("each name once"));
  EXPECT_THAT(refused([](Table& t) { t.mutable_cells()->SwapElements(0, 1); }),
              HasSubstr("ascending indices"));
  EXPECT_THAT(
      refused([](Table& t) { t.add_runs()->mutable_cell()->set_index(9); }),
      HasSubstr("runs.cell"));
}

TEST(BenchmarkTable, NamesWhatIsNoTable) {
  const std::string path = testing::TempDir() + "/other";
  const auto error = [&](absl::string_view bytes) {
    EXPECT_TRUE(WriteFile(path, bytes).ok());
    return std::string(BenchmarkTable::Read(path).status().message());
  };
  EXPECT_THAT(error("SQLite format 3"), HasSubstr("found an SQLite database"));
  EXPECT_THAT(error("{\"cifar10\": {}}"), HasSubstr("found JSON"));
  EXPECT_THAT(error("acc={}"), HasSubstr("import_published"));
  EXPECT_THAT(error("garbage"), HasSubstr("not a valid Table"));
  EXPECT_THAT(error(""), HasSubstr("without required fields"));
}

}  // namespace
}  // namespace robbench
