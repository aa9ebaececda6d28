// Sends text that means something in every format through every writer of a
// table, its figures and its report. What comes out must parse, or have the
// same structure as what plain text gives.
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/claims/make_claims.h"
#include "analysis/collect/synthetic_records.h"
#include "analysis/collect/synthetic_table.h"
#include "analysis/figures/figure.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/render_figures.h"
#include "analysis/report/page/report_claims.h"
#include "analysis/report/page/report_content.h"
#include "analysis/report/page/report_page.h"
#include "analysis/report/tables/report_table.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/read_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/export/table_export.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/csv_reader.h"
#include "analysis/text/escape.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nas/base/record.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"
#include "nas/isomorphism.h"
#include "nlohmann/json.hpp"
#include "sqlite3.h"

namespace robbench {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string>& HostileTexts() {
  static const auto& texts = *new std::vector<std::string>{
      "a,b\"c'd\ne\r\nf",
      "<img src=x onerror=alert(1)>&amp;</script><!--",
      "cifar \"10\" onmouseover=alert(1) x",
      "|\\%s %g$x#y_z{w}^~ [k](v) **",
      "`touch pwned`\"; system \"id",
      "'; DROP TABLE cell;--\"",
      "größer ∞ 😀",
      std::string(300, '\\') + std::string(300, '"'),
  };
  return texts;
}

Table PlainTable() {
  SyntheticOptions options;
  options.codes = {"333333", "323133", "030000", "444444"};
  return SyntheticTable(options);
}

// Returns a table that says `text` wherever records say something of themselves
// and, with `names`, also in the names of data set and metric.
Table TableSaying(const std::string& text, bool names) {
  Table table = PlainTable();
  Column& column = *table.add_columns();
  for (const Column& known : table.columns()) {
    if (known.kind() == Column::NTK_SCORE) column = known;
  }
  column.mutable_key()->set_metric(names ? text : "ntk_more");
  column.set_kernel(names ? text : "more");
  column.set_score(text);
  column.clear_kernel_kind();
  for (CellRun& run : *table.mutable_runs()) {
    for (RecordSource& source : *run.mutable_sources()) {
      source.set_producer(text);
      if (source.kind() == RecordSource::EVALUATION) {
        source.set_suite(text);
        source.add_failed_checks(text);
      }
      if (source.kind() == RecordSource::NTK) source.add_flags(text);
    }
  }
  Gap& gap = *table.add_gaps();
  gap.set_dataset("fashion_mnist");
  *gap.mutable_cell() = table.cells(0);
  gap.set_seed(7);
  gap.set_kind(RecordSource::EVALUATION);
  gap.set_suite(text);
  gap.set_reason(text);
  if (!names) return table;
  for (Benchmark& benchmark : *table.mutable_benchmarks()) {
    benchmark.mutable_dataset()->set_name(text);
  }
  for (Column& any : *table.mutable_columns()) {
    any.mutable_key()->set_dataset(text);
  }
  for (CellRun& run : *table.mutable_runs()) run.set_dataset(text);
  for (Gap& any : *table.mutable_gaps()) any.set_dataset(text);
  return table;
}

// Returns a table with its statistics, in which an average has this name.
AnalysedTable AnalysedAs(const std::string& text,
                         absl::StatusOr<BenchmarkTable> table) {
  EXPECT_TRUE(table.ok()) << table.status();
  StatisticsSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      SyntheticStatisticsSpec(), &spec));
  // This becomes the label of a tic, which gnuplot reads as a format.
  spec.mutable_averages(0)->set_name(text + " mean");
  auto statistics = ComputeStatistics(*table, "spec", spec);
  EXPECT_TRUE(statistics.ok()) << statistics.status();
  *statistics->mutable_provenance() = table->proto().provenance();
  return {*std::move(table), *std::move(statistics), "0", "1"};
}

AnalysedTable Analysed(const std::string& text) {
  // A table may be refused for its names, but for nothing else that it says.
  auto table = BenchmarkTable::Make("table", TableSaying(text, true));
  if (!table.ok()) {
    table = BenchmarkTable::Make("table", TableSaying(text, false));
  }
  return AnalysedAs(text, std::move(table));
}

