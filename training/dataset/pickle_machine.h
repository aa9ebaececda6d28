// Runs a pickle's program (pickle.h says what it may be).
#ifndef TRAINING_DATASET_PICKLE_MACHINE_H_
#define TRAINING_DATASET_PICKLE_MACHINE_H_

#include <string>

#include "absl/status/status.h"
#include "training/dataset/pickle_values.h"

namespace robbench {

// From `values.bytes` to `values.top`, a dict. Errors are those of
// PickledDict::Parse; `path` is only for messages.
absl::Status RunPickle(const std::string& path, PickleValues& values);

}  // namespace robbench

#endif  // TRAINING_DATASET_PICKLE_MACHINE_H_
