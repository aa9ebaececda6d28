// IDX, the format of MNIST and Fashion-MNIST (Y. LeCun, "The MNIST database"):
// bytes 0, 0, type, number of dimensions; each dimension as a big-endian
// 32-bit number; the elements, row-major. Only unsigned bytes (type 0x08).
#ifndef TRAINING_DATASET_IDX_H_
#define TRAINING_DATASET_IDX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

struct IdxArray {
  std::vector<int64_t> shape;
  std::string bytes;  // one an element
};

// An array of `dimensions` dimensions (1 to 4). Nothing is allocated before
// the declared size is known to equal the file's. Errors are InvalidArgument
// or DataLoss naming `path`, field, expected and found.
absl::StatusOr<IdxArray> ParseIdx(const std::string& path,
                                  absl::string_view bytes, int dimensions);

// The same from a file, plain or gzipped.
absl::StatusOr<IdxArray> ReadIdx(const std::string& path, int dimensions);

}  // namespace robbench

#endif  // TRAINING_DATASET_IDX_H_
