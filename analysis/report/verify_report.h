// Checks a report directory against its manifest.
//
// It tells apart a manifest that cannot be true (an error), files that are not
// what it says (findings, all of them), and files that it does not name (a
// file manager's .DS_Store, a note), which change nothing of the report. Beyond
// the files' digests, the records among them must name the same origin as the
// manifest: statistics the digests of the table and of their spec, claims those
// of the report's files that they are made from, the table those of its specs
// or of its published table and its numeric profile, studies of the theory that
// of their spec. So a manifest whose inputs were made up is found out. It
// cannot say who made the files, which would take a signature.
#ifndef ANALYSIS_REPORT_VERIFY_REPORT_H_
#define ANALYSIS_REPORT_VERIFY_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace robbench {

// What was found.
struct Verification {
  int files = 0;
  uint64_t bytes = 0;  // of the outputs
  std::string manifest_sha256;
  struct Finding {
    std::string file;  // relative to the directory
    std::string what;  // "changed", "missing", "foreign"
    std::string detail;
  };
  std::vector<Finding> findings;   // sorted by file; empty when all is well
  std::vector<std::string> extra;  // relative to the directory, sorted
};

// Verifies a directory. Errors are those of reading and parsing the manifest,
// and those of CheckManifest.
absl::StatusOr<Verification> VerifyReport(const std::string& directory);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_VERIFY_REPORT_H_
