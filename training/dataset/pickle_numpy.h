// The classes and functions by which Python pickles numpy arrays and bytes,
// done here by what they mean (numpy's arrayobject.c and descriptor.c):
//
//   numpy.core.multiarray._reconstruct(numpy.ndarray, (0,), b"b"), then its
//     state (1, shape, dtype, Fortran order, bytes)
//   numpy.core.numeric._frombuffer(bytes, dtype, shape, "C"), protocol 5
//   numpy.dtype("u1", align, copy), then its state (3, "|", None, None, None,
//     -1, -1, 0)
//   _codecs.encode(text, "latin1"): bytes as protocol 2 has them
//
// numpy 2 calls core _core. Errors are InvalidArgument and say what is wrong;
// the caller knows the place.
#ifndef TRAINING_DATASET_PICKLE_NUMPY_H_
#define TRAINING_DATASET_PICKLE_NUMPY_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "training/dataset/pickle_values.h"

namespace robbench {

// One of the above, kClass; any other is refused by name.
absl::StatusOr<PickleValue> FindPickledClass(absl::string_view module,
                                             absl::string_view name);

// What `callee` gives for `arguments` (REDUCE).
absl::StatusOr<PickleValue> CallPickled(const PickleValue& callee,
                                        const PickleValue& arguments,
                                        PickleValues& values);

// Gives `object`, a dtype or an array, its state (BUILD).
absl::Status BuildPickled(const PickleValue& object, const PickleValue& state,
                          PickleValues& values);

// "u1" of a PickleValues::Array's dtype.
absl::string_view PickledDTypeCode(int64_t dtype);

}  // namespace robbench

#endif  // TRAINING_DATASET_PICKLE_NUMPY_H_
