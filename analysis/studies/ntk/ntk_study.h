// How NTK scores correlate with published accuracies (Fig. 5 of the paper),
// setting by setting, with what the paper concludes put as contrasts.
//
// Dead cells are left out. Correlations are over the means over seeds. Values
// rank as they are: an infinite condition number or label complexity last, the
// smallest eigenvalue of a singular kernel by its rounding error, near zero.
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

// Everything but the provenance, which the caller sets. `scores` are (path,
// CheckNtkScores passed). Errors name path and field: another data set, a cell
// that the table does not have or whose accuracy is missing, cells that are not
// of the sample, fewer than three live cells.
absl::StatusOr<NtkStudy> ComputeNtkStudy(
    const BenchmarkTable& table, const std::string& spec_path,
    const NtkStudySpec& spec,
    const std::vector<std::pair<std::string, NtkScores>>& scores);

// 1 or -1: whether the theory's bound sqrt(y^T K^-1 y / N) on the error (paper,
// section 4) falls or grows as the score of a kernel K grows. 0 for what is no
// score of a kernel.
int PredictedSign(const std::string& score);

// The correlation of a score with a metric; null when there is none.
const NtkCorrelation* FindNtkCorrelation(const NtkSettingStudy& setting,
                                         const std::string& kernel,
                                         const std::string& score,
                                         const std::string& metric);

// The contrast of two kernels; null when there is none.
const NtkContrast* FindNtkContrast(const NtkSettingStudy& setting,
                                   const std::string& kernel,
                                   const std::string& against,
                                   const std::string& score,
                                   const std::string& metric);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_NTK_NTK_STUDY_H_
