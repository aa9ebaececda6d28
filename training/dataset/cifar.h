// Reads the binary version of CIFAR-10 and CIFAR-100 (A. Krizhevsky, "Learning
// Multiple Layers of Features from Tiny Images", 2009). A file is a sequence of
// records without a header, as many as its size says.
//
//   CIFAR-10    label, pixels                    3,073 bytes a record
//   CIFAR-100   coarse label, fine label, pixels 3,074 bytes a record
//
// The 3,072 pixels are 32x32 red, then green, then blue ones, row-major.
#ifndef TRAINING_DATASET_CIFAR_H_
#define TRAINING_DATASET_CIFAR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "training/dataset/dataset.h"

namespace robbench {

inline constexpr int kCifarChannels = 3;
inline constexpr int kCifarImageSize = 32;

enum class CifarKind { kCifar10, kCifar100 };

// Returns the number of classes: 10, or the 100 fine ones.
int CifarClasses(CifarKind kind);

// The contents of one file.
struct CifarRecords {
  ImageSplit images;                   // CIFAR-100: with the fine labels
  std::vector<int64_t> coarse_labels;  // CIFAR-100 only: 0 ... 19
};

// Parses a whole file; `path` is only for messages. Errors name path, record
// and field: DataLoss when the size is no multiple of a record's,
// InvalidArgument for a label out of range.
absl::StatusOr<CifarRecords> ParseCifar(const std::string& path,
                                        absl::string_view bytes,
                                        CifarKind kind);

// Does the same from a file of at most 1 GiB, with the errors of ReadFile
// (nas/base/file.h).
absl::StatusOr<CifarRecords> ReadCifar(const std::string& path, CifarKind kind);

}  // namespace robbench

#endif  // TRAINING_DATASET_CIFAR_H_
