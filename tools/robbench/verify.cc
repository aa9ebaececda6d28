#include "tools/robbench/verify.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis/report/verify_report.h"
#include "analysis/text/number_format.h"
#include "nas/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace robbench {

absl::StatusOr<VerifiedReport> VerifyReportDirectory(
    const std::string& directory, const Output& output) {
  ROBBENCH_ASSIGN_OR_RETURN(const Verification found, VerifyReport(directory));
  VerifiedReport report;
  std::string list;
  nlohmann::ordered_json findings = nlohmann::ordered_json::array();
  for (const Verification::Finding& finding : found.findings) {
    findings.push_back({{"file", finding.file},
                        {"what", finding.what},
                        {"detail", finding.detail}});
    absl::StrAppend(&list, "\n  ", finding.file, ": ", finding.what,
                    finding.detail.empty() ? "" : ": ", finding.detail);
  }
  const bool as_text = output.format == OutputFormat::kText;
  if (!found.findings.empty()) {
    report.status = absl::FailedPreconditionError(
        absl::StrCat(directory, ": ", found.findings.size(),
                     found.findings.size() == 1 ? " file is" : " files are",
                     " not as the manifest says", as_text ? list : ""));
  }
  if (output.format == OutputFormat::kCsv) {
    for (const std::string& name : found.extra) {
      findings.push_back({{"file", name},
                          {"what", "extra"},
                          {"detail", "the manifest does not name it"}});
    }
    report.text = Csv({"file", "what", "detail"}, findings);
  } else if (!as_text) {
    report.text = Dump({{"ok", found.findings.empty()},
                        {"files", found.files},
                        {"bytes", found.bytes},
                        {"manifest_sha256", found.manifest_sha256},
                        {"findings", std::move(findings)},
                        {"extra", found.extra}});
  } else if (report.status.ok()) {
    report.text = absl::StrCat(
        directory, ": ", found.files, " files, ", Grouped(found.bytes),
        " bytes, all as the manifest says\nmanifest SHA-256 ",
        found.manifest_sha256, "\n");
    for (const std::string& name : found.extra) {
      absl::StrAppend(&report.text, "warning: ", name,
                      ": the manifest does not name it\n");
    }
  }
  return report;
}

}  // namespace robbench
