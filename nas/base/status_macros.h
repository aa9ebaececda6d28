// Early return on errors: ROBBENCH_RETURN_IF_ERROR(expr) and
// ROBBENCH_ASSIGN_OR_RETURN(auto x, expr_that_gives_a_StatusOr).
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
