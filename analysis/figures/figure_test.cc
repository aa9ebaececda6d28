#include "analysis/figures/figure.h"

#include <cmath>
#include <cstddef>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis/collect/synthetic_records.h"
#include "analysis/collect/synthetic_table.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/gnuplot_script.h"
#include "analysis/figures/label_placement.h"
#include "analysis/report/page/report_page.h"
#include "analysis/report/tables/report_table.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/text/escape.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kStylePath[] = "analysis/specs/figure_style.textproto";

BenchmarkTable MakeTable(const SyntheticOptions& options, bool with_ntk) {
  std::vector<RecordFile> files = SyntheticRecords(options);
  if (!with_ntk) {
    std::erase_if(files, [](const RecordFile& file) {
      return absl::StrContains(file.path, ".ntk.");
    });
  }
  return *BenchmarkTable::Make("table", SyntheticTable(options, files));
}

Statistics MakeStatistics(const BenchmarkTable& table) {
  StatisticsSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      SyntheticStatisticsSpec(), &spec));
  return *ComputeStatistics(table, "spec", spec);
}

FigureStyle Style() {
  const auto style = ReadTextProto<FigureStyle>(kStylePath);
  EXPECT_TRUE(style.ok()) << style.status();
  return style->message;
}

TEST(Figure, AllAreMadeWithTheirNumbers) {
  const BenchmarkTable table = MakeTable(TwentyCells(), true);
  const Statistics statistics = MakeStatistics(table);
  const auto figures = MakeFigures(table, statistics, Style());
  ASSERT_TRUE(figures.ok()) << figures.status();
  ASSERT_EQ(figures->size(), std::size(kFigureNames));
  for (size_t i = 0; i < figures->size(); ++i) {
    const Figure& figure = (*figures)[i];
    EXPECT_EQ(figure.name, kFigureNames[i]);
    EXPECT_THAT(figure.script,
                AllOf(HasSubstr(absl::StrCat("output '", figure.name, ".svg'")),
                      HasSubstr(absl::StrCat("'", figure.name, ".dat'"))));
    // The script names no path but the two beside it.
    EXPECT_THAT(figure.script, Not(HasSubstr("/tmp")));
    EXPECT_FALSE(figure.caption.empty());
  }
  // The lower quartile of PGD 25 is a corner of its box.
  for (const Distribution& box : statistics.distributions()) {
    if (box.column().metric() != "pgd_25") continue;
    GnuplotData data;
    data.Block("");
    data.Row(5 - 0.27, 100 * box.first_quartile());
    EXPECT_THAT((*figures)[0].data,
                HasSubstr(data.text().substr(data.text().find('\n') + 1)));
  }
}

TEST(Figure, WithoutDataIsLeftOutUnlessItIsNamed) {
  const BenchmarkTable table = MakeTable(TwentyCells(), false);
  const Statistics statistics = MakeStatistics(table);
  const auto figures = MakeFigures(table, statistics, Style());
  ASSERT_TRUE(figures.ok()) << figures.status();
  EXPECT_EQ(figures->size(), std::size(kFigureNames) - 1);
  for (const Figure& figure : *figures) {
    EXPECT_NE(figure.name, "ntk_against_accuracy");
    EXPECT_NE(figure.data, kNoData);
  }
  const auto named = MakeFigures(table, statistics, Style(),
                                 {"ranking", "ntk_against_accuracy"});
  ASSERT_TRUE(named.ok()) << named.status();
  ASSERT_EQ(named->size(), 2);
  EXPECT_EQ((*named)[0].name, "ranking");
  EXPECT_THAT((*named)[1].script, HasSubstr("holds no NTK score"));
  EXPECT_THAT(
      std::string(
          MakeFigures(table, statistics, Style(), {"rank"}).status().message()),
      HasSubstr("found \"rank\""));
}

