// Says what an attack of a suite may be called. The attack's name becomes the
// name of a metric, which is a column of the benchmark table in all of its
// formats, so it must not be the name of another column there:
//
//   multiply_adds, parameters   costs of a cell
//   ntk_...                     scores of kernels
//   proxy_...                   scores and counts before any training, and
//                               accuracies of short ones
//   standard_...                accuracies after standard training
//   val_..._acc                 the authors' spelling of another metric
//   robust_average              the mean accuracy over all attacks
//   index, code, seed, ...      what says which row it is (kTableColumns)
#ifndef NAS_BASE_ATTACK_NAME_H_
#define NAS_BASE_ATTACK_NAME_H_

#include <array>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace robbench {

// The metrics of a cell that count costs (nas/cost.h) and need no training.
inline constexpr std::array<absl::string_view, 2> kCostNames = {
    "multiply_adds",
    "parameters",
};

// The columns of the table's CSV, and of every table and view of its SQLite
// database, that are not metrics. analysis/table/table_names_test.cc compares
// this list with both.
inline constexpr std::array<absl::string_view, 27> kTableColumns = {
    "accuracy",       "architecture", "attack_kind", "cell",
    "code",           "collapses",    "dataset",     "ended_on_plateau",
    "escape_epoch",   "id",           "images",      "index",
    "kind",           "label",        "loss",        "mean",
    "metric",         "name",         "producer",    "record",
    "representative", "role",         "seed",        "sha256",
    "suite",          "unreliable",   "value",
};

// Returns whether `name` is one of kTableColumns. Upper and lower case do not
// differ, as SQL does not tell them apart.
bool IsTableColumn(absl::string_view name);

// Returns OK if `name` passes CheckName (nas/base/name.h) and is none of the
// names above, in upper or lower case. Otherwise returns InvalidArgument, which
// names `file`, `field`, the name and what else is called so.
absl::Status CheckAttackName(absl::string_view file, absl::string_view field,
                             absl::string_view name);

}  // namespace robbench

#endif  // NAS_BASE_ATTACK_NAME_H_
