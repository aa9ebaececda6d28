// The frame of both studies' programs: it reads the flags, runs the study and
// writes the record.
#ifndef NTK_THEORY_STUDY_MAIN_H_
#define NTK_THEORY_STUDY_MAIN_H_

#include <google/protobuf/message.h>

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ntk/theory/studies/study_job.h"

namespace robbench {

// Defines the flags --dataset, --spec and --record_out, which are required,
// --kernels_out and --numeric_profile, and returns the exit code
// (nas/base/program.h). These programs run on the processor only, and their
// numbers depend only on the compiler and the C library. They enter the profile
// and state it as all numeric programs do.
int RunStudy(
    int argc, char** argv, absl::string_view usage,
    const std::function<absl::StatusOr<
        std::unique_ptr<google::protobuf::Message>>(const StudyJob&)>& study);

}  // namespace robbench

#endif  // NTK_THEORY_STUDY_MAIN_H_
