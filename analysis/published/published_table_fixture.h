// For tests: the published table, on machines that have it.
#ifndef ANALYSIS_PUBLISHED_PUBLISHED_TABLE_FIXTURE_H_
#define ANALYSIS_PUBLISHED_PUBLISHED_TABLE_FIXTURE_H_

#include <cstdlib>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "analysis/published/page_table.h"
#include "analysis/published/published_benchmark.h"
#include "analysis/published/published_table.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "gtest/gtest.h"
#include "nas/base/file.h"
#include "nas/base/status_macros.h"

namespace robbench {

// A fixture with the table that published_table_test
// (tools/rules/published_table_test.bzl) finds by the variable NASROBBENCH201,
// and with the accuracies of Jung et al. where JUNG2023 is set. Without the
// first variable every test is skipped. The table is read once.
class PublishedTableFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* path = std::getenv("NASROBBENCH201");
    if (path == nullptr) {
      GTEST_SKIP() << "the published table is not on this machine: put "
                      "NAS-RobBench-201_html.json into "
                      "ROBBENCH_DATA/nasrobbench201";
    }
    static const auto* const table =
        new absl::StatusOr<BenchmarkTable>(Read(path));
    ASSERT_TRUE(table->ok()) << table->status();
    table_ = &**table;
  }

  // Whether the table was read. A fixture that adds to SetUp() does so only
  // then, as neither a skip nor a failure ends the SetUp() that calls this one.
  bool has_table() const { return table_ != nullptr; }
  const BenchmarkTable& table() const { return *table_; }

 private:
  static absl::StatusOr<BenchmarkTable> Read(const std::string& path) {
    ROBBENCH_ASSIGN_OR_RETURN(const std::string bytes,
                              ReadFile(path, kMaxPageBytes));
    ROBBENCH_ASSIGN_OR_RETURN(const PublishedTable published,
                              ParsePublishedTable(path, bytes));
    ROBBENCH_ASSIGN_OR_RETURN(Table table,
                              MakePublishedBenchmark(published, bytes));
    if (const char* standard_path = std::getenv("JUNG2023")) {
      ROBBENCH_ASSIGN_OR_RETURN(const std::string standard_bytes,
                                ReadFile(standard_path, kMaxPageBytes));
      ROBBENCH_ASSIGN_OR_RETURN(
          const StandardTable standard,
          ParseStandardTable(standard_path, standard_bytes));
      AddStandardTraining(standard, standard_bytes, table);
    }
    return BenchmarkTable::Make(path, std::move(table));
  }

  const BenchmarkTable* table_ = nullptr;
};

}  // namespace robbench

#endif  // ANALYSIS_PUBLISHED_PUBLISHED_TABLE_FIXTURE_H_
