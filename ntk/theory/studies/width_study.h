// Measures how fast kernels of finite width approach that of infinite width:
// the relative Frobenius error over widths and seeds, and the slope of its
// power law, which is -1/2 in theory.
#ifndef NTK_THEORY_STUDIES_WIDTH_STUDY_H_
#define NTK_THEORY_STUDIES_WIDTH_STUDY_H_

#include "absl/status/statusor.h"
#include "ntk/theory/studies/study_job.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {

// Runs the study. The k-th pair (width, repeat), counted through all widths,
// has seed k, so that no two networks of a fit share weights. InvalidArgument,
// naming file, field, what was expected and what was found, for fewer than
// three widths, widths that do not ascend, no repeat, more images than the test
// split has, a network that is not fully connected or that CheckNetworkSpec
// refuses, and two networks of one name.
//
// If job.kernels is set, it receives by network's name the kernel of infinite
// width between the first `images` images of the test split, scaled to norm 1
// (unit_images.h).
absl::StatusOr<WidthStudyRecord> RunWidthStudy(const StudyJob& job);

}  // namespace robbench

#endif  // NTK_THEORY_STUDIES_WIDTH_STUDY_H_