TEST(HostileNames, CsvIsReadBack) {
  for (const std::string& text : HostileTexts()) {
    const auto csv = TableCsv(TableSaying(text, true));
    ASSERT_TRUE(csv.ok()) << csv.status();
    const auto rows = ReadCsv(*csv);
    ASSERT_TRUE(rows.has_value()) << *csv;
    ASSERT_EQ(rows->size(), 5);
    const auto& head = (*rows)[0];
    EXPECT_EQ(std::count(head.begin(), head.end(), text), 1);
    for (size_t r = 1; r < rows->size(); ++r) {
      EXPECT_EQ((*rows)[r].size(), head.size());
      EXPECT_EQ((*rows)[r][0], text);
    }
  }
}

TEST(HostileNames, JsonIsReadBack) {
  for (const std::string& text : HostileTexts()) {
    const auto json = TableJson(TableSaying(text, true));
    ASSERT_TRUE(json.ok()) << json.status();
    const auto parsed = nlohmann::json::parse(*json);
    ASSERT_EQ(parsed.size(), 1);
    EXPECT_TRUE(parsed[text]["2581"][text].contains("0")) << text;
  }
}

TEST(HostileNames, SqliteIsReadBack) {
  for (const std::string& text : HostileTexts()) {
    auto bytes = TableSqlite(TableSaying(text, true));
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(":memory:", &db), SQLITE_OK);
    ASSERT_EQ(sqlite3_deserialize(
                  db, "main", reinterpret_cast<unsigned char*>(bytes->data()),
                  bytes->size(), bytes->size(), SQLITE_DESERIALIZE_READONLY),
              SQLITE_OK);
    const auto query = [&](const std::string& sql) {
      std::string answer;
      EXPECT_EQ(sqlite3_exec(
                    db, sql.c_str(),
                    [](void* out, int, char** values, char**) {
                      absl::StrAppend(static_cast<std::string*>(out),
                                      values[0] ? values[0] : "NULL", ";");
                      return 0;
                    },
                    &answer, nullptr),
                SQLITE_OK)
          << sql << ": " << sqlite3_errmsg(db);
      return answer;
    };
    EXPECT_EQ(query("PRAGMA integrity_check"), "ok;");
    EXPECT_EQ(query("SELECT count(*) FROM sqlite_schema WHERE type IN "
                    "('table', 'view')"),
              "9;");
    EXPECT_EQ(query("SELECT DISTINCT dataset FROM metric"), text + ";");
    EXPECT_EQ(
        query("SELECT count(*) FROM metric WHERE name = " + SqlText(text)),
        "1;");
    EXPECT_EQ(query("SELECT count(" + SqlName(text) + ") FROM wide"), "4;");
    sqlite3_close(db);
  }
}

TEST(HostileNames, CollisionsAndBytesThatAreNoTextAreRefused) {
  for (const char* name :
       {"code", "Code", "dataset", "index", "pgd_25 seed 0", "PGD_25"}) {
    Table table = PlainTable();
    *table.add_columns() = table.columns(0);
    table.mutable_columns(table.columns_size() - 1)
        ->mutable_key()
        ->set_metric(name);
    EXPECT_THAT(std::string(TableCsv(table).status().message()),
                HasSubstr("expected each name once"))
        << name;
  }
  Table two = PlainTable();
  *two.add_columns() = two.columns(0);
  two.mutable_columns(two.columns_size() - 1)->mutable_key()->set_metric("Id");
  EXPECT_THAT(std::string(TableSqlite(two).status().message()),
              HasSubstr("\"Id\" twice"));
  // The authors have one name for these two of ours.
  two.mutable_columns(two.columns_size() - 1)
      ->mutable_key()
      ->set_metric("val_acc");
  EXPECT_THAT(std::string(TableJson(two).status().message()),
              HasSubstr("the authors call val_acc"));
  const Table bytes = TableSaying("a\xff", true);
  for (const absl::Status& status :
       {TableJson(bytes).status(), TableCsv(bytes).status(),
        TableSqlite(bytes).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("text in UTF-8"));
  }
  Table read;
  EXPECT_THAT(
      std::string(
          ParseRecord("t.binpb", SerializeRecord(bytes), &read).message()),
      HasSubstr("t.binpb: field benchmarks[0].dataset.name: expected text in "
                "UTF-8, found \"a\\xff\""));
}

