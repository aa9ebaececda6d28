// //training:preprocess: from published files to NAME.dataset.safetensors.
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "nas/base/file.h"
#include "nas/base/path_list.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "training/dataset/dataset.h"
#include "training/dataset/preprocess.h"
#include "training/dataset_spec.pb.h"

ABSL_FLAG(std::string, spec, "", "textproto DatasetSpec (required)");
ABSL_FLAG(robbench::PathList<struct InputFlag>, input, {},
          "a raw file, once for each, in the order of the spec's format: IDX "
          "train images, train labels, test images, test labels, plain or "
          "gzipped; others: training batches, the test batch (required)");
ABSL_FLAG(std::string, dataset_out, "",
          "the data set to write, safetensors (required)");

namespace robbench {
namespace {

absl::Status Run(const std::vector<std::string>& arguments) {
  const std::string spec_path = absl::GetFlag(FLAGS_spec);
  const std::string out = absl::GetFlag(FLAGS_dataset_out);
  const std::vector<std::string> raw = absl::GetFlag(FLAGS_input).paths;
  if (!arguments.empty()) {
    return UsageError("unexpected argument \"" + arguments[0] + "\"");
  }
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("spec", spec_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("dataset_out", out));
  std::vector<std::string> inputs = raw;
  inputs.push_back(spec_path);
  ROBBENCH_ASSIGN_OR_RETURN(OutputFiles outputs,
                            OutputFiles::Open({out}, inputs));
  ROBBENCH_ASSIGN_OR_RETURN(const TextProtoFile<DatasetSpec> spec,
                            ReadTextProto<DatasetSpec>(spec_path));
  ROBBENCH_ASSIGN_OR_RETURN(const Dataset dataset,
                            Preprocess(spec_path, spec.message, raw));
  const PixelStatistics found = ComputePixelStatistics(dataset, dataset.train);
  const auto number = [](std::string* text, double value) {
    absl::StrAppendFormat(text, "%.4f", value);
  };
  std::cerr << absl::StreamFormat(
      "%s: %d train and %d test images, %d x %d x %d; train pixels: mean %s, "
      "standard deviation %s; normaliser: mean %s, standard deviation %s\n",
      dataset.name, dataset.train.count(), dataset.test.count(),
      dataset.channels, dataset.image_size, dataset.image_size,
      absl::StrJoin(found.mean, " ", number),
      absl::StrJoin(found.standard_deviation, " ", number),
      absl::StrJoin(dataset.mean, " ", number),
      absl::StrJoin(dataset.standard_deviation, " ", number));
  outputs.Add(out, SerializeDataset(dataset));
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(
      argc, argv,
      "Makes a data set of its published files.\n"
      "Example: preprocess --spec=fashion_mnist.textproto "
      "--input=train-images-idx3-ubyte.gz --input=train-labels-idx1-ubyte.gz "
      "--input=t10k-images-idx3-ubyte.gz --input=t10k-labels-idx1-ubyte.gz "
      "--dataset_out=fashion_mnist.dataset.safetensors",
      robbench::Run);
}
