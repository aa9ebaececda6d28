// Numbers as text, the same everywhere: no locale, no host.
#ifndef ANALYSIS_TEXT_NUMBER_FORMAT_H_
#define ANALYSIS_TEXT_NUMBER_FORMAT_H_

#include <string>

namespace robbench {

// The shortest text that reads back as the same double; "inf", "-inf"; empty
// for NaN, which stands for a missing value.
std::string ShortestNumber(double value);

// For people: `digits` significant digits, "1.2e-07" style where that is
// shorter, "-" for NaN, "∞" for infinity, a true minus sign.
std::string ReadableNumber(double value, int digits = 3);

// "56.3" for .5628 with one digit.
std::string Percent(double share, int digits = 1);

// "+1.50", "−0.25" with two digits behind the point, a true minus sign.
std::string SignedNumber(double value, int digits);

// "1,234,567".
std::string Grouped(long long value);

}  // namespace robbench

#endif  // ANALYSIS_TEXT_NUMBER_FORMAT_H_