// Returns the tags with the names of their attributes, in order, and nothing of
// a script's contents.
std::vector<std::string> Structure(absl::string_view html) {
  std::vector<std::string> tags;
  size_t at = 0;
  while ((at = html.find('<', at)) != absl::string_view::npos) {
    std::string tag;
    char quote = 0;
    bool in_value = false;
    for (++at; at < html.size() && (quote != 0 || html[at] != '>'); ++at) {
      const char c = html[at];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '=') {
        in_value = true;
        tag += '=';
      } else if (c == ' ' || c == '\n') {
        in_value = false;
        tag += ' ';
      } else if (!in_value) {
        tag += c;
      }
    }
    tags.push_back(tag);
    if (absl::StartsWith(tag, "script")) {
      at = std::min(html.find("</script", at), html.size());
    }
  }
  return tags;
}

// Returns claims about a table, which hold its names.
Claims ClaimsOf(const AnalysedTable& analysed) {
  return MakeClaims(
      {.table = analysed.table, .statistics = analysed.statistics});
}

std::string PageOf(const AnalysedTable& analysed) {
  // A drawing's title and caption may hold names too.
  const std::string& name = analysed.table.proto().benchmarks(0).suites(0);
  const std::string text =
      absl::StrCat(analysed.table.proto().benchmarks(0).dataset().name(), name,
                   analysed.table.proto().runs(0).sources(0).producer());
  auto page =
      ReportPage(analysed, ClaimsOf(analysed),
                 {{"ranking", text, text,
                   "<svg viewBox='0 0 1 1'><title>Gnuplot</title></svg>"}});
  EXPECT_TRUE(page.ok()) << page.status();
  return *page;
}

TEST(HostileNames, ThePageHasTheTagsOfAPlainOne) {
  const auto plain = Structure(PageOf(Analysed("x")));
  ASSERT_GT(plain.size(), 500);
  for (const std::string& text : HostileTexts()) {
    const std::string page = PageOf(Analysed(text));
    EXPECT_EQ(Structure(page), plain) << text;
    // The links to a cell's records lead somewhere.
    for (size_t at = 0;
         (at = page.find("href=\"#", at)) != std::string::npos;) {
      at += 7;
      const std::string target = page.substr(at, page.find('"', at) - at);
      EXPECT_TRUE(absl::StrContains(page, absl::StrCat(" id=\"", target, "\"")))
          << target;
    }
  }
}

// Of many cells the records of most are the text of a script, which the page
// makes into elements when someone looks for one.
TEST(HostileNames, RecordsThatAreTextHaveTheTagsOfPlainOnes) {
  SyntheticOptions options;
  options.codes.clear();
  for (const int index :
       IsomorphismClasses::Get().representatives().subspan(0, 402)) {
    options.codes.push_back(Cell::FromIndex(index)->Code());
  }
  const Table table = SyntheticTable(options);
  // Returns the page's structure behind the start of that script, and that of
  // what the script holds.
  const auto structures = [&table](const std::string& text) {
    Table saying = table;
    for (CellRun& run : *saying.mutable_runs()) {
      for (RecordSource& source : *run.mutable_sources()) {
        source.set_producer(text);
        if (source.kind() == RecordSource::NTK) source.add_flags(text);
      }
    }
    const std::string page =
        PageOf(AnalysedAs("x", BenchmarkTable::Make("table", saying)));
    const std::string start_tag =
        "<script type=\"text/html\" id=\"runs-more\">";
    const size_t start = page.find(start_tag);
    EXPECT_NE(start, std::string::npos);
    const size_t end = page.find("</script", start);
    const std::string records =
        page.substr(start + start_tag.size(), end - start - start_tag.size());
    // A browser would take these for the start of a script within the script.
    EXPECT_FALSE(absl::StrContains(records, "<!--")) << text;
    return std::pair(Structure(page.substr(end)), Structure(records));
  };
  const auto plain = structures("x");
  ASSERT_GT(plain.second.size(), 4000);
  for (const std::string& text :
       {HostileTexts()[1], std::string("</script><!--<script>"),
        std::string("</details></template>")}) {
    EXPECT_EQ(structures(text), plain) << text;
  }
}

