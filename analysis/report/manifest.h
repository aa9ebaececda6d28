// The manifest of a report directory (manifest.proto) as text: what
// //analysis/report:write_manifest writes, //:reproduce installs beside the
// report and `robbench verify` reads.
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

// Reads every file. Errors: ReadFile's; CheckManifest's; ParseRecord's of
// kManifestTable, if there is one.
absl::StatusOr<Manifest> MakeManifest(const std::string& numeric_profile,
                                      const NamedFiles& inputs,
                                      const NamedFiles& outputs);

// Whether a manifest can be true: our schema, outputs, names that stay in the
// directory, each once and sorted, digests that are digests, no word of the
// manifest itself. Errors name `path`, field, expected and found.
absl::Status CheckManifest(const std::string& path, const Manifest& manifest);

// Textproto, with a head for people.
std::string ManifestText(const Manifest& manifest);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_MANIFEST_H_