TEST(Figure, ManyCellsAreDrawnAsPanels) {
  SyntheticOptions options = TwentyCells();
  options.codes.clear();
  for (int position = 0; position <= kMostRankingLines; ++position) {
    options.codes.push_back(Cell::FromPosition(200 * position + 31).Code());
  }
  const BenchmarkTable table = MakeTable(options, true);
  ASSERT_EQ(table.num_cells(), kMostRankingLines + 1);
  const auto figures = MakeFigures(table, MakeStatistics(table), Style());
  ASSERT_TRUE(figures.ok());
  EXPECT_THAT((*figures)[1].script, HasSubstr("rank by the metric"));
  EXPECT_THAT((*figures)[1].caption, HasSubstr("The rank of 61 cells"));
}

TEST(Figure, RefusesStatisticsOfAnotherTable) {
  SyntheticOptions few = TwentyCells();
  few.codes.resize(4);
  const BenchmarkTable table = MakeTable(few, true);
  const Statistics other = MakeStatistics(MakeTable(TwentyCells(), true));
  EXPECT_EQ(MakeFigures(table, other, Style()).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(Figure, RefusesBadStyles) {
  const auto refused = [](const std::function<void(FigureStyle&)>& change) {
    FigureStyle style = Style();
    change(style);
    return std::string(CheckStyle("f.textproto", style).message());
  };
  EXPECT_TRUE(CheckStyle(kStylePath, Style()).ok());
  EXPECT_THAT(refused([](FigureStyle& s) { s.set_box_colour("blue"); }),
              AllOf(HasSubstr("f.textproto"), HasSubstr("box_colour"),
                    HasSubstr("blue")));
  EXPECT_THAT(refused([](FigureStyle& s) { s.set_width(10); }),
              HasSubstr("width"));
  EXPECT_THAT(refused([](FigureStyle& s) { s.clear_operation_colours(); }),
              HasSubstr("5 colours"));
  EXPECT_THAT(refused([](FigureStyle& s) { s.set_font("a'; exit"); }),
              HasSubstr("font"));
}

TEST(GnuplotScript, QuotesWhatCouldEndAString) {
  EXPECT_EQ(GnuplotQuoted("a\"b\\c\n`d`"), "\"a\\\"b\\\\c\\n\\140d\\140\"");
}

TEST(GnuplotScript, ColoursMixLinearly) {
  EXPECT_EQ(ColourNumber("#0a10ff"), 0x0a10ff);
  EXPECT_EQ(ColourText(0x0a10ff), "#0a10ff");
  EXPECT_EQ(ColourBetween({0x000000, 0x0a1420, 0xffffff}, 0.25), 0x050a10);
  EXPECT_EQ(ColourBetween({0x000000, 0xffffff}, 2), 0xffffff);
  EXPECT_EQ(TextColourOn(0xffffff), 0x000000);
  EXPECT_EQ(TextColourOn(0x08519c), 0xffffff);
}

TEST(GnuplotScript, EmptyBlocksKeepTheNumbersOfOthers) {
  GnuplotData data;
  EXPECT_EQ(data.Block("first"), 0);
  EXPECT_EQ(data.Block("second"), 1);
  data.Row(1, 2.5, std::string("text"));
  EXPECT_EQ(data.text(),
            "# 0: first\nNaN NaN NaN NaN NaN\n\n\n# 1: second\n1 2.5 "
            "\"text\"\n");
}

TEST(LabelPlacement, LabelsCoverNeitherPointsNorLabels) {
  std::vector<PixelPoint> points;
  for (int i = 0; i < 30; ++i) {
    points.push_back({20 + 13.7 * i, 150 + 60 * std::sin(i * 1.7)});
  }
  const auto labels = PlaceLabels(points, 40, 11, 440, 300, 30);
  int placed = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (!labels[i]) continue;
    ++placed;
    for (const PixelPoint& point : points) {
      EXPECT_FALSE(std::abs(point.x - labels[i]->x) < 20 &&
                   std::abs(point.y - labels[i]->y) < 5.5);
    }
    for (size_t j = 0; j < i; ++j) {
      if (!labels[j]) continue;
      EXPECT_FALSE(std::abs(labels[j]->x - labels[i]->x) < 40 &&
                   std::abs(labels[j]->y - labels[i]->y) < 11);
    }
  }
  EXPECT_GE(placed, 20);
}

TEST(ReportTable, EscapesForEachFormat) {
  ReportTable table;
  table.name = "t";
  table.title = "A & B";
  table.columns = {{"a_b", "", false}, {"n", "", true}};
  table.rows = {{{"x<y|z"}, {"1 ± 2", 1.0}}, {{"a,\"b\""}, {"–"}}};
  EXPECT_THAT(
      HtmlTable(table),
      AllOf(HasSubstr("A &amp; B"), HasSubstr("x&lt;y|z"),
            HasSubstr("data-number=\"1\""), HasSubstr("data-number=\"\"")));
  EXPECT_THAT(MarkdownTable(table),
              AllOf(HasSubstr("a\\_b"), HasSubstr("x&lt;y\\|z")));
  EXPECT_THAT(LatexTable(table),
              AllOf(HasSubstr("A \\& B"), HasSubstr("a\\_b"),
                    HasSubstr("1 $\\pm$ 2"), HasSubstr("\\toprule")));
  EXPECT_THAT(CsvTable(table), HasSubstr("\"a,\"\"b\"\"\",–\n"));
}

TEST(ReportTable, LargeTablesAreShownInPages) {
  ReportTable table;
  table.name = "t";
  table.columns = {{"name", "", false}, {"n", "", true}};
  for (size_t i = 0; i < kMostRowsAtOnce + 1; ++i) {
    table.rows.push_back(
        {{absl::StrCat("row<", i, "\"")}, {absl::StrCat(i, " %"), i + 0.5}});
  }
  ASSERT_TRUE(IsPaged(table));
  const std::string html = HtmlTable(table);
  // One page is written as rows, and all rows as data in which no tag can end
  // the script.
  EXPECT_THAT(html, AllOf(HasSubstr("row&lt;19&quot;</th>"),
                          Not(HasSubstr("row&lt;20")),
                          HasSubstr("[\"row\\u003c400\\\"\",400.5,\"400 %\"]]"),
                          Not(HasSubstr("row<"))));
  EXPECT_THAT(MarkdownTable(table), AllOf(HasSubstr("The first 20 of 401 rows"),
                                          Not(HasSubstr("row&lt;20"))));
  EXPECT_THAT(LatexTable(table), AllOf(HasSubstr("The first 20 of 401 rows"),
                                       Not(HasSubstr("row<20"))));
  EXPECT_THAT(CsvTable(table), HasSubstr("400.5\n"));
  table.rows.pop_back();
  EXPECT_FALSE(IsPaged(table));
  EXPECT_THAT(HtmlTable(table), HasSubstr("row&lt;399&quot;</th>"));
}

TEST(ReportPage, InlineSvgHasItsOwnIds) {
  const auto svg = InlineSvg({"fig", "Title <1>", "",
                              "<?xml version=\"1.0\"?>\n<svg width=\"8\" "
                              "viewBox=\"0 0 8 6\"><title>Gnuplot</title><g "
                              "id='a'/><use xlink:href='#a'/></svg>\n"});
  ASSERT_TRUE(svg.ok());
  EXPECT_THAT(*svg,
              AllOf(HasSubstr("id='fig-a'"), HasSubstr("href='#fig-a'"),
                    HasSubstr("<title>Title &lt;1&gt;</title>"),
                    HasSubstr("viewBox=\"0 0 8 6\""), Not(HasSubstr("<?xml"))));
  EXPECT_FALSE(InlineSvg({"fig", "", "", "no drawing"}).ok());
  EXPECT_FALSE(InlineSvg({"fig", "", "",
                          "<svg viewBox=\"0 0 1 1\"><script>1</script></svg>"})
                   .ok());
}

}  // namespace
}  // namespace robbench
