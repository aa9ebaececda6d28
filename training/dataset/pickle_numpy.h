// The classes and functions by which Python pickles numpy arrays and bytes,
// done here by what they mean (numpy's arrayobject.c and descriptor.c):
//
//   numpy.core.multiarray._reconstruct(numpy.ndarray, (0,), b"b"), then its
//     state (1, shape, dtype, Fortran order, bytes)
//   numpy.core.numeric._frombuffer(bytes, dtype, shape, "C"), protocol 5
//   numpy.dtype("u1", align, copy), then its state (3, "|", None, None, None,
//     -1, -1, 0)
//   numpy.core.multiarray.scalar(dtype, bytes): a numpy number
//   _codecs.encode(text, "latin1"): bytes as protocols 0 to 2 have them
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

absl::string_view PickledDTypeCode(const PickleValues::DType& dtype);  // "u1"
int64_t PickledDTypeSize(const PickleValues::DType& dtype);  // bytes an element
bool IsPickledInteger(const PickleValues::DType& dtype);

// An element of an integer dtype; 2^63 and more become negative.
int64_t PickledInteger(const PickleValues::DType& dtype,
                       absl::string_view bytes);

}  // namespace robbench

#endif  // TRAINING_DATASET_PICKLE_NUMPY_H_
