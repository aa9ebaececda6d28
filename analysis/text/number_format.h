// Writes numbers as text. The text is the same on every machine and in every
// locale.
#ifndef ANALYSIS_TEXT_NUMBER_FORMAT_H_
#define ANALYSIS_TEXT_NUMBER_FORMAT_H_

#include <string>

namespace robbench {

// Returns the shortest text that reads back as the same double, or "inf" or
// "-inf". Returns "" for NaN, which stands for a missing value.
std::string ShortestNumber(double value);

// Returns a number for people: with `digits` significant digits, as "1.2e-07"
// where that is shorter, "-" for NaN, "∞" for infinity, and a true minus sign.
std::string ReadableNumber(double value, int digits = 3);

// Returns a share in percent with `digits` digits behind the point: "56.3" for
// .5628.
std::string Percent(double share, int digits = 1);

// Returns a number with its sign, a true minus sign, and `digits` digits behind
// the point: "+1.50", "−0.25".
std::string SignedNumber(double value, int digits);

// Returns a number with commas between thousands: "1,234,567".
std::string Grouped(long long value);

}  // namespace robbench

#endif  // ANALYSIS_TEXT_NUMBER_FORMAT_H_
