// //ntk/theory:width_study: a data set and a spec to a WidthStudyRecord.
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "nas/base/status_macros.h"
#include "ntk/theory/studies/study_job.h"
#include "ntk/theory/studies/width_study.h"
#include "ntk/theory/study_main.h"
#include "ntk/theory/theory.pb.h"

int main(int argc, char** argv) {
  using robbench::WidthStudyRecord;
  return robbench::RunStudy(
      argc, argv,
      "How kernels of finite width approach infinite width.\n"
      "Example: width_study --dataset=d.dataset.safetensors "
      "--spec=width_study.textproto --record_out=width_study.binpb",
      [](const robbench::StudyJob& job)
          -> absl::StatusOr<std::unique_ptr<google::protobuf::Message>> {
        ROBBENCH_ASSIGN_OR_RETURN(WidthStudyRecord record,
                                  robbench::RunWidthStudy(job));
        return std::make_unique<WidthStudyRecord>(std::move(record));
      });
}
