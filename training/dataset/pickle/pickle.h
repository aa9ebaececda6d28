// A restricted reader of Python's pickles, protocols 0 to 5. It reads a dict of
// numpy arrays (in-band), scalars, lists, tuples, strings and numbers, and
// nothing else. Nothing is executed: the few names by which arrays are pickled
// are recognised (pickle_numpy.h), and every other class or opcode is refused
// by its name and offset.
//
// Strings and arrays point into the file, a pickle has at most 2^20 opcodes,
// and each makes at most one value. So memory stays below twice the file's size
// plus 64 MiB.
#ifndef TRAINING_DATASET_PICKLE_PICKLE_H_
#define TRAINING_DATASET_PICKLE_PICKLE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "training/dataset/pickle/pickle_values.h"

namespace robbench {

// A numpy array. It does not own its data.
struct PickledArray {
  std::string dtype;  // numpy's code: "u1", "f8", ...
  std::vector<int64_t> shape;
  bool fortran_order = false;  // the first index runs fastest
  bool big_endian = false;
  absl::string_view data;  // points into the PickledDict
};

// A pickled dict. It owns the file's bytes, into which arrays point. Moving it
// keeps them valid; it cannot be copied.
class PickledDict {
 public:
  // `path` is only for messages. Errors name path, offset, expected and found:
  // InvalidArgument, or DataLoss when the pickle is truncated.
  static absl::StatusOr<PickledDict> Parse(std::string path, std::string bytes);
  // Does the same from a file of at most 1 GiB.
  static absl::StatusOr<PickledDict> Read(const std::string& path);

  PickledDict(PickledDict&&) = default;
  PickledDict& operator=(PickledDict&&) = default;

  const std::string& path() const { return path_; }

  // Returns the array under `key`. NotFound, naming path and key, where there
  // is none; InvalidArgument when the value is of another kind or the key
  // appears twice.
  absl::StatusOr<PickledArray> Array(absl::string_view key) const;
  // Returns the integers of a list, a tuple or an array of one dimension, with
  // the same errors.
  absl::StatusOr<std::vector<int64_t>> Integers(absl::string_view key) const;

 private:
  PickledDict() = default;
  absl::StatusOr<PickleValue> Find(absl::string_view key) const;

  std::string path_;
  std::unique_ptr<const PickleValues>
      values_;  // not moved: they are pointed at
};

}  // namespace robbench

#endif  // TRAINING_DATASET_PICKLE_PICKLE_H_
