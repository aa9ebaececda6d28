// SHA-256, by OpenSSL.
#ifndef NAS_BASE_DIGEST_H_
#define NAS_BASE_DIGEST_H_

#include <string>

#include "absl/strings/string_view.h"

namespace robbench {

// The digest as 64 lower-case hexadecimal digits.
std::string Sha256(absl::string_view bytes);

}  // namespace robbench

#endif  // NAS_BASE_DIGEST_H_
