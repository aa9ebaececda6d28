// Macros that leave a function early when something fails. The function must
// return absl::Status or absl::StatusOr.
//
//   ROBBENCH_RETURN_IF_ERROR(WriteFile(path, bytes));
//   ROBBENCH_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
//
// ROBBENCH_ASSIGN_OR_RETURN declares a variable beside `lhs`, so it must stand
// in a block of its own, not behind an `if` without braces. A comma outside of
// parentheses splits its arguments.
#ifndef NAS_BASE_STATUS_MACROS_H_
#define NAS_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"

#define ROBBENCH_RETURN_IF_ERROR(expr)                 \
  do {                                                 \
    absl::Status robbench_status = (expr);             \
    if (!robbench_status.ok()) return robbench_status; \
  } while (false)

#define ROBBENCH_ASSIGN_OR_RETURN(lhs, expr) \
  ROBBENCH_ASSIGN_OR_RETURN_IMPL(            \
      ROBBENCH_CONCAT(robbench_statusor_, __LINE__), lhs, expr)

#define ROBBENCH_CONCAT_INNER(a, b) a##b
#define ROBBENCH_CONCAT(a, b) ROBBENCH_CONCAT_INNER(a, b)
#define ROBBENCH_ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                                   \
  if (!tmp.ok()) return tmp.status();                  \
  lhs = *std::move(tmp)

#endif  // NAS_BASE_STATUS_MACROS_H_
