// The encoding of text from files: UTF-8, so that it can go into JSON, HTML and
// SQLite. Text that is not is refused.
#ifndef NAS_BASE_UTF8_H_
#define NAS_BASE_UTF8_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace robbench {

// The bytes that editors on Windows write before UTF-8. Readers of text that
// people write skip them.
inline constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

// Returns whether `text` is valid UTF-8; empty text is.
bool IsUtf8(absl::string_view text);

// Returns InvalidArgument that names `path` and the first text field of
// `message`, at any depth, that is not UTF-8. Protobuf's own parsers of proto2
// messages do not check this.
absl::Status CheckUtf8(const std::string& path,
                       const google::protobuf::Message& message);

}  // namespace robbench

#endif  // NAS_BASE_UTF8_H_
