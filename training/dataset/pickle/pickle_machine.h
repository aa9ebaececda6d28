// Runs the program that a pickle is: a sequence of opcodes for a machine with a
// stack and a memo. pickle.h says which programs are allowed; pickle.h is also
// the interface for readers.
#ifndef TRAINING_DATASET_PICKLE_PICKLE_MACHINE_H_
#define TRAINING_DATASET_PICKLE_PICKLE_MACHINE_H_

#include <string>

#include "absl/status/status.h"
#include "training/dataset/pickle/pickle_values.h"

namespace robbench {

// Runs the pickle in `values.bytes` and sets `values.top` to its result, a
// dict. Errors are those of PickledDict::Parse; `path` is only for messages.
absl::Status RunPickle(const std::string& path, PickleValues& values);

}  // namespace robbench

#endif  // TRAINING_DATASET_PICKLE_PICKLE_MACHINE_H_
