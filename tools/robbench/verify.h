// robbench verify: checks a report directory against its manifest.
#ifndef TOOLS_ROBBENCH_VERIFY_H_
#define TOOLS_ROBBENCH_VERIFY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/robbench/format.h"

namespace robbench {

// What the command prints, and whether all is well.
struct VerifiedReport {
  // JSON: "ok", "files", "bytes", "manifest_sha256", "findings" of "file",
  // "what" and "detail", and "extra", the files that the manifest does not
  // name. Text: a sentence and a warning for each of these, or nothing beside
  // findings. CSV: a line a finding, and one a file that the manifest does not
  // name.
  std::string text;
  // FailedPrecondition naming every file (in JSON: how many) that is not as
  // the manifest says.
  absl::Status status;
};

// Verifies a directory. Errors are those of VerifyReport
// (analysis/report/verify_report.h).
absl::StatusOr<VerifiedReport> VerifyReportDirectory(
    const std::string& directory, const Output& output);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_VERIFY_H_
