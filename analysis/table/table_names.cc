#include "analysis/table/table_names.h"

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/table/predictor_name.h"
#include "nas/base/attack_name.h"
#include "nas/base/field_error.h"
#include "nas/base/name.h"
#include "nas/base/status_macros.h"

namespace robbench {

absl::Status CheckTableNames(const std::string& path, const Table& table) {
  std::map<std::string, DistinctNames> metrics;  // by data set
  DistinctNames datasets;
  for (int i = 0; i < table.columns_size(); ++i) {
    const Column& column = table.columns(i);
    const std::string& dataset = column.key().dataset();
    const std::string& metric = column.key().metric();
    const std::string field = absl::StrCat("columns[", i, "].key.");
    if (!metrics.contains(dataset)) {
      ROBBENCH_RETURN_IF_ERROR(CheckName(path, field + "dataset", dataset));
      ROBBENCH_RETURN_IF_ERROR(datasets.Add(path, field + "dataset", dataset));
    }
    ROBBENCH_RETURN_IF_ERROR(
        column.kind() == Column::ACCURACY
            ? CheckAttackName(path, field + "metric", metric)
            : CheckName(path, field + "metric", metric));
    if (IsTableColumn(metric)) {
      return FieldError(path, field + "metric",
                        "a name that no column of every table has",
                        QuotedName(metric));
    }
    if (column.kind() == Column::PREDICTOR) {
      const std::string own =
          PredictorMetric(column.score(), column.score_images());
      if (metric != own) {
        return FieldError(path, field + "metric", own, QuotedName(metric));
      }
    }
    ROBBENCH_RETURN_IF_ERROR(
        metrics[dataset].Add(path, field + "metric", metric));
    if (column.has_kernel()) {
      ROBBENCH_RETURN_IF_ERROR(CheckName(
          path, absl::StrCat("columns[", i, "].kernel"), column.kernel()));
    }
  }
  for (const Benchmark& benchmark : table.benchmarks()) {
    ROBBENCH_RETURN_IF_ERROR(
        CheckName(path, "benchmarks.dataset.name", benchmark.dataset().name()));
    for (const std::string& suite : benchmark.suites()) {
      ROBBENCH_RETURN_IF_ERROR(CheckName(path, "benchmarks.suites", suite));
    }
  }
  return absl::OkStatus();
}

}  // namespace robbench
