#include "analysis/table/table_names.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_split.h"
#include "analysis/table/export/table_export.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/attack_name.h"
#include "nas/base/record.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "sqlite3.h"

namespace robbench {
namespace {

using ::testing::HasSubstr;

Column& Add(Table& table, const std::string& dataset, const std::string& metric,
            Column::Kind kind = Column::ACCURACY) {
  Column& column = *table.add_columns();
  column.mutable_key()->set_dataset(dataset);
  column.mutable_key()->set_metric(metric);
  column.set_kind(kind);
  column.add_mean(0.5);
  return column;
}

Table OneCell() {
  Table table;
  *table.mutable_provenance() = MakeProvenance("test", "", {});
  *table.add_cells() = MakeCellIdentity(*Cell::FromIndex(2581));
  Add(table, "cifar10", "clean");
  Add(table, "cifar10", "parameters", Column::COST);
  Add(table, "cifar10", "ntk_clean_trace", Column::NTK_SCORE);
  Add(table, "cifar10", "standard_pgd", Column::STANDARD_ACCURACY);
  Add(table, "imagenet", "clean");
  return table;
}

std::string Refusal(const std::string& dataset, const std::string& metric,
                    Column::Kind kind = Column::ACCURACY) {
  Table table = OneCell();
  Add(table, dataset, metric, kind);
  return std::string(CheckTableNames("t.binpb", table).message());
}

TEST(TableNames, RefusesByFileFieldExpectedAndFound) {
  EXPECT_EQ(CheckTableNames("t.binpb", OneCell()), absl::OkStatus());
  EXPECT_EQ(
      Refusal("cifar10", "Clean"),
      "t.binpb: field columns[5].key.metric: expected names that differ in "
      "more than case, found \"Clean\" beside \"clean\"");
  EXPECT_THAT(Refusal("cifar10", "clean"), HasSubstr("each name once"));
  EXPECT_THAT(Refusal("CIFAR10", "clean"), HasSubstr("key.dataset"));
  EXPECT_THAT(Refusal("cifar 10", "clean"), HasSubstr("key.dataset"));
  EXPECT_THAT(Refusal("cifar100", "pgd 8, \"x\"\n=1+1"),
              HasSubstr("key.metric: expected a name of letters"));
  EXPECT_THAT(Refusal("imagenet", "parameters"), HasSubstr("the cost"));
  EXPECT_THAT(Refusal("imagenet", "multiply_adds"), HasSubstr("the cost"));
  EXPECT_THAT(Refusal("imagenet", "ntk_clean_trace"), HasSubstr("kernel"));
  for (const char* name : {"code", "index", "cell", "architecture"}) {
    EXPECT_THAT(Refusal("imagenet", name), HasSubstr("a column of the table"));
    EXPECT_THAT(Refusal("imagenet", name, Column::NTK_SCORE),
                HasSubstr("a name that no column of every table has"));
  }
  EXPECT_THAT(Refusal("imagenet", "proxy_zen"),
              HasSubstr("before any training"));
  EXPECT_EQ(Refusal("imagenet", "proxy_zen", Column::PREDICTOR),
            "t.binpb: field columns[5].key.metric: expected proxy_, found "
            "\"proxy_zen\"");
  Table table = OneCell();
  table.mutable_columns(2)->set_kernel("a b");
  EXPECT_THAT(std::string(CheckTableNames("t", table).message()),
              HasSubstr("columns[2].kernel"));
}

// No attack may be called like a column that says which row it is, in any table
// or view of the database or in the CSV.
TEST(TableNames, EveryOtherColumnOfTheFormatsIsReserved) {
  const Table table = OneCell();
  std::vector<std::string> columns;
  const std::string csv = *TableCsv(table);
  for (const auto& name : absl::StrSplit(csv.substr(0, csv.find('\n')), ',')) {
    columns.emplace_back(name);
  }
  const auto bytes = TableSqlite(table);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open(":memory:", &raw), SQLITE_OK);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(raw,
                                                             sqlite3_close);
  std::string copy = *bytes;
  ASSERT_EQ(sqlite3_deserialize(
                raw, "main", reinterpret_cast<unsigned char*>(copy.data()),
                copy.size(), copy.size(), SQLITE_DESERIALIZE_READONLY),
            SQLITE_OK);
  const auto add = [](void* to, int, char** values, char**) {
    static_cast<std::vector<std::string>*>(to)->push_back(values[0]);
    return 0;
  };
  ASSERT_EQ(sqlite3_exec(raw,
                         "SELECT c.name FROM sqlite_schema s, "
                         "pragma_table_info(s.name) c "
                         "WHERE s.type IN ('table', 'view')",
                         add, &columns, nullptr),
            SQLITE_OK);
  EXPECT_GT(columns.size(), 30);
  for (const std::string& name : columns) {
    bool is_metric = false;
    for (const Column& column : table.columns()) {
      is_metric |= column.key().metric() == name;
    }
    EXPECT_TRUE(is_metric || IsTableColumn(name)) << name;
  }
}

}  // namespace
}  // namespace robbench
