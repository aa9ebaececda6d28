// Finds what a search found with so many queries.
#ifndef ANALYSIS_SEARCH_FIND_BUDGET_H_
#define ANALYSIS_SEARCH_FIND_BUDGET_H_

#include <cstdint>

#include "analysis/search/search.pb.h"

namespace robbench {

// Returns null where the result has none of so many queries.
inline const BudgetResult* FindBudget(const SearchResult& result,
                                      uint32_t queries) {
  for (const BudgetResult& budget : result.budgets()) {
    if (budget.queries() == queries) return &budget;
  }
  return nullptr;
}

}  // namespace robbench

#endif  // ANALYSIS_SEARCH_FIND_BUDGET_H_
