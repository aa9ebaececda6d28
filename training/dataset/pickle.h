// A restricted reader of Python's pickles, protocols 0 to 5: a dict of numpy
// arrays (in-band) and scalars, lists, tuples, strings, numbers, and nothing
// else. Nothing is executed: the few names by which arrays are
// pickled are recognised (pickle_numpy.h), every other class or opcode is
// refused by its name and offset.
//
// Strings and arrays point into the file, a pickle has at most 2^20 opcodes,
// and each makes at most one value: memory stays below twice the file's size
// and 64 MiB.
#ifndef TRAINING_DATASET_PICKLE_H_
#define TRAINING_DATASET_PICKLE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "training/dataset/pickle_values.h"

namespace robbench {

struct PickledArray {
  std::string dtype;  // numpy's code: "u1", "f8", ...
  std::vector<int64_t> shape;
  bool fortran_order = false;  // the first index runs fastest
  bool big_endian = false;
  absl::string_view data;  // points into the PickledDict
};

// Move-only; owns the file's bytes.
class PickledDict {
 public:
  // `path` is only for messages. Errors name path, offset, expected and found:
  // InvalidArgument, or DataLoss when the pickle is truncated.
  static absl::StatusOr<PickledDict> Parse(std::string path, std::string bytes);
  static absl::StatusOr<PickledDict> Read(const std::string& path);

  PickledDict(PickledDict&&) = default;
  PickledDict& operator=(PickledDict&&) = default;

  const std::string& path() const { return path_; }

  // NotFound naming path and key; InvalidArgument when the value is another
  // or the key appears twice.
  absl::StatusOr<PickledArray> Array(absl::string_view key) const;
  // Of a list, a tuple or an array of one dimension.
  absl::StatusOr<std::vector<int64_t>> Integers(absl::string_view key) const;

 private:
  PickledDict() = default;
  absl::StatusOr<PickleValue> Find(absl::string_view key) const;

  std::string path_;
  std::unique_ptr<const PickleValues>
      values_;  // not moved: they are pointed at
};

}  // namespace robbench

#endif  // TRAINING_DATASET_PICKLE_H_
