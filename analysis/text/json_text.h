// What every reader of foreign JSON says of a text that is none, without
// repeating more of the file than a few escaped bytes.
#ifndef ANALYSIS_TEXT_JSON_TEXT_H_
#define ANALYSIS_TEXT_JSON_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace robbench {

// Text of a foreign file as it may stand in a message: quoted, escaped, short.
std::string Shown(absl::string_view text);

// What UTF-8 may begin with, as editors on Windows write it. Readers skip it.
inline constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

// InvalidArgument naming `path` for UTF-16 and UTF-32, which Python's json
// reads and we do not, and for compressed files.
absl::Status CheckJsonEncoding(const std::string& path,
                               absl::string_view bytes);

// What nlohmann's parser met at byte `position` (from 1) of `bytes`, by the
// token that it shows and the number of its exception: "1e400, which a double
// cannot hold", "NaN, which JSON does not have", "the end", ...
std::string JsonFault(absl::string_view bytes, size_t position,
                      absl::string_view token, int exception);

// Whether a fault is that of a number.
bool IsNumberFault(absl::string_view fault);

}  // namespace robbench

#endif  // ANALYSIS_TEXT_JSON_TEXT_H_
