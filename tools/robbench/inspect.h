// robbench inspect FILE: any artifact of ours, readable.
//
// The kind is read off the content: a safetensors file by its header, a binary
// record by the producer in its provenance (field 1 of every record).
//
//   producer              message
//   training:train        TrainRecord
//   training:evaluate     EvaluationRecord
//   training:evaluate_corruptions  the same
//   ntk:score             NtkRecord
//   ntk:score_proxies     ProxyRecord
//   analysis:collect      Table
//   analysis:statistics   Statistics
//
// JSON of a record is the message (format.h) behind two members,
// "kind" (its name) and "file_sha256"; of a safetensors file: "kind":
// "safetensors", "file_sha256", "metadata", and "tensors" sorted by name with
// "name", "dtype", "shape", "bytes". Text of a record is textproto. CSV is of
// tensors and databases, which are tables; a usage error for a record.
#ifndef TOOLS_ROBBENCH_INSPECT_H_
#define TOOLS_ROBBENCH_INSPECT_H_

#include <string>

#include "absl/status/statusor.h"
#include "tools/robbench/format.h"

namespace robbench {

// Returns the artifact in the format that `output` asks for; `path` is only for
// messages. InvalidArgument when the content is of no known kind; otherwise the
// errors of SafetensorsFile::Parse, ParseRecord and CheckSchema.
absl::StatusOr<std::string> InspectArtifact(const std::string& path,
                                            std::string bytes,
                                            const Output& output);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_INSPECT_H_
