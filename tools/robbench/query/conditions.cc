#include "tools/robbench/query/conditions.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "tools/robbench/query/columns.h"

namespace robbench {

absl::StatusOr<Condition> ParseCondition(const std::string& flag,
                                         const std::string& text) {
  const size_t sign = text.rfind('=');
  absl::string_view number =
      sign == std::string::npos ? absl::string_view()
                                : absl::StripAsciiWhitespace(
                                      absl::string_view(text).substr(sign + 1));
  const bool per_cent = absl::ConsumeSuffix(&number, "%");
  double bound = 0;
  if (sign == 0 || !absl::SimpleAtod(number, &bound) || std::isnan(bound)) {
    return UsageError(
        absl::StrCat(flag,
                     ": expected METRIC=NUMBER, such as multiply_adds=50e6 or "
                     "clean=0.7, found \"",
                     text, "\""));
  }
  return Condition{
      std::string(absl::StripAsciiWhitespace(text.substr(0, sign))),
      per_cent ? bound / 100 : bound, flag == "--min"};
}

bool Bound::Holds(int position) const {
  const double value = column.mean(position);
  return !std::isnan(value) && (is_least ? value >= bound : value <= bound);
}

std::string Bound::Text() const {
  return absl::StrCat(column.key().metric(), is_least ? " ≥ " : " ≤ ",
                      ValueText(column, bound));
}

absl::StatusOr<std::vector<Bound>> BoundsOf(
    const BenchmarkTable& table, const std::string& dataset,
    const std::vector<Condition>& conditions) {
  std::vector<Bound> bounds;
  for (const Condition& condition : conditions) {
    ROBBENCH_ASSIGN_OR_RETURN(
        Column column, ColumnForDataset(table, dataset, condition.metric));
    const bool is_share = column.kind() == Column::ACCURACY ||
                          column.kind() == Column::STANDARD_ACCURACY;
    if (is_share && (condition.bound < 0 || condition.bound > 1)) {
      return absl::InvalidArgumentError(absl::StrCat(
          condition.is_least ? "--min: " : "--max: ", column.key().metric(),
          ": expected a share, 0 to 1 or 0% to 100%, found ", condition.bound));
    }
    bounds.push_back({std::move(column), condition.bound, condition.is_least});
  }
  return bounds;
}

bool HoldAll(const std::vector<Bound>& bounds, int position) {
  return std::all_of(
      bounds.begin(), bounds.end(),
      [position](const Bound& bound) { return bound.Holds(position); });
}

std::string BoundsText(const std::vector<Bound>& bounds) {
  std::string text;
  for (const Bound& bound : bounds) {
    absl::StrAppend(&text, text.empty() ? " with " : " and ", bound.Text());
  }
  return text;
}

nlohmann::ordered_json JsonBounds(const std::vector<Bound>& bounds) {
  auto conditions = nlohmann::ordered_json::array();
  for (const Bound& bound : bounds) {
    conditions.push_back({{"metric", bound.column.key().metric()},
                          {bound.is_least ? "min" : "max", bound.bound}});
  }
  return conditions;
}

}  // namespace robbench
