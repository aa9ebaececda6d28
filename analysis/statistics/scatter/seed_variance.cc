#include "analysis/statistics/scatter/seed_variance.h"

#include <cmath>

namespace robbench {

std::optional<SeedVariance> MeasureSeedVariance(const Column& column) {
  double variances = 0;
  int cells = 0;
  for (int i = 0; i < column.mean_size(); ++i) {
    double sum = 0, squares = 0;
    int seeds = 0;
    for (const Column::Seed& seed : column.seeds()) {
      if (!std::isfinite(seed.value(i))) continue;
      sum += seed.value(i);
      ++seeds;
    }
    if (seeds < 2) continue;
    const double mean = sum / seeds;
    for (const Column::Seed& seed : column.seeds()) {
      if (!std::isfinite(seed.value(i))) continue;
      squares += (seed.value(i) - mean) * (seed.value(i) - mean);
    }
    variances += squares / (seeds - 1);
    ++cells;
  }
  if (cells == 0) return std::nullopt;
  return SeedVariance{.variance = variances / cells, .cells = cells};
}

}  // namespace robbench
