// Reads numpy's .npy files (NEP 1; numpy/lib/format.py), versions 1 to 3, of
// integers of any size, byte order and storage order. A file has "\x93NUMPY",
// the version, the length of the header, the header as a Python dict of descr,
// fortran_order and shape, and the elements.
#ifndef TRAINING_DATASET_NPY_H_
#define TRAINING_DATASET_NPY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

// An array of integers. It does not own its elements.
struct NpyArray {
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;  // bytes from an index to the next
  int element_size = 1;          // 1, 2, 4 or 8 bytes
  bool is_signed = false;
  bool big_endian = false;
  absl::string_view bytes;  // points into the file

  // The number of elements.
  int64_t count() const {
    return static_cast<int64_t>(bytes.size()) / element_size;
  }

  // The element at byte `place` of `bytes`, which is a sum of strides times
  // indices. Unsigned 8-byte integers of 2^63 and more become negative.
  int64_t At(int64_t place) const;
};

// Parses a whole file; `path` is only for messages. Nothing is allocated by
// what the header claims. Errors are InvalidArgument or DataLoss and name path,
// field, expected and found.
absl::StatusOr<NpyArray> ParseNpy(const std::string& path,
                                  absl::string_view bytes);

}  // namespace robbench

#endif  // TRAINING_DATASET_NPY_H_
