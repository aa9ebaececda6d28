// Data sets by the names that people write: "CIFAR-10" for "cifar10",
// "ImageNet16-120" for "imagenet16_120". For sentences, titles and heads only:
// files, flags and fields keep the name of the data set's spec.
#ifndef ANALYSIS_TABLE_DATASET_LABEL_H_
#define ANALYSIS_TABLE_DATASET_LABEL_H_

#include <string>

#include "absl/strings/string_view.h"

namespace robbench {

// The name itself for a data set that is none of ours.
std::string DatasetLabel(absl::string_view name);

}  // namespace robbench

#endif  // ANALYSIS_TABLE_DATASET_LABEL_H_
