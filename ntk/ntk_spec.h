// Checks of an NtkSpec that need more than its types. No LibTorch.
#ifndef NTK_NTK_SPEC_H_
#define NTK_NTK_SPEC_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "ntk/ntk.pb.h"
#include "training/dataset/dataset.h"

namespace robbench {

// Errors are InvalidArgument and name file, field, expected and found.

// `where` is the file or the flag that says how many.
absl::Status CheckImageCount(const std::string& where, int64_t images,
                             const Dataset& dataset);

// The rest: numbers out of their range, lists with a number twice, fields that
// do not go together.
absl::Status CheckNtkSpec(const std::string& path, const NtkSpec& spec,
                          const Dataset& dataset);

}  // namespace robbench

#endif  // NTK_NTK_SPEC_H_