// Counts how often `mark` stands in a line without a backslash before it.
int Count(absl::string_view line, char mark) {
  int count = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else {
      count += line[i] == mark;
    }
  }
  return count;
}

TEST(HostileNames, TablesKeepTheirShape) {
  const auto texts = [](const AnalysedTable& analysed) {
    std::vector<std::string> markdown, latex;
    std::vector<ReportTable> tables = ClaimTables(ClaimsOf(analysed));
    for (ReportTable& table :
         ReportTables(analysed.table, analysed.statistics)) {
      tables.push_back(std::move(table));
    }
    for (const ReportTable& table : tables) {
      const auto rows = ReadCsv(CsvTable(table));
      EXPECT_TRUE(rows.has_value()) << CsvTable(table);
      for (size_t r = 1; rows && r + 1 < rows->size(); ++r) {
        EXPECT_EQ((*rows)[r].size(), table.columns.size());
      }
      for (const auto line : absl::StrSplit(MarkdownTable(table), '\n')) {
        markdown.push_back(absl::StrCat(Count(line, '|'), " ", Count(line, '`'),
                                        " ", Count(line, '<'), " ",
                                        Count(line, '[')));
      }
      int open = 0;
      for (const auto line : absl::StrSplit(LatexTable(table), '\n')) {
        latex.push_back(absl::StrCat(Count(line, '&'), " ", Count(line, '%'),
                                     " ", Count(line, '#'), " ",
                                     Count(line, '_')));
        // Behind "\\", a "[" or "*" would be an argument of the end of a row.
        EXPECT_FALSE(absl::StartsWith(line, "[")) << line;
        EXPECT_FALSE(absl::StartsWith(line, "*")) << line;
        open += Count(line, '{') - Count(line, '}');
      }
      EXPECT_EQ(open, 0);
    }
    return std::pair(markdown, latex);
  };
  const auto plain = texts(Analysed("x"));
  ASSERT_GT(plain.first.size(), 50);
  for (const std::string& text : HostileTexts()) {
    EXPECT_EQ(texts(Analysed(text)), plain) << text;
  }
}

// gnuplot draws them without running what they say. Its SVG is XML, or
// rsvg-convert would not read it.
TEST(HostileNames, FiguresAreDrawn) {
  const auto style =
      ReadTextProto<FigureStyle>("analysis/specs/figure_style.textproto");
  ASSERT_TRUE(style.ok()) << style.status();
  for (const std::string& text : HostileTexts()) {
    const AnalysedTable analysed = Analysed(text);
    const auto figures =
        MakeFigures(analysed.table, analysed.statistics, style->message,
                    {"accuracy_box_plots", "rank_correlation"});
    ASSERT_TRUE(figures.ok()) << figures.status();
    const auto files = RenderFigures(*figures, {});
    ASSERT_TRUE(files.ok()) << text << ": " << files.status();
    for (const auto& [name, bytes] : *files) {
      if (name == "rank_correlation.svg" && absl::StrContains(text, "%g")) {
        EXPECT_TRUE(absl::StrContains(bytes, "%s %g"));
      }
      if (!absl::EndsWith(name, ".svg")) continue;
      EXPECT_FALSE(absl::StrContains(bytes, "<img")) << name;
      EXPECT_FALSE(absl::StrContains(bytes, "</script")) << name;
    }
  }
}

}  // namespace
}  // namespace robbench
