// Computes how NTK scores correlate with published accuracies (Fig. 5 of the
// paper), setting by setting. What the paper concludes is expressed as
// contrasts between kernels.
//
// Dead cells are left out. Correlations are over the means over seeds. Values
// rank as they are: an infinite condition number or label complexity is last,
// and the smallest eigenvalue of a singular kernel ranks by its rounding error,
// near zero.
//
// Intervals are percentiles (2.5 and 97.5) of a bootstrap over cells, drawn
// with replacement from all live cells. The cells were sampled by strata, which
// the bootstrap does not use: intervals are rather too wide than too narrow.
// All scores of a setting are seen on the same resamples, so that differences
// of coefficients are paired.
//
// Gains are signed by what the theory predicts, and their number is corrected
// for (NtkJointInterval of ntk_study.proto): of each setting all gains of
// robust kernels over the clean one, of every score and epsilon, and all
// growths count as one family.
#ifndef ANALYSIS_STUDIES_NTK_NTK_STUDY_H_
#define ANALYSIS_STUDIES_NTK_NTK_STUDY_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/table/benchmark_table.h"

namespace robbench {

// Returns the study without its provenance, which the caller sets. `scores` are
// (path, scores that have passed CheckNtkScores), one for each setting. Errors
// name path and field, for another data set, a cell that the table does not
// have or whose accuracy is missing, cells that are not those of the sample,
// and fewer than three live cells.
absl::StatusOr<NtkStudy> ComputeNtkStudy(
    const BenchmarkTable& table, const std::string& spec_path,
    const NtkStudySpec& spec,
    const std::vector<std::pair<std::string, NtkScores>>& scores);

// Returns 1 if the theory's bound sqrt(y^T K^-1 y / N) on the error (paper,
// section 4) falls as the score of a kernel K grows, -1 if it grows, and 0 for
// the name of something that is not a score of a kernel.
int PredictedSign(const std::string& score);

// Returns the correlation of a score with a metric, or null when there is none.
const NtkCorrelation* FindNtkCorrelation(const NtkSettingStudy& setting,
                                         const std::string& kernel,
                                         const std::string& score,
                                         const std::string& metric);

// Returns the contrast of two kernels, or null when there is none.
const NtkContrast* FindNtkContrast(const NtkSettingStudy& setting,
                                   const std::string& kernel,
                                   const std::string& against,
                                   const std::string& score,
                                   const std::string& metric);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_NTK_NTK_STUDY_H_
