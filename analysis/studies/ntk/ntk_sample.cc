#include "analysis/studies/ntk/ntk_sample.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis/table/table.pb.h"
#include "nas/base/field_error.h"
#include "nas/base/philox.h"
#include "nas/base/status_macros.h"

namespace robbench {

absl::StatusOr<std::vector<int>> DrawNtkSample(const BenchmarkTable& table,
                                               const std::string& spec_path,
                                               const NtkStudySpec& spec) {
  const NtkSample& sample = spec.sample();
  ROBBENCH_ASSIGN_OR_RETURN(const Column* metric,
                            table.Get(spec.dataset(), sample.metric()));
  const int64_t n = table.num_cells();
  const int64_t strata = sample.strata();
  if (strata < 1 || strata > n) {
    return FieldError(spec_path, "sample.strata", absl::StrCat("1 to ", n),
                      absl::StrCat(strata));
  }
  if (sample.cells_per_stratum() < 1 ||
      sample.cells_per_stratum() > n / strata) {
    return FieldError(spec_path, "sample.cells_per_stratum",
                      absl::StrCat("1 to ", n / strata),
                      absl::StrCat(sample.cells_per_stratum()));
  }
  for (int i = 0; i < n; ++i) {
    if (!std::isfinite(metric->mean(i))) {
      return FieldError(spec_path, "sample.metric", "a value of every cell",
                        absl::StrCat("none of cell ", table.cell(i).index()));
    }
  }
  std::vector<int> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return metric->mean(a) < metric->mean(b);
  });
  std::vector<int> drawn;
  for (int64_t s = 0; s < strata; ++s) {
    const int64_t begin = s * n / strata, end = (s + 1) * n / strata;
    PhiloxStream random(sample.seed(), Purpose::kShuffle, /*epoch=*/0,
                        /*step=*/static_cast<uint32_t>(s));
    for (int64_t k = 0; k < sample.cells_per_stratum(); ++k) {
      const int64_t left = end - begin - k;
      std::swap(order[begin + k], order[begin + k + random.Below(left)]);
      drawn.push_back(table.cell(order[begin + k]).index());
    }
  }
  return drawn;
}

}  // namespace robbench
