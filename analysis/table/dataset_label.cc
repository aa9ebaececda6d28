#include "analysis/table/dataset_label.h"

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace robbench {

std::string DatasetLabel(absl::string_view name) {
  static constexpr std::pair<absl::string_view, absl::string_view> kLabels[] = {
      {"cifar10", "CIFAR-10"},
      {"cifar10_mini", "CIFAR-10 mini"},
      {"cifar100", "CIFAR-100"},
      {"cifar100_mini", "CIFAR-100 mini"},
      {"fashion_mnist", "Fashion-MNIST"},
      {"imagenet16_120", "ImageNet16-120"},
  };
  for (const auto& [known, label] : kLabels) {
    if (known == name) return std::string(label);
  }
  return std::string(name);
}

}  // namespace robbench
