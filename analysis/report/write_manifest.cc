// //analysis/report:write_manifest writes the digests of a report's files.
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "analysis/report/manifest.h"
#include "analysis/report/manifest.pb.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"

ABSL_FLAG(std::string, inputs, "",
          "a file with a line NAME TAB FILE for every input (required)");
ABSL_FLAG(std::string, outputs, "", "the same for every output (required)");
ABSL_FLAG(std::string, numeric_profile, "",
          "that the numbers were computed under; empty: by no float kernel");
ABSL_FLAG(std::string, report, "", "the name of the report");
ABSL_FLAG(std::string, manifest_out, "", "the manifest (required)");

namespace robbench {
namespace {

constexpr char kUsage[] = R"(Writes the manifest of a report directory.

  write_manifest --inputs=inputs.txt --outputs=outputs.txt \
      --numeric_profile=portable --manifest_out=manifest.textproto)";

absl::StatusOr<NamedFiles> ReadList(const std::string& path) {
  ROBBENCH_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  NamedFiles files;
  for (const absl::string_view line :
       absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    std::pair<std::string, std::string> file =
        absl::StrSplit(line, absl::MaxSplits('\t', 1));
    if (file.first.empty() || file.second.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": expected NAME TAB FILE, found \"", line, "\""));
    }
    files.push_back(std::move(file));
  }
  return files;
}

absl::Status Run(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string out = absl::GetFlag(FLAGS_manifest_out);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("inputs", absl::GetFlag(FLAGS_inputs)));
  ROBBENCH_RETURN_IF_ERROR(
      RequireFlag("outputs", absl::GetFlag(FLAGS_outputs)));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("manifest_out", out));
  ROBBENCH_ASSIGN_OR_RETURN(const NamedFiles inputs,
                            ReadList(absl::GetFlag(FLAGS_inputs)));
  ROBBENCH_ASSIGN_OR_RETURN(const NamedFiles outputs,
                            ReadList(absl::GetFlag(FLAGS_outputs)));
  std::vector<std::string> read = {absl::GetFlag(FLAGS_inputs),
                                   absl::GetFlag(FLAGS_outputs)};
  for (const NamedFiles* files : {&inputs, &outputs}) {
    for (const auto& [name, path] : *files) read.push_back(path);
  }
  ROBBENCH_ASSIGN_OR_RETURN(OutputFiles written,
                            OutputFiles::Open({out}, read));
  ROBBENCH_ASSIGN_OR_RETURN(
      Manifest manifest,
      MakeManifest(absl::GetFlag(FLAGS_numeric_profile), inputs, outputs));
  if (const std::string report = absl::GetFlag(FLAGS_report); !report.empty()) {
    manifest.set_report(report);
  }
  written.Add(out, ManifestText(manifest));
  return written.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
