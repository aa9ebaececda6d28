#include "tools/robbench/database.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/text/escape.h"
#include "analysis/text/number_format.h"
#include "nas/base/digest.h"
#include "nas/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "sqlite3.h"
#include "tools/robbench/text.h"

namespace robbench {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

class Database {
 public:
  static absl::StatusOr<Database> Open(const std::string& path,
                                       absl::string_view bytes) {
    Database database;
    database.path_ = path;
    sqlite3* raw = nullptr;
    const int opened = sqlite3_open(":memory:", &raw);
    database.db_.reset(raw);
    if (opened != SQLITE_OK) return database.Error();
    // SQLite reads the bytes in place, so they must outlive the database.
    if (sqlite3_deserialize(
            raw, "main",
            reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data())),
            bytes.size(), bytes.size(),
            SQLITE_DESERIALIZE_READONLY) != SQLITE_OK) {
      return database.Error();
    }
    return database;
  }

  absl::StatusOr<Rows> Query(const std::string& sql) const {
    sqlite3_stmt* raw = nullptr;
    const int prepared =
        sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &raw, nullptr);
    const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(
        raw, sqlite3_finalize);
    if (prepared != SQLITE_OK) return Error();
    Rows rows;
    int step;
    while ((step = sqlite3_step(raw)) == SQLITE_ROW) {
      auto& row = rows.emplace_back();
      for (int i = 0; i < sqlite3_column_count(raw); ++i) {
        const unsigned char* text = sqlite3_column_text(raw, i);
        if (sqlite3_errcode(db_.get()) == SQLITE_NOMEM) return Error();
        row.emplace_back(text == nullptr ? ""
                                         : reinterpret_cast<const char*>(text));
      }
    }
    if (step != SQLITE_DONE) return Error();
    return rows;
  }

 private:
  absl::Status Error() const {
    return absl::DataLossError(absl::StrCat(
        path_, ": not a valid SQLite database: ", sqlite3_errmsg(db_.get())));
  }

  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> db_;
};

}  // namespace

bool LooksLikeDatabase(absl::string_view bytes) {
  return absl::StartsWith(bytes, "SQLite format 3");
}

absl::StatusOr<std::string> InspectDatabase(const std::string& path,
                                            absl::string_view bytes,
                                            const Output& output) {
  ROBBENCH_ASSIGN_OR_RETURN(const Database database,
                            Database::Open(path, bytes));
  ROBBENCH_ASSIGN_OR_RETURN(
      const Rows parts,
      database.Query("SELECT name, type FROM sqlite_schema WHERE type IN "
                     "('table', 'view') AND name NOT LIKE 'sqlite_%' "
                     "ORDER BY name"));
  Json tables = Json::array();
  TextTable lines(
      {{"name", false}, {"type", false}, {"rows"}, {"columns", false}});
  for (const auto& part : parts) {
    const std::string name = SqlName(part[0]);
    ROBBENCH_ASSIGN_OR_RETURN(
        const Rows info,
        database.Query(absl::StrCat("PRAGMA table_info(", name, ")")));
    std::vector<std::string> columns;
    for (const auto& column : info) columns.push_back(column[1]);
    Json table = {{"name", part[0]}, {"type", part[1]}, {"columns", columns}};
    std::string rows = "–";
    if (part[1] == "table") {
      ROBBENCH_ASSIGN_OR_RETURN(
          const Rows count,
          database.Query(absl::StrCat("SELECT count(*) FROM ", name)));
      table["rows"] = std::stoll(count[0][0]);
      rows = Grouped(std::stoll(count[0][0]));
    }
    lines.Add({part[0], part[1], rows, absl::StrJoin(columns, ", ")});
    tables.push_back(std::move(table));
  }
  if (output.format == OutputFormat::kCsv) {
    return Csv({"name", "type", "rows", "columns"}, tables);
  }
  const std::string digest = Sha256(bytes);
  if (output.format == OutputFormat::kJson) {
    return Dump({{"kind", "sqlite"},
                 {"file_sha256", digest},
                 {"tables", std::move(tables)}});
  }
  return absl::StrCat("# SQLite database, SHA-256 ", digest, "\n",
                      lines.Print(output.terminal));
}

}  // namespace robbench
