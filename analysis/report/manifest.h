// Makes and checks the manifest of a report directory (manifest.proto).
// //analysis/report:write_manifest writes it, //:reproduce installs it beside
// the report, and `robbench verify` reads it.
#ifndef ANALYSIS_REPORT_MANIFEST_H_
#define ANALYSIS_REPORT_MANIFEST_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/report/manifest.pb.h"

namespace robbench {

inline constexpr char kManifestName[] = "manifest.textproto";

// The output whose gaps the manifest lists.
inline constexpr char kManifestTable[] = "tables/table.binpb";

// (name, file to read).
using NamedFiles = std::vector<std::pair<std::string, std::string>>;

// Reads every file and returns the manifest. Errors are those of ReadFile,
// CheckManifest and, for kManifestTable if there is one, ParseRecord.
absl::StatusOr<Manifest> MakeManifest(const std::string& numeric_profile,
                                      const NamedFiles& inputs,
                                      const NamedFiles& outputs);

// Checks that a manifest can be true: it has our schema version and outputs,
// names that stay in the directory, each once and sorted, digests of the right
// form, and no entry for the manifest itself. Errors name `path`, field,
// expected and found.
absl::Status CheckManifest(const std::string& path, const Manifest& manifest);

// Returns the manifest as textproto, with a head for people.
std::string ManifestText(const Manifest& manifest);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_MANIFEST_H_
