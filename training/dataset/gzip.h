// Unpacks gzip (RFC 1952), by zlib.
#ifndef TRAINING_DATASET_GZIP_H_
#define TRAINING_DATASET_GZIP_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

// Whether `bytes` starts as a gzip file does.
bool IsGzip(absl::string_view bytes);

// Returns the contents of a gzip file of one member. `path` is only for
// messages. DataLoss when the file is damaged, truncated or followed by other
// bytes; ResourceExhausted when the contents exceed `max_bytes`. Memory grows
// with what is really there, not with what the file claims.
absl::StatusOr<std::string> Gunzip(const std::string& path,
                                   absl::string_view bytes, uint64_t max_bytes);

}  // namespace robbench

#endif  // TRAINING_DATASET_GZIP_H_
