#include "analysis/studies/theory/theory_check.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "nas/base/field_error.h"

namespace robbench {

absl::Status CheckWidthStudy(const std::string& path,
                             const WidthStudyRecord& study) {
  if (study.networks().empty() || study.spec().widths().empty()) {
    return FieldError(path, "networks", "at least 1, of widths", "none");
  }
  for (const WidthStudyNetwork& network : study.networks()) {
    if (network.errors().empty()) {
      return FieldError(path, "networks.errors", "at least 1", "none");
    }
    for (const auto& error : network.errors()) {
      if (!(error.relative_error() > 0) || std::isinf(error.relative_error())) {
        return FieldError(path, "networks.errors.relative_error",
                          "a number above 0",
                          absl::StrCat(error.relative_error()));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status CheckBoundStudy(const std::string& path,
                             const BoundStudyRecord& study) {
  if (study.networks().empty()) {
    return FieldError(path, "networks", "at least 1", "none");
  }
  const int runs = study.spec().weights_size() * study.spec().repeats();
  for (const BoundStudyNetwork& network : study.networks()) {
    if (runs == 0 || network.runs_size() != runs) {
      return FieldError(path, "networks.runs",
                        absl::StrCat(runs, ", one a b and seed"),
                        absl::StrCat(network.runs_size()));
    }
    for (int i = 0; i < runs; ++i) {
      const double b = study.spec().weights(i / study.spec().repeats());
      if (network.runs(i).b() != b) {
        return FieldError(path, absl::StrCat("networks.runs[", i, "].b"),
                          absl::StrCat(b), absl::StrCat(network.runs(i).b()));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace robbench
