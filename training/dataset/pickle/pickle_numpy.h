// Knows the classes and functions by which Python pickles numpy arrays and
// bytes, and does what they mean without Python (numpy's arrayobject.c and
// descriptor.c):
//
//   numpy.core.multiarray._reconstruct(numpy.ndarray, (0,), b"b"), then its
//     state (1, shape, dtype, Fortran order, bytes)
//   numpy.core.numeric._frombuffer(bytes, dtype, shape, "C"), protocol 5
//   numpy.dtype("u1", align, copy), then its state (3, "|", None, None, None,
//     -1, -1, 0)
//   numpy.core.multiarray.scalar(dtype, bytes): a numpy number
//   _codecs.encode(text, "latin1"): bytes as protocols 0 to 2 have them
//
// numpy 2 writes _core in place of core. Errors are InvalidArgument and say
// what is wrong; the caller adds path and offset.
#ifndef TRAINING_DATASET_PICKLE_PICKLE_NUMPY_H_
#define TRAINING_DATASET_PICKLE_PICKLE_NUMPY_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "training/dataset/pickle/pickle_values.h"

namespace robbench {

// Returns one of the above as a value of kind kClass; refuses any other by
// name.
absl::StatusOr<PickleValue> FindPickledClass(absl::string_view module,
                                             absl::string_view name);

// Returns what `callee` gives for the tuple `arguments` (opcode REDUCE).
absl::StatusOr<PickleValue> CallPickled(const PickleValue& callee,
                                        const PickleValue& arguments,
                                        PickleValues& values);

// Sets the state of `object`, a dtype or an array (opcode BUILD).
absl::Status BuildPickled(const PickleValue& object, const PickleValue& state,
                          PickleValues& values);

// numpy's code of a dtype without byte order, "u1", its bytes an element, and
// whether it is an integer.
absl::string_view PickledDTypeCode(const PickleValues::DType& dtype);
int64_t PickledDTypeSize(const PickleValues::DType& dtype);
bool IsPickledInteger(const PickleValues::DType& dtype);

// Returns the element of an integer dtype in `bytes`, which must have its size.
// Unsigned integers of 2^63 and more become negative.
int64_t PickledInteger(const PickleValues::DType& dtype,
                       absl::string_view bytes);

}  // namespace robbench

#endif  // TRAINING_DATASET_PICKLE_PICKLE_NUMPY_H_
