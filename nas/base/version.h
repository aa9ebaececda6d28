// The version of all programs, which --version prints.
#ifndef NAS_BASE_VERSION_H_
#define NAS_BASE_VERSION_H_

namespace robbench {

inline constexpr char kVersion[] = "0.9.0";

}  // namespace robbench

#endif  // NAS_BASE_VERSION_H_
