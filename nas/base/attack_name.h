// What an attack may be called. Its name becomes the name of a metric, a column
// of the benchmark table in all of its formats, so it must not be that of
// another column there:
//
//   multiply_adds, parameters   costs of a cell
//   ntk_...                     scores of kernels
//   standard_...                accuracies after standard training
//   val_..._acc                 the authors' spelling of another metric
//   robust_average              computed of all accuracies
//   index, code, seed, ...      what a row is of (kTableColumns)
#ifndef NAS_BASE_ATTACK_NAME_H_
#define NAS_BASE_ATTACK_NAME_H_

#include <array>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace robbench {

inline constexpr std::array<absl::string_view, 2> kCostNames = {
    "multiply_adds",
    "parameters",
};

// The columns of the table's CSV and of every table and view of its SQLite
// database that are no metric. analysis/table/table_names_test.cc holds this
// list against both.
inline constexpr std::array<absl::string_view, 26> kTableColumns = {
    "accuracy",
    "architecture",
    "cell",
    "code",
    "collapses",
    "dataset",
    "ended_on_plateau",
    "escape_epoch",
    "id",
    "images",
    "index",
    "kind",
    "label",
    "loss",
    "mean",
    "metric",
    "name",
    "producer",
    "record",
    "representative",
    "role",
    "seed",
    "sha256",
    "suite",
    "unreliable",
    "value",
};

// Whether `name`, in any case, is one of kTableColumns.
bool IsTableColumn(absl::string_view name);

// CheckName (nas/base/name.h), then none of the names above, in any case.
absl::Status CheckAttackName(absl::string_view file, absl::string_view field,
                             absl::string_view name);

}  // namespace robbench

#endif  // NAS_BASE_ATTACK_NAME_H_
