#include "analysis/table/export/table_export.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/collect/synthetic_records.h"
#include "analysis/collect/synthetic_table.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/csv_reader.h"
#include "gtest/gtest.h"
#include "nas/cell.h"
#include "nas/official_index.h"
#include "nlohmann/json.hpp"
#include "sqlite3.h"

namespace robbench {
namespace {

SyntheticOptions Options(std::vector<uint32_t> seeds) {
  SyntheticOptions options;
  options.codes = {"333333", "323133", "030000"};
  options.seeds = std::move(seeds);
  return options;
}

int Correct(const SyntheticOptions& options, const std::string& code,
            uint32_t seed, int attack) {
  return SyntheticEvaluation(options, code, seed).attacks(attack).correct();
}

TEST(TableJson, HasTheAuthorsLayout) {
  const auto options = Options({0, 1, 2});
  const auto json = nlohmann::json::parse(*TableJson(SyntheticTable(options)));
  const auto& pgd = json["fashion_mnist"]["2581"]["val_pgd_25.0_acc"];
  double sum = 0;
  for (uint32_t seed = 0; seed < 3; ++seed) {
    const int correct = Correct(options, "323133", seed, 4);
    EXPECT_EQ(pgd[std::to_string(seed)].get<double>(), correct / 1000.0);
    sum += correct;
  }
  EXPECT_EQ(pgd["threeseed"].get<double>(), sum / 3000);
  EXPECT_TRUE(json["fashion_mnist"]["2581"].contains("val_acc"));
  // Infinity, of a singular kernel, is no JSON number.
  EXPECT_EQ(json["fashion_mnist"]["12420"]["ntk_clean_condition_number"]["0"],
            "Infinity");
}

TEST(TableJson, CallsTheMeanOfOtherNumbersOfSeedsMean) {
  const auto json =
      nlohmann::json::parse(*TableJson(SyntheticTable(Options({0, 1}))));
  EXPECT_TRUE(json["fashion_mnist"]["2581"]["val_acc"].contains("mean"));
  EXPECT_FALSE(json["fashion_mnist"]["2581"]["val_acc"].contains("threeseed"));
}

TEST(TableCsv, OneRowACell) {
  const auto options = Options({0, 1});
  const auto rows = ReadCsv(*TableCsv(SyntheticTable(options)));
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->size(), 4);
  const auto& head = (*rows)[0];
  const auto at = [&](int row, const std::string& name) {
    return (
        *rows)[row][std::find(head.begin(), head.end(), name) - head.begin()];
  };
  ASSERT_EQ(head.size(), (*rows)[2].size());
  EXPECT_EQ(at(2, "index"), "2581");
  // No number, whatever a reader guesses; commands read it as the code.
  EXPECT_EQ(at(2, "code"), "c323133");
  EXPECT_EQ(at(3, "code"), "c030000");
  EXPECT_EQ(ParseCell(at(3, "code"))->Code(), "030000");
  EXPECT_EQ(at(2, "architecture"),
            "|nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+|skip_connect~0|"
            "nor_conv_3x3~1|nor_conv_3x3~2|");
  EXPECT_EQ(std::stod(at(2, "pgd_25 seed 1")),
            Correct(options, "323133", 1, 4) / 1000.0);
  EXPECT_EQ(at(3, "ntk_clean_condition_number"), "inf");
}

TEST(SearchSpace, HasAllCellsWithTheirRepresentatives) {
  const auto rows = ReadCsv(SearchSpaceCsv());
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->size(), 1 + kNumCells);
  EXPECT_EQ((*rows)[0],
            (std::vector<std::string>{"index", "code", "architecture",
                                      "representative"}));
  std::set<std::string> representatives;
  for (int index = 0; index < kNumCells; ++index) {
    const auto& row = (*rows)[index + 1];
    ASSERT_EQ(row.size(), 4);
    ASSERT_EQ(row[0], std::to_string(index));
    ASSERT_EQ(ParseCell(row[1])->Index(), index);
    ASSERT_EQ(ParseCell(row[2])->Index(), index);
    representatives.insert(row[3]);
  }
  EXPECT_EQ(representatives.size(), 6466);
}

// Holds a database's bytes open for questions.
class OpenDatabase {
 public:
  explicit OpenDatabase(std::string bytes) : bytes_(std::move(bytes)) {
    EXPECT_EQ(sqlite3_open(":memory:", &db_), SQLITE_OK);
    EXPECT_EQ(sqlite3_deserialize(
                  db_, "main", reinterpret_cast<unsigned char*>(bytes_.data()),
                  bytes_.size(), bytes_.size(), SQLITE_DESERIALIZE_READONLY),
              SQLITE_OK);
  }
  OpenDatabase(const OpenDatabase&) = delete;
  OpenDatabase& operator=(const OpenDatabase&) = delete;
  ~OpenDatabase() { sqlite3_close(db_); }

