// The frame of both studies' commands: flags to record.
#ifndef NTK_THEORY_STUDY_MAIN_H_
#define NTK_THEORY_STUDY_MAIN_H_

#include <google/protobuf/message.h>

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ntk/theory/study_job.h"

namespace robbench {

// --dataset, --spec, --record_out (required), --kernels_out, --numeric_profile.
// These programs know no device but the processor, and their numbers depend on
// the compiler and the C library only; the profile is entered and stated as by
// all numeric programs.
int RunStudy(
    int argc, char** argv, absl::string_view usage,
    const std::function<absl::StatusOr<
        std::unique_ptr<google::protobuf::Message>>(const StudyJob&)>& study);

}  // namespace robbench

#endif  // NTK_THEORY_STUDY_MAIN_H_
