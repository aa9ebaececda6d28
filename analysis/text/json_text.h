// The messages that every reader of foreign JSON has for text that is not JSON.
// They repeat no more of the file than a few escaped bytes.
#ifndef ANALYSIS_TEXT_JSON_TEXT_H_
#define ANALYSIS_TEXT_JSON_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace robbench {

// Returns text of a foreign file for a message: quoted, escaped, and cut to 40
// bytes.
std::string Shown(absl::string_view text);

// Returns InvalidArgument, naming `path`, for UTF-16 and UTF-32, which Python's
// json module reads and readers here do not, for compressed files, and for a
// zero byte.
absl::Status CheckJsonEncoding(const std::string& path,
                               absl::string_view bytes);

// Says what nlohmann's parser met at byte `position` (from 1) of `bytes`, from
// the token that it shows and the number of its exception: "1e400, which a
// double cannot hold", "NaN, which JSON does not have", "the end", ...
std::string JsonFault(absl::string_view bytes, size_t position,
                      absl::string_view token, int exception);

// Whether a text from JsonFault is about a number, so that the field is known.
bool IsNumberFault(absl::string_view fault);

}  // namespace robbench

#endif  // ANALYSIS_TEXT_JSON_TEXT_H_