  // Returns "1,2;3,4;" for two rows of two columns.
  std::string Ask(const char* sql) const {
    std::string answer;
    sqlite3_exec(
        db_, sql,
        [](void* out, int n, char** values, char**) {
          for (int i = 0; i < n; ++i) {
            *static_cast<std::string*>(out) += values[i] ? values[i] : "NULL";
            *static_cast<std::string*>(out) += i + 1 < n ? "," : ";";
          }
          return 0;
        },
        &answer, nullptr);
    return answer;
  }

 private:
  std::string bytes_;
  sqlite3* db_ = nullptr;
};

TEST(TableSqlite, AnswersQueriesAndIsDeterministic) {
  const auto options = Options({0, 1});
  const Table table = SyntheticTable(options);
  const auto bytes = TableSqlite(table);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(*bytes, *TableSqlite(table));

  const OpenDatabase database(*bytes);
  const auto query = [&](const char* sql) { return database.Ask(sql); };
  EXPECT_EQ(query("PRAGMA integrity_check"), "ok;");
  EXPECT_EQ(query("SELECT id, code FROM wide ORDER BY pgd_25 DESC"),
            "1462,333333;2581,323133;12420,030000;");
  EXPECT_EQ(query("SELECT CAST(round(value * 1000) AS INTEGER) FROM value "
                  "JOIN metric ON metric.id = metric WHERE name = 'pgd_25' "
                  "AND cell = 2581 AND seed = 1"),
            std::to_string(Correct(options, "323133", 1, 4)) + ";");
  EXPECT_EQ(query("SELECT count(*) FROM record"), "18;");
  EXPECT_EQ(query("SELECT count(*), count(DISTINCT representative), "
                  "sum(representative <= id) FROM search_space"),
            "15625,6466,15625;");
  // A cell without a row has its representative's numbers.
  EXPECT_EQ(query("SELECT count(*) FROM search_space AS s JOIN mean ON "
                  "mean.cell = s.representative JOIN metric ON metric.id = "
                  "mean.metric WHERE metric.name = 'pgd_25'"),
            query("SELECT count(*) FROM search_space WHERE representative IN "
                  "(1462, 2581, 12420)"));
  EXPECT_EQ(query("SELECT count(*) FROM value WHERE value = 9e999") == "0;",
            false);
  EXPECT_EQ(query("SELECT cell, seed, escape_epoch, collapses, "
                  "ended_on_plateau FROM training WHERE cell = 2581"),
            "2581,0,1,0,0;2581,1,1,0,0;");
  EXPECT_EQ(query("SELECT count(DISTINCT sha256) FROM record_input WHERE "
                  "role = 'dataset'"),
            "1;");
}

// A predictor is no column of `wide`, and the view of predictors is there only
// with one.
TEST(TableSqlite, PredictorsHaveAViewOfTheirOwn) {
  constexpr char kViews[] =
      "SELECT name FROM sqlite_master WHERE type = 'view'";
  Table table = SyntheticTable(Options({0, 1}));
  EXPECT_EQ(OpenDatabase(*TableSqlite(table)).Ask(kViews), "wide;");
  Column& column = *table.add_columns();
  *column.mutable_key() = table.columns(0).key();
  column.mutable_key()->set_metric("proxy_naswot_clean");
  column.set_kind(Column::PREDICTOR);
  for (const double value : {0.5, std::nan(""), 0.25}) column.add_mean(value);
  const auto bytes = TableSqlite(table);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const OpenDatabase database(*bytes);
  EXPECT_EQ(database.Ask(kViews), "wide;wide_predictors;");
  EXPECT_EQ(database.Ask("SELECT code, proxy_naswot_clean FROM "
                         "wide_predictors ORDER BY proxy_naswot_clean"),
            "030000,0.25;333333,0.5;");
  EXPECT_EQ(database.Ask("SELECT count(*), sum(name LIKE 'proxy%') FROM "
                         "pragma_table_info('wide')"),
            OpenDatabase(*TableSqlite(SyntheticTable(Options({0, 1}))))
                .Ask("SELECT count(*), 0 FROM pragma_table_info('wide')"));
}

}  // namespace
}  // namespace robbench
