// Checks that the record of a study of the paper's theory (ntk/theory) is
// complete.
#ifndef ANALYSIS_STUDIES_THEORY_THEORY_CHECK_H_
#define ANALYSIS_STUDIES_THEORY_THEORY_CHECK_H_

#include <string>

#include "absl/status/status.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {

// Return InvalidArgument, naming `path`, the field, what was expected and what
// was found, when a record lacks what figures, tables and claims need:
// networks, errors above 0 (their axis is logarithmic), and the runs of every b
// and seed.
absl::Status CheckWidthStudy(const std::string& path,
                             const WidthStudyRecord& study);
absl::Status CheckBoundStudy(const std::string& path,
                             const BoundStudyRecord& study);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_THEORY_THEORY_CHECK_H_
