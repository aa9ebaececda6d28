// //ntk/theory:bound_study: a data set and a spec to a BoundStudyRecord.
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "nas/base/status_macros.h"
#include "ntk/theory/studies/bound_study.h"
#include "ntk/theory/studies/study_job.h"
#include "ntk/theory/study_main.h"
#include "ntk/theory/theory.pb.h"

int main(int argc, char** argv) {
  using robbench::BoundStudyRecord;
  return robbench::RunStudy(
      argc, argv,
      "Bounds on clean and robust error against measured errors.\n"
      "Example: bound_study --dataset=d.dataset.safetensors "
      "--spec=bound_study.textproto --record_out=bound_study.binpb",
      [](const robbench::StudyJob& job)
          -> absl::StatusOr<std::unique_ptr<google::protobuf::Message>> {
        ROBBENCH_ASSIGN_OR_RETURN(BoundStudyRecord record,
                                  robbench::RunBoundStudy(job));
        return std::make_unique<BoundStudyRecord>(std::move(record));
      });
}
