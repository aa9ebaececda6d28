#include "ntk/theory/study_main.h"

#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "nas/base/file.h"
#include "nas/base/numeric_profile.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "ntk/kernel_file.h"

ABSL_FLAG(std::string, dataset, "",
          "data set, safetensors of //training:preprocess (required)");
ABSL_FLAG(std::string, spec, "", "textproto of the study (required)");
ABSL_FLAG(std::string, record_out, "", "the record to write (required)");
ABSL_FLAG(std::string, kernels_out, "",
          "the study's kernels to write, safetensors, float64: of width_study "
          "that of infinite width by network, of bound_study the clean, cross "
          "and robust ones by network and seed");
ABSL_FLAG(std::string, numeric_profile, robbench::kDefaultNumericProfile,
          "portable or native");

namespace robbench {

int RunStudy(
    int argc, char** argv, absl::string_view usage,
    const std::function<absl::StatusOr<
        std::unique_ptr<google::protobuf::Message>>(const StudyJob&)>& study) {
  return RunProgram(
      argc, argv, usage,
      [&](const std::vector<std::string>& arguments) -> absl::Status {
        if (!arguments.empty()) {
          return UsageError("unexpected argument \"" + arguments[0] + "\"");
        }
        StudyJob job = {.dataset = absl::GetFlag(FLAGS_dataset),
                        .spec = absl::GetFlag(FLAGS_spec)};
        const std::string record_out = absl::GetFlag(FLAGS_record_out);
        const std::string kernels_out = absl::GetFlag(FLAGS_kernels_out);
        KernelFile kernels;
        if (!kernels_out.empty()) job.kernels = &kernels;
        ROBBENCH_RETURN_IF_ERROR(RequireFlag("dataset", job.dataset));
        ROBBENCH_RETURN_IF_ERROR(RequireFlag("spec", job.spec));
        ROBBENCH_RETURN_IF_ERROR(RequireFlag("record_out", record_out));
        ROBBENCH_ASSIGN_OR_RETURN(OutputFiles outputs,
                                  OutputFiles::Open({record_out, kernels_out},
                                                    {job.dataset, job.spec}));
        ROBBENCH_ASSIGN_OR_RETURN(
            const NumericProfile profile,
            EnterNumericProfile(absl::GetFlag(FLAGS_numeric_profile)));
        job.profile = profile.name;
        ROBBENCH_ASSIGN_OR_RETURN(
            const std::unique_ptr<google::protobuf::Message> record,
            study(job));
        outputs.Add(record_out, SerializeRecord(*record));
        if (!kernels_out.empty()) {
          outputs.Add(kernels_out, SerializeKernels(kernels));
        }
        return outputs.Commit();
      });
}

}  // namespace robbench
