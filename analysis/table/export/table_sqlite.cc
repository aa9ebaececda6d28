#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "analysis/table/export/table_export.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/escape.h"
#include "nas/base/status_macros.h"
#include "nas/base/utf8.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"
#include "nas/isomorphism.h"
#include "nas/official_index.h"
#include "sqlite3.h"

namespace robbench {
namespace {

constexpr char kSchema[] = R"sql(
PRAGMA page_size = 4096;
PRAGMA journal_mode = OFF;
BEGIN;
CREATE TABLE cell(
  id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE,
  architecture TEXT NOT NULL UNIQUE, representative INTEGER NOT NULL);
CREATE TABLE search_space(
  id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE,
  architecture TEXT NOT NULL UNIQUE,
  representative INTEGER NOT NULL REFERENCES search_space);
CREATE TABLE metric(
  id INTEGER PRIMARY KEY, dataset TEXT NOT NULL, name TEXT NOT NULL,
  kind TEXT NOT NULL, label TEXT NOT NULL, images INTEGER, attack_kind TEXT,
  UNIQUE(dataset, name));
CREATE TABLE mean(
  cell INTEGER NOT NULL REFERENCES cell, metric INTEGER NOT NULL
  REFERENCES metric, value REAL NOT NULL, PRIMARY KEY(cell, metric))
  WITHOUT ROWID;
CREATE TABLE value(
  cell INTEGER NOT NULL REFERENCES cell, metric INTEGER NOT NULL
  REFERENCES metric, seed INTEGER NOT NULL, value REAL NOT NULL,
  PRIMARY KEY(cell, metric, seed)) WITHOUT ROWID;
CREATE TABLE training(
  dataset TEXT NOT NULL, cell INTEGER NOT NULL REFERENCES cell,
  seed INTEGER NOT NULL, loss REAL NOT NULL, accuracy REAL NOT NULL,
  escape_epoch INTEGER, collapses INTEGER NOT NULL,
  ended_on_plateau INTEGER NOT NULL,
  PRIMARY KEY(dataset, cell, seed)) WITHOUT ROWID;
CREATE TABLE record(
  id INTEGER PRIMARY KEY, dataset TEXT NOT NULL, cell INTEGER NOT NULL
  REFERENCES cell, seed INTEGER NOT NULL, kind TEXT NOT NULL, suite TEXT,
  producer TEXT NOT NULL, sha256 TEXT NOT NULL, unreliable INTEGER NOT NULL);
CREATE TABLE record_input(
  record INTEGER NOT NULL REFERENCES record, role TEXT NOT NULL,
  sha256 TEXT NOT NULL, PRIMARY KEY(record, role, sha256)) WITHOUT ROWID;
)sql";

constexpr char kIndices[] = R"sql(
CREATE INDEX mean_by_metric ON mean(metric, value);
CREATE INDEX record_by_cell ON record(cell, seed);
COMMIT;
)sql";

class Database {
 public:
  static absl::StatusOr<Database> Open() {
    Database database;
    sqlite3* raw = nullptr;
    const int rc = sqlite3_open(":memory:", &raw);
    database.db_.reset(raw);
    if (rc != SQLITE_OK) return database.Error("open");
    return database;
  }

  absl::Status Execute(const std::string& sql) {
    if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) ==
        SQLITE_OK) {
      return absl::OkStatus();
    }
    return Error(sql);
  }

  absl::Status Error(absl::string_view what) const {
    return absl::InternalError(
        absl::StrCat("SQLite: ", what, ": ", sqlite3_errmsg(db_.get())));
  }

  absl::StatusOr<std::string> Bytes() const {
    sqlite3_int64 size = 0;
    const std::unique_ptr<unsigned char, void (*)(void*)> bytes(
        sqlite3_serialize(db_.get(), "main", &size, 0), sqlite3_free);
    if (bytes == nullptr) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "SQLite: out of memory for the ", size, " bytes of the table"));
    }
    return std::string(reinterpret_cast<const char*>(bytes.get()), size);
  }

  sqlite3* get() const { return db_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
  };
  std::unique_ptr<sqlite3, Close> db_;
};

