#include "analysis/text/number_format.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace robbench {

std::string ShortestNumber(double value) {
  if (std::isnan(value)) return "";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (value == 0) return "0";
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value);
  return std::string(buffer, end.ptr);
}

std::string ReadableNumber(double value, int digits) {
  if (std::isnan(value)) return "–";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  std::string text;
  if (value != 0 && std::abs(value) >= std::pow(10, digits) &&
      std::abs(value) < 1e7) {
    text = Grouped(std::llround(value));
  } else {
    text = absl::StrFormat("%.*g", digits, value);
  }
  return absl::StrReplaceAll(
      text, {{"e-0", "e-"}, {"e+0", "e"}, {"e+", "e"}, {"-", "−"}});
}

std::string Percent(double share, int digits) {
  if (std::isnan(share)) return "–";
  return absl::StrFormat("%.*f", digits, 100 * share);
}

std::string SignedNumber(double value, int digits) {
  return absl::StrReplaceAll(absl::StrFormat("%+.*f", digits, value),
                             {{"-", "−"}});
}

std::string Grouped(long long value) {
  std::string text = absl::StrCat(std::llabs(value));
  for (int i = static_cast<int>(text.size()) - 3; i > 0; i -= 3) {
    text.insert(i, ",");
  }
  return value < 0 ? absl::StrCat("−", text) : text;
}

}  // namespace robbench
