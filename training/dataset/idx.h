// Reads IDX, the format of MNIST and Fashion-MNIST (Y. LeCun, "The MNIST
// database"). A file has the bytes 0, 0, type and number of dimensions, then
// each dimension as a big-endian 32-bit number, then the elements, row-major.
// Only unsigned bytes (type 0x08) are read.
#ifndef TRAINING_DATASET_IDX_H_
#define TRAINING_DATASET_IDX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

// An array of unsigned bytes.
struct IdxArray {
  std::vector<int64_t> shape;
  std::string bytes;  // row-major, one byte an element
};

// Parses an array that must have `dimensions` dimensions (1 to 4). Nothing is
// allocated before the declared size is known to equal the file's. Errors are
// InvalidArgument or DataLoss and name `path`, field, expected and found.
absl::StatusOr<IdxArray> ParseIdx(const std::string& path,
                                  absl::string_view bytes, int dimensions);

// Does the same from a file, plain or gzipped.
absl::StatusOr<IdxArray> ReadIdx(const std::string& path, int dimensions);

}  // namespace robbench

#endif  // TRAINING_DATASET_IDX_H_
