#include "tools/robbench/plan/measured_steps.h"

#include <cmath>
#include <cstddef>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nas/base/field_error.h"
#include "nas/base/status_macros.h"
#include "nas/cell.h"
#include "nas/cost.h"
#include "nas/isomorphism.h"
#include "nas/network_plan.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

using Json = nlohmann::json;

constexpr absl::string_view kPrefix = "TrainingStep/paper_";

// The passes of a PGD-7 training step, in forward passes: 7 x 2 of the attack,
// 3 of the update.
constexpr double kPasses = 17;

// A number that is above 0 and finite, of one benchmark.
absl::StatusOr<double> Positive(const std::string& file,
                                const std::string& benchmark, const Json& row,
                                const char* field) {
  const auto found = row.find(field);
  if (found == row.end() || !found->is_number()) {
    return FieldError(file, absl::StrCat(benchmark, ".", field), "a number",
                      found == row.end() ? "none" : found->type_name());
  }
  const double value = found->get<double>();
  if (!(value > 0 && std::isfinite(value))) {
    return FieldError(file, absl::StrCat(benchmark, ".", field), "more than 0",
                      value);
  }
  return value;
}

absl::StatusOr<MeasuredSteps> ReadSteps(const std::string& file,
                                        absl::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("benchmarks") ||
      !json["benchmarks"].is_array()) {
    return FieldError(file, "benchmarks",
                      "the list that --benchmark_format=json prints",
                      json.is_discarded() ? "text that is not JSON" : "none");
  }
  MeasuredSteps steps;
  for (const Json& row : json["benchmarks"]) {
    if (!row.is_object() || !row.contains("name") || !row["name"].is_string()) {
      return FieldError(file, "benchmarks", "a name in each", row.type_name());
    }
    const std::string name = row["name"].get<std::string>();
    if (!absl::StartsWith(name, kPrefix)) continue;
    if (row.contains("error_occurred") && row["error_occurred"] != false) {
      return FieldError(file, name, "a step that was measured", "an error");
    }
    ROBBENCH_ASSIGN_OR_RETURN(const double cost,
                              Positive(file, name, row, "multiply_adds"));
    ROBBENCH_ASSIGN_OR_RETURN(const double speed,
                              Positive(file, name, row, "items_per_second"));
    if (!steps.emplace(cost, speed).second) {
      return FieldError(file, name, "a cell of another cost than those before",
                        cost);
    }
  }
  if (steps.empty()) {
    return FieldError(file, "benchmarks",
                      absl::StrCat("one or more named ", kPrefix, "CELL"),
                      "none");
  }
  return steps;
}

}  // namespace

absl::StatusOr<MeasuredSteps> ReadMeasuredSteps(
    absl::Span<const std::string> names, absl::Span<const std::string> texts) {
  MeasuredSteps sum;
  for (size_t i = 0; i < texts.size(); ++i) {
    ROBBENCH_ASSIGN_OR_RETURN(MeasuredSteps steps,
                              ReadSteps(names[i], texts[i]));
    if (i == 0) {
      sum = std::move(steps);
      continue;
    }
    if (steps.size() != sum.size()) {
      return FieldError(
          names[i], "benchmarks",
          absl::StrCat("the ", sum.size(), " cells of ", names.front()),
          steps.size());
    }
    for (const auto& [cost, speed] : steps) {
      const auto found = sum.find(cost);
      if (found == sum.end()) {
        return FieldError(names[i], "multiply_adds",
                          absl::StrCat("a cell of ", names.front()), cost);
      }
      found->second += speed;
    }
  }
  return sum;
}

double MeanThroughput(const MeasuredSteps& steps,
                      absl::Span<const int64_t> forward_costs) {
  const auto seconds = [&steps](double cost) {
    const auto above = steps.lower_bound(cost);
    if (above == steps.begin() || above == steps.end()) {
      const auto end = above == steps.end() ? std::prev(above) : above;
      return cost / (end->first * end->second);
    }
    const auto below = std::prev(above);
    const double share = (cost - below->first) / (above->first - below->first);
    return (1 - share) / below->second + share / above->second;
  };
  double multiply_adds = 0;
  double time = 0;
  for (const int64_t cost : forward_costs) {
    multiply_adds += kPasses * static_cast<double>(cost);
    time += seconds(static_cast<double>(cost));
  }
  return multiply_adds / time;
}

std::vector<int64_t> RepresentativeCosts() {
  std::vector<int64_t> costs;
  for (const int index : IsomorphismClasses::Get().representatives()) {
    costs.push_back(
        CountCost(
            MakeNetworkPlan(*Cell::FromIndex(index), SkeletonSize()).value())
            .multiply_adds);
  }
  return costs;
}

}  // namespace robbench
