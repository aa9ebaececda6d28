// //ntk:score_proxies: training-free scores of one cell.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/unit_warning.h"
#include "nas/base/worker/persistent_worker.h"
#include "nas/network/device.h"
#include "nas/network/device_flags.h"
#include "ntk/proxies/score_proxies.h"

ABSL_FLAG(std::string, dataset, "",
          "data set, safetensors of //training:preprocess (required)");
ABSL_FLAG(std::string, cell, "",
          "official index, six-digit code or architecture (required)");
ABSL_FLAG(uint32_t, seed, 0, "of the initial weights, images and attacks");
ABSL_FLAG(std::string, spec, "", "textproto ProxySpec (required)");
ABSL_FLAG(std::string, record_out, "", "the record to write (required)");

namespace robbench {
namespace {

absl::Status Run(const std::vector<std::string>& arguments) {
  ProxyJob job{.dataset = absl::GetFlag(FLAGS_dataset),
               .cell = absl::GetFlag(FLAGS_cell),
               .seed = absl::GetFlag(FLAGS_seed),
               .spec = absl::GetFlag(FLAGS_spec)};
  const std::string record_out = absl::GetFlag(FLAGS_record_out);
  if (!arguments.empty()) {
    return UsageError("unexpected argument \"" + arguments[0] + "\"");
  }
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("dataset", job.dataset));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("cell", job.cell));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("spec", job.spec));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("record_out", record_out));
  ROBBENCH_ASSIGN_OR_RETURN(
      OutputFiles outputs,
      OutputFiles::Open({record_out}, {job.dataset, job.spec}));
  ROBBENCH_ASSIGN_OR_RETURN(const NumericDevice device, EnterDeviceOfFlags());
  job.device = device.name;
  job.profile = device.profile.name;
  ROBBENCH_ASSIGN_OR_RETURN(const ProxyResult result, ScoreProxies(job));
  PrintWarnings(job.spec, result.warnings);
  outputs.Add(record_out, SerializeRecord(result.record));
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgramOrWorker(
      argc, argv,
      "Scores a cell before any training.\n"
      "Example: score_proxies --dataset=d.dataset.safetensors --cell=2581 "
      "--seed=0 --spec=proxies.textproto --record_out=2581.proxies.binpb",
      robbench::Run);
}
