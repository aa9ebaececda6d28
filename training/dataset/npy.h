// numpy's .npy files (NEP 1; numpy/lib/format.py), versions 1 to 3, of integers
// of any size, byte order and storage order: "\x93NUMPY", version, length of
// the header, the header as a Python dict of descr, fortran_order and shape,
// the elements.
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
  std::vector<int64_t> strides;  // bytes from an index to the next
  int element_size = 1;          // 1, 2, 4 or 8 bytes
  bool is_signed = false;
  bool big_endian = false;
  absl::string_view bytes;  // points into the file

  int64_t count() const {
    return static_cast<int64_t>(bytes.size()) / element_size;
  }

  // The element at a place that is a sum of strides. Of unsigned 8-byte
  // integers 2^63 and more become negative.
  int64_t At(int64_t place) const;
};

// Nothing is allocated by what the header claims. Errors are InvalidArgument
// or DataLoss naming `path`, field, expected and found.
absl::StatusOr<NpyArray> ParseNpy(const std::string& path,
                                  absl::string_view bytes);

}  // namespace robbench

#endif  // TRAINING_DATASET_NPY_H_
