// Any text as the name of a metric or a data set: ours and the authors' lead to
// each other, and a name that is not near any is suggested none.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "analysis/metric_name.h"
#include "analysis/table.pb.h"
#include "nas/base/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string name = robbench::FuzzInput(data, size);
  const robbench::FuzzMemoryBound bound(size);
  const std::string ours = robbench::CanonicalMetric(name);
  if (robbench::CanonicalMetric(ours) != ours) std::abort();
  if (robbench::CanonicalMetric(robbench::AuthorsMetric(ours)) != ours) {
    std::abort();
  }
  const std::string dataset = robbench::CanonicalDataset(name);
  if (robbench::CanonicalDataset(dataset) != dataset) std::abort();
  (void)robbench::SuggestMetric(name, {"clean", "fgsm_8", "autoattack"});
  robbench::Column column;
  if (robbench::SetKernelScore(name, column)) {
    (void)robbench::MetricLabel(column);
    (void)robbench::ShortMetricLabel(column);
  }
  return 0;
}
