#include "analysis/figures/paper_figure.h"

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "analysis/collect/synthetic_records.h"
#include "analysis/collect/synthetic_table.h"
#include "analysis/figures/figure.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/search/search.pb.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nas/base/text_proto.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

BenchmarkTable MakeTable() {
  return *BenchmarkTable::Make("table", SyntheticTable(TwentyCells()));
}

Statistics MakeStatistics(const BenchmarkTable& table) {
  StatisticsSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      SyntheticStatisticsSpec(), &spec));
  return *ComputeStatistics(table, "spec", spec);
}

constexpr char kSearch[] = R"pb(
  spec { seed: 1 queries: 2 repeats: 500 criteria: "clean" criteria: "pgd_25" }
  results {
    dataset: "fashion_mnist"
    algorithm: "local search"
    criterion: "pgd_25"
    highest: .75
    regret: .25
    found_highest: 3
    trajectory {
      mean: .5
      mean: .625
      low: .25
      low: .5
      high: .625
      high: .75
      percentile_5: 0
      percentile_5: 0
      percentile_95: 1
      percentile_95: 1
    }
  }
)pb";

class PaperFigureTest : public ::testing::Test {
 protected:
  PaperFigureTest() : table_(MakeTable()), statistics_(MakeStatistics(table_)) {
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        absl::StrCat(kSearch,
                     "provenance { schema_version: 1 producer: '' "
                     "numeric_profile: '' }"),
        &search_));
    const auto style =
        ReadTextProto<FigureStyle>("analysis/specs/figure_style.textproto");
    EXPECT_TRUE(style.ok()) << style.status();
    style_ = style->message;
  }

  Figure Make(const std::string& name) {
    const auto figures = MakePaperFigures(table_, statistics_, search_, style_);
    EXPECT_TRUE(figures.ok()) << figures.status();
    for (const Figure& figure : *figures) {
      if (figure.name == name) return figure;
    }
    ADD_FAILURE() << name;
    return {};
  }

  const BenchmarkTable table_;
  const Statistics statistics_;
  Search search_;
  FigureStyle style_;
};

TEST_F(PaperFigureTest, AllAreMade) {
  const auto figures = MakePaperFigures(table_, statistics_, search_, style_);
  ASSERT_TRUE(figures.ok()) << figures.status();
  // The table has one data set, so only the figure of ranks on one data set
  // against another is missing.
  ASSERT_EQ(figures->size(), 6);
  for (const Figure& figure : *figures) {
    EXPECT_FALSE(figure.title.empty());
    EXPECT_FALSE(figure.caption.empty());
    EXPECT_EQ(figure.is_graph,
              figure.name == "cell" || figure.name == "skeleton");
    EXPECT_EQ(figure.data.empty(), figure.is_graph);
    EXPECT_THAT(figure.script, HasSubstr(figure.name + ".svg"));
  }
}

// 333333 is the best of the twenty cells.
TEST_F(PaperFigureTest, TheCellHasItsOperations) {
  const Figure cell = Make("cell");
  EXPECT_THAT(cell.caption, HasSubstr("1462 (333333)"));
  for (const char* edge : {"n0 -> n1", "n0 -> n2", "n1 -> n2", "n0 -> n3",
                           "n1 -> n3", "n2 -> n3"}) {
    EXPECT_THAT(cell.script,
                HasSubstr(absl::StrCat(edge, " [label=\" 3×3 conv \"")));
  }
}

TEST_F(PaperFigureTest, RegretsArePointsBelowTheHighest) {
  EXPECT_THAT(Make("search_trajectories").data,
              HasSubstr("\n1 25 12.5 50\n2 12.5 0.001 25\n"));
}

TEST_F(PaperFigureTest, FrontsAreThoseOfTheStatistics) {
  const Figure figure = Make("cost_fronts");
  const CostFront& front = statistics_.datasets(0).fronts(0);
  ASSERT_GE(front.cells_size(), 2);
  const CostFront::Cell& best = front.cells(front.cells_size() - 1);
  EXPECT_EQ(best.cell().code(), "333333");
  // The first cell of the front has its name beside it.
  EXPECT_THAT(figure.data, HasSubstr(absl::StrCat(
                               "\"", front.cells(0).cell().code(), "\"")));
}

TEST_F(PaperFigureTest, HistogramsCountEveryCell) {
  const std::string data = Make("accuracy_distributions").data;
  // Rows "from height count" come in pairs for each bin, and every cell of the
  // first metric counts twice.
  int sum = 0;
  const size_t begin = data.find('\n') + 1;
  const size_t end = data.find("\n\n", begin);
  for (size_t at = begin; at < end;) {
    const size_t line = data.find('\n', at);
    const size_t space = data.rfind(' ', line);
    sum += std::stoi(data.substr(space + 1, line - space));
    at = line + 1;
  }
  EXPECT_EQ(sum, 2 * 20);
}

TEST_F(PaperFigureTest, RefusesASearchOfAnotherTable) {
  search_.mutable_results(0)->set_dataset("cifar10");
  EXPECT_THAT(std::string(MakePaperFigures(table_, statistics_, search_, style_)
                              .status()
                              .message()),
              AllOf(HasSubstr("not of this table"), HasSubstr("cifar10")));
  search_.clear_results();
  EXPECT_FALSE(MakePaperFigures(table_, statistics_, search_, style_).ok());
}

}  // namespace
}  // namespace robbench
