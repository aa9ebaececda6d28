// Takes any text for a name of a metric, a data set and an attack. What may be
// a name is found by itself, our names and the authors' lead to each other, and
// messages hold no byte of the text that cannot be printed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/name_resolver.h"
#include "analysis/table/table.pb.h"
#include "nas/base/attack_name.h"
#include "nas/base/fuzz.h"
#include "nas/base/name.h"

namespace {

void CheckMessage(const absl::Status& status) {
  for (const char c : status.message()) {
    if (!absl::ascii_isprint(c)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string name = robbench::FuzzInput(data, size);
  const robbench::FuzzMemoryBound bound(size);
  const absl::Status is_name = robbench::CheckName("f", "name", name);
  const absl::Status is_attack = robbench::CheckAttackName("f", "name", name);
  CheckMessage(is_name);
  CheckMessage(is_attack);
  if (is_attack.ok() && !is_name.ok()) std::abort();
  const auto metric =
      robbench::ResolveMetric("f", "d", name, {"clean", "fgsm_8", "pgd_8"});
  CheckMessage(metric.status());
  const auto dataset =
      robbench::ResolveDataset("f", name, {"cifar10", "imagenet16_120"});
  CheckMessage(dataset.status());
  if (is_name.ok()) {
    const auto itself = robbench::ResolveDataset("f", name, {"cifar10", name});
    if (!itself.ok() || *itself != name) std::abort();
  }
  const std::string ours = robbench::CanonicalMetric(name);
  if (robbench::CanonicalMetric(ours) != ours ||
      robbench::CanonicalMetric(robbench::AuthorsMetric(ours)) != ours) {
    std::abort();
  }
  robbench::Column column;
  if (robbench::SetKernelScore(name, column)) {
    (void)robbench::MetricLabel(column);
    (void)robbench::ShortMetricLabel(column);
  }
  return 0;
}