// A prepared INSERT that is run once for each row.
class Insert {
 public:
  Insert(const Database& database, absl::string_view table, int columns)
      : database_(database) {
    std::string sql = absl::StrCat("INSERT INTO ", table, " VALUES(?");
    for (int i = 1; i < columns; ++i) sql += ",?";
    sqlite3_prepare_v2(database.get(), (sql + ")").c_str(), -1, &statement_,
                       nullptr);
  }
  ~Insert() { sqlite3_finalize(statement_); }
  Insert(const Insert&) = delete;
  Insert& operator=(const Insert&) = delete;

  template <typename... Values>
  absl::Status Row(const Values&... values) {
    int position = 0;
    (Bind(++position, values), ...);
    if (sqlite3_step(statement_) != SQLITE_DONE) {
      return database_.Error("insert");
    }
    sqlite3_reset(statement_);
    return absl::OkStatus();
  }

 private:
  void Bind(int position, const std::string& text) {
    sqlite3_bind_text(statement_, position, text.data(), text.size(),
                      SQLITE_TRANSIENT);
  }
  void Bind(int position, double value) {
    sqlite3_bind_double(statement_, position, value);
  }
  void Bind(int position, int64_t value) {
    sqlite3_bind_int64(statement_, position, value);
  }
  void Bind(int position, std::nullptr_t) {
    sqlite3_bind_null(statement_, position);
  }
  template <typename Value>
  void Bind(int position, const std::optional<Value>& value) {
    if (value) return Bind(position, *value);
    Bind(position, nullptr);
  }

  const Database& database_;
  sqlite3_stmt* statement_ = nullptr;
};

// The attack of a column as training/attack_suite.proto names it: "pgd".
std::optional<std::string> AttackKind(const Column& column) {
  if (!column.has_attack()) return std::nullopt;
  const auto* kind = column.attack().GetReflection()->GetOneofFieldDescriptor(
      column.attack(),
      column.attack().GetDescriptor()->FindOneofByName("kind"));
  if (kind == nullptr) return std::nullopt;
  return std::string(kind->name());
}

// The statement that makes the view `wide`, or `wide_predictors`. Its columns
// are the metrics of all data sets together, by name, without predictors or
// only these: they are many, have values of few cells, and would make each
// question to the view slower. Empty where there is no such metric.
absl::StatusOr<std::string> WideView(const Table& table, bool of_predictors) {
  std::vector<std::string> names = {"dataset", "id", "code"};
  std::string sql =
      absl::StrCat("CREATE VIEW ", of_predictors ? "wide_predictors" : "wide",
                   " AS SELECT metric.dataset AS dataset, "
                   "cell.id AS id, cell.code AS code");
  std::set<std::string> done;
  bool has_predictors = false;
  for (const Column& column : table.columns()) {
    const std::string& name = column.key().metric();
    has_predictors |= column.kind() == Column::PREDICTOR;
    if ((column.kind() == Column::PREDICTOR) != of_predictors) continue;
    if (!done.insert(name).second) continue;
    names.push_back(name);
    absl::StrAppend(&sql, ", max(CASE WHEN metric.name = ", SqlText(name),
                    " THEN mean.value END) AS ", SqlName(name));
  }
  if (of_predictors && done.empty()) return std::string();
  ROBBENCH_RETURN_IF_ERROR(CheckColumnNames(names));
  return absl::StrCat(sql,
                      " FROM mean JOIN metric ON metric.id = mean.metric JOIN "
                      "cell ON cell.id = mean.cell ",
                      !has_predictors ? ""
                      : of_predictors ? "WHERE metric.kind = 'predictor' "
                                      : "WHERE metric.kind <> 'predictor' ",
                      "GROUP BY metric.dataset, cell.id;");
}

