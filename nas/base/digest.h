// SHA-256, computed by OpenSSL. Digests identify the inputs of every artifact
// (nas/base/provenance.proto).
#ifndef NAS_BASE_DIGEST_H_
#define NAS_BASE_DIGEST_H_

#include <string>

#include "absl/strings/string_view.h"

namespace robbench {

// Returns the digest of `bytes` as 64 lower-case hexadecimal digits.
std::string Sha256(absl::string_view bytes);

}  // namespace robbench

#endif  // NAS_BASE_DIGEST_H_
