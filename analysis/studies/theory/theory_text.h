// The words and means over seeds by which figures and tables present the
// studies of the paper's theory (ntk/theory).
#ifndef ANALYSIS_STUDIES_THEORY_THEORY_TEXT_H_
#define ANALYSIS_STUDIES_THEORY_THEORY_TEXT_H_

#include <cmath>
#include <functional>
#include <string>

#include "ntk/theory/theory.pb.h"

namespace robbench {

// Returns a number with `digits` digits behind the point and a true minus sign.
std::string Signed(double value, int digits = 2);

// Returns the slope of the kernel's error over width with its 95 % interval.
std::string SlopeText(const WidthStudyNetwork& network);

// An error or a bound of a run, as a share.
using RunValue = std::function<double(const BoundStudyRun&)>;

// Mean, smallest and largest of the repeats of one b.
struct Spread {
  double mean = 0, low = INFINITY, high = -INFINITY;
};

// Returns these of one value over the runs of `b`.
Spread SpreadOf(const BoundStudyNetwork& network, double b,
                const RunValue& value);

// Says in how many runs the bounds are above the errors, and whether over b
// they order them.
std::string BoundSentence(const BoundStudyNetwork& network);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_THEORY_THEORY_TEXT_H_
