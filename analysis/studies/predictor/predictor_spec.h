// Checks of a PredictorStudySpec that need more than its types.
#ifndef ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_SPEC_H_
#define ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_SPEC_H_

#include <string>

#include "absl/status/status.h"
#include "analysis/studies/predictor/predictor_study.pb.h"

namespace robbench {

// InvalidArgument naming `path`, field, expected and found: numbers out of
// range, names twice, no data set, metric or penalty, scores that no record
// has.
absl::Status CheckPredictorSpec(const std::string& path,
                                const PredictorStudySpec& spec);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_SPEC_H_