absl::Status InsertAll(const Table& table, const Database& database) {
  Insert cells(database, "cell", 4);
  for (const CellIdentity& cell : table.cells()) {
    ROBBENCH_RETURN_IF_ERROR(cells.Row(int64_t{cell.index()}, cell.code(),
                                       cell.architecture(),
                                       int64_t{cell.representative()}));
  }
  Insert space(database, "search_space", 4);
  for (int index = 0; index < kNumCells; ++index) {
    ROBBENCH_ASSIGN_OR_RETURN(const Cell cell, Cell::FromIndex(index));
    ROBBENCH_RETURN_IF_ERROR(
        space.Row(int64_t{index}, cell.Code(), cell.Architecture(),
                  int64_t{IsomorphismClasses::Get().Representative(index)}));
  }
  Insert metrics(database, "metric", 7), means(database, "mean", 3),
      values(database, "value", 4);
  for (int m = 0; m < table.columns_size(); ++m) {
    const Column& column = table.columns(m);
    // ACCURACY as "accuracy", STANDARD_ACCURACY as "standard_accuracy", ...
    const std::string kind =
        absl::AsciiStrToLower(Column::Kind_Name(column.kind()));
    const std::optional<int64_t> images =
        column.has_images() ? std::make_optional<int64_t>(column.images())
                            : std::nullopt;
    ROBBENCH_RETURN_IF_ERROR(
        metrics.Row(int64_t{m}, column.key().dataset(), column.key().metric(),
                    kind, MetricLabel(column), images, AttackKind(column)));
  }
  // Rows are inserted in the order of their keys, as appending to a tree is
  // quickest.
  for (int c = 0; c < table.cells_size(); ++c) {
    const int64_t cell = table.cells(c).index();
    for (int m = 0; m < table.columns_size(); ++m) {
      const Column& column = table.columns(m);
      if (std::isnan(column.mean(c))) continue;
      ROBBENCH_RETURN_IF_ERROR(means.Row(cell, int64_t{m}, column.mean(c)));
      for (const Column::Seed& seed : column.seeds()) {
        if (std::isnan(seed.value(c))) continue;
        ROBBENCH_RETURN_IF_ERROR(
            values.Row(cell, int64_t{m}, int64_t{seed.seed()}, seed.value(c)));
      }
    }
  }
  constexpr const char* kKinds[] = {"training", "evaluation", "ntk"};
  Insert records(database, "record", 9), inputs(database, "record_input", 3);
  Insert trainings(database, "training", 8);
  int64_t id = 0;
  for (const CellRun& run : table.runs()) {
    if (run.has_final_loss()) {
      const auto row = [&](const auto& escape) {
        return trainings.Row(run.dataset(), int64_t{run.cell().index()},
                             int64_t{run.seed()}, run.final_loss(),
                             run.final_accuracy(), escape,
                             int64_t{run.collapse_epochs_size()},
                             int64_t{run.ended_on_plateau()});
      };
      ROBBENCH_RETURN_IF_ERROR(run.has_escape_epoch()
                                   ? row(int64_t{run.escape_epoch()})
                                   : row(nullptr));
    }
    for (const RecordSource& source : run.sources()) {
      const auto row = [&](const auto& suite) {
        return records.Row(
            id, run.dataset(), int64_t{run.cell().index()}, int64_t{run.seed()},
            std::string(kKinds[source.kind()]), suite, source.producer(),
            source.record_sha256(), int64_t{source.unreliable()});
      };
      ROBBENCH_RETURN_IF_ERROR(source.has_suite() ? row(source.suite())
                                                  : row(nullptr));
      for (const uint32_t input : source.inputs()) {
        ROBBENCH_RETURN_IF_ERROR(inputs.Row(id, table.inputs(input).role(),
                                            table.inputs(input).sha256()));
      }
      ++id;
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> TableSqlite(const Table& table) {
  ROBBENCH_RETURN_IF_ERROR(CheckUtf8("table", table));
  ROBBENCH_ASSIGN_OR_RETURN(std::string views,
                            WideView(table, /*of_predictors=*/false));
  ROBBENCH_ASSIGN_OR_RETURN(const std::string predictors,
                            WideView(table, /*of_predictors=*/true));
  views += predictors;
  ROBBENCH_ASSIGN_OR_RETURN(Database database, Database::Open());
  ROBBENCH_RETURN_IF_ERROR(database.Execute(kSchema));
  ROBBENCH_RETURN_IF_ERROR(InsertAll(table, database));
  ROBBENCH_RETURN_IF_ERROR(database.Execute(views));
  ROBBENCH_RETURN_IF_ERROR(database.Execute(kIndices));
  return database.Bytes();
}

}  // namespace robbench
