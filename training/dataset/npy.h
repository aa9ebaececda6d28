// numpy's .npy files (NEP 1; numpy/lib/format.py), versions 1 and 2, of
// unsigned bytes in C order: "\x93NUMPY", version, length of the header, the
// header as a Python dict of descr, fortran_order and shape, the elements.
#ifndef TRAINING_DATASET_NPY_H_
#define TRAINING_DATASET_NPY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

struct NpyArray {
  std::vector<int64_t> shape;
  absl::string_view bytes;  // one an element; points into the file
};

// Nothing is allocated by what the header claims. Errors are InvalidArgument
// or DataLoss naming `path`, field, expected and found.
absl::StatusOr<NpyArray> ParseNpy(const std::string& path,
                                  absl::string_view bytes);

}  // namespace robbench

#endif  // TRAINING_DATASET_NPY_H_
