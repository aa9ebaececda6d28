// Checks an NtkSpec (ntk/ntk.proto) beyond its types. Errors are
// InvalidArgument and name file, field, expected and found.
#ifndef NTK_NTK_SPEC_H_
#define NTK_NTK_SPEC_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "ntk/ntk.pb.h"
#include "training/dataset/dataset.h"

namespace robbench {

// Checks a number of images: 1 or more, at most 1,024, which bounds the memory
// for gradients, and at most what the test split has. `where` is the file or
// the flag that states it.
absl::Status CheckImageCount(const std::string& where, int64_t images,
                             const Dataset& dataset);

// Checks the rest of a spec from the file `path`. Refuses numbers out of their
// range, lists with a number twice or with more than 16, and fields that do not
// go together.
absl::Status CheckNtkSpec(const std::string& path, const NtkSpec& spec,
                          const Dataset& dataset);

}  // namespace robbench

#endif  // NTK_NTK_SPEC_H_
