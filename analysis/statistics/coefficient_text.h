// Writes correlation coefficients for sentences and tables, in UTF-8.
#ifndef ANALYSIS_STATISTICS_COEFFICIENT_TEXT_H_
#define ANALYSIS_STATISTICS_COEFFICIENT_TEXT_H_

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "analysis/statistics/statistics.pb.h"

namespace robbench {

// Returns a coefficient with two digits, and with three from 0.95 upwards,
// where they are needed to tell values apart. The minus sign is a true one.
inline std::string Coefficient(double value) {
  const bool near = std::abs(value) >= 0.95 && std::abs(value) < 1;
  return absl::StrReplaceAll(absl::StrFormat("%.*f", near ? 3 : 2, value),
                             {{"-", "−"}});
}

// Returns "0.98 [0.97, 0.99]".
inline std::string CoefficientAndInterval(double value, double low,
                                          double high) {
  return absl::StrCat(Coefficient(value), " [", Coefficient(low), ", ",
                      Coefficient(high), "]");
}

// Returns Spearman's coefficient, with its 95 % interval where there is one:
// "0.98 [0.97, 0.99]".
inline std::string WithInterval(const Correlation& correlation) {
  if (!correlation.has_spearman_low()) {
    return Coefficient(correlation.spearman());
  }
  return CoefficientAndInterval(correlation.spearman(),
                                correlation.spearman_low(),
                                correlation.spearman_high());
}

}  // namespace robbench

#endif  // ANALYSIS_STATISTICS_COEFFICIENT_TEXT_H_
