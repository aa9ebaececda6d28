// Text that comes in from a file is UTF-8, or it is refused.
#ifndef NAS_BASE_UTF8_H_
#define NAS_BASE_UTF8_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace robbench {

bool IsUtf8(absl::string_view text);

// InvalidArgument that names `path` and the first field of text, at any depth,
// that is not UTF-8. Protobuf itself does not look.
absl::Status CheckUtf8(const std::string& path,
                       const google::protobuf::Message& message);

}  // namespace robbench

#endif  // NAS_BASE_UTF8_H_
