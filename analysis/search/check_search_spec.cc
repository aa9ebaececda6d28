#include "analysis/search/check_search_spec.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nas/base/field_error.h"
#include "nas/base/status_macros.h"

namespace robbench {
namespace {

constexpr int kMostRepeats = 100000;
constexpr int kMostPopulation = 100000;

absl::Status CheckHalving(const std::string& spec_path, const std::string& name,
                          const SuccessiveHalving& halving,
                          const SearchSpec& spec, int num_rows) {
  const auto refuse = [&](const char* field, const std::string& expected,
                          const std::string& found) {
    return FieldError(spec_path,
                      absl::StrCat("algorithms[", name, "].halving.", field),
                      expected, found);
  };
  if (halving.rounds().empty()) return refuse("rounds", "one or more", "none");
  uint32_t most = num_rows;
  int trained = 0;
  for (int i = 0; i < halving.rounds_size(); ++i) {
    const SuccessiveHalving::Round& round = halving.rounds(i);
    const bool last = i + 1 == halving.rounds_size();
    if (round.has_metric() == last) {
      return refuse("rounds.metric", "one in every round but the last",
                    absl::StrCat(last ? "one" : "none", " in round ", i + 1));
    }
    if (round.cells() < 1 || round.cells() > most) {
      return refuse("rounds.cells", absl::StrCat("1 ... ", most),
                    absl::StrCat(round.cells(), " in round ", i + 1));
    }
    most = round.cells();
    if (round.queries() > 1) {
      return refuse("rounds.queries", "0 or 1", absl::StrCat(round.queries()));
    }
    trained += round.queries();
    if (round.queries() == 1 && round.cells() > spec.queries()) {
      return refuse("rounds.cells",
                    absl::StrCat("at most ", spec.queries(), ", the budget"),
                    absl::StrCat(round.cells(), " in round ", i + 1));
    }
  }
  if (trained != 1) {
    return refuse("rounds.queries", "1 in one round", absl::StrCat(trained));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckSearchSpec(const std::string& spec_path,
                             const SearchSpec& spec, int num_rows) {
  const auto range = [&](const std::string& field, uint32_t value, int most) {
    return value >= 1 && value <= static_cast<uint32_t>(most)
               ? absl::OkStatus()
               : FieldError(spec_path, field, absl::StrCat("1 ... ", most),
                            absl::StrCat(value));
  };
  ROBBENCH_RETURN_IF_ERROR(range("queries", spec.queries(), num_rows));
  ROBBENCH_RETURN_IF_ERROR(range("repeats", spec.repeats(), kMostRepeats));
  uint32_t before = 0;
  for (const uint32_t budget : spec.budgets()) {
    if (budget <= before || budget > spec.queries()) {
      return FieldError(
          spec_path, "budgets",
          absl::StrCat("numbers of queries that ascend from 1 or more to ",
                       spec.queries(), ", the search's own, or less"),
          absl::StrJoin(spec.budgets(), ", "));
    }
    before = budget;
  }
  if (spec.criteria().empty()) {
    return FieldError(spec_path, "criteria", "one or more", "none");
  }
  if (spec.algorithms().empty()) {
    return FieldError(spec_path, "algorithms", "one or more", "none");
  }
  for (const SearchAlgorithm& algorithm : spec.algorithms()) {
    const std::string field =
        absl::StrCat("algorithms[", algorithm.name(), "]");
    switch (algorithm.kind_case()) {
      case SearchAlgorithm::kRandom:
      case SearchAlgorithm::kLocal:
      case SearchAlgorithm::kPredictor:
        break;
      case SearchAlgorithm::kEvolution:
        ROBBENCH_RETURN_IF_ERROR(range(field + ".evolution.population",
                                       algorithm.evolution().population(),
                                       kMostPopulation));
        ROBBENCH_RETURN_IF_ERROR(range(field + ".evolution.tournament",
                                       algorithm.evolution().tournament(),
                                       kMostPopulation));
        break;
      case SearchAlgorithm::kHalving:
        ROBBENCH_RETURN_IF_ERROR(CheckHalving(
            spec_path, algorithm.name(), algorithm.halving(), spec, num_rows));
        break;
      default:
        return FieldError(spec_path, field,
                          "random, local, evolution, halving or predictor",
                          "none");
    }
  }
  return absl::OkStatus();
}

}  // namespace robbench
