// Writes images of Fashion-MNIST, padded to 32x32, in CIFAR-10's binary format,
// so that the check on a CUDA device reads a file of that format and trains
// networks of the paper's size. All three colours are the grey value.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nas/base/field_error.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/safetensors.h"
#include "nas/base/status_macros.h"
#include "training/dataset/cifar.h"
#include "training/dataset/dataset.h"

ABSL_FLAG(std::string, dataset, "",
          "data set of 1x32x32 images, safetensors (required)");
ABSL_FLAG(std::string, train_out, "", "training batch to write (required)");
ABSL_FLAG(std::string, test_out, "", "test batch to write (required)");

namespace robbench {
namespace {

std::string CifarBatch(const ImageSplit& split) {
  constexpr size_t kArea = kCifarImageSize * kCifarImageSize;
  std::string bytes;
  for (int64_t i = 0; i < split.count(); ++i) {
    bytes.push_back(static_cast<char>(split.labels[i]));
    for (int channel = 0; channel < kCifarChannels; ++channel) {
      bytes.append(split.pixels, i * kArea, kArea);
    }
  }
  return bytes;
}

absl::Status Run(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string path = absl::GetFlag(FLAGS_dataset);
  const std::string train = absl::GetFlag(FLAGS_train_out);
  const std::string test = absl::GetFlag(FLAGS_test_out);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("dataset", path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("train_out", train));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("test_out", test));
  ROBBENCH_ASSIGN_OR_RETURN(OutputFiles outputs,
                            OutputFiles::Open({train, test}, {path}));
  ROBBENCH_ASSIGN_OR_RETURN(const SafetensorsFile file,
                            SafetensorsFile::Read(path));
  ROBBENCH_ASSIGN_OR_RETURN(const Dataset dataset, ParseDataset(file));
  if (dataset.channels != 1 || dataset.image_size != kCifarImageSize) {
    return FieldError(path, "train_images", "images of 1x32x32",
                      absl::StrCat(dataset.channels, "x", dataset.image_size,
                                   "x", dataset.image_size));
  }
  outputs.Add(train, CifarBatch(dataset.train));
  outputs.Add(test, CifarBatch(dataset.test));
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv,
                              "Writes grey images in CIFAR-10's binary format.",
                              robbench::Run);
}
