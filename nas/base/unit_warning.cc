#include "nas/base/unit_warning.h"

#include <cmath>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace robbench {
namespace {

bool IsFraction(double length) { return length > 0 && length < 1; }

}  // namespace

void AddUnitWarnings(absl::string_view field, double epsilon, double step_size,
                     uint32_t steps, std::vector<std::string>& warnings) {
  const auto warn = [&](absl::string_view name, double value) {
    warnings.push_back(absl::StrCat(
        field, ".", name, ": ", value, " stands for ", value,
        "/255, as lengths are in units of 1/255; of a pixel's range 0 to 1, ",
        value, " is written ", std::round(value * 25500) / 100));
  };
  if (IsFraction(epsilon)) warn("epsilon", epsilon);
  if (IsFraction(step_size) &&
      (IsFraction(epsilon) || step_size * steps < epsilon)) {
    warn("step_size", step_size);
  }
}

void PrintWarnings(absl::string_view file,
                   const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    std::cerr << "warning: " << file << ": " << warning << "\n";
  }
}

}  // namespace robbench
