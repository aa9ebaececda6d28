#include "analysis/search/unseen_values.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/types/span.h"
#include "analysis/statistics/normal_draws.h"

namespace robbench {
namespace {

bool IsWhole(const Column::Seed& seed, int rows) {
  return seed.value_size() == rows &&
         std::all_of(seed.value().begin(), seed.value().end(),
                     [](double value) { return std::isfinite(value); });
}

}  // namespace

std::optional<UnseenValues> UnseenValues::Make(const BenchmarkTable& table,
                                               const Twins& twins,
                                               const Column& criterion) {
  if (criterion.kind() != Column::ACCURACY) return std::nullopt;
  UnseenValues values(twins, criterion);
  for (const Column::Seed& seed : criterion.seeds()) {
    if (IsWhole(seed, table.num_cells())) values.seeds_.push_back(&seed);
  }
  if (values.seeds_.size() >= 2) {
    values.unseen_.resize(table.num_cells());
    return values;
  }
  values.seeds_.clear();
  values.noise_ = values.NoiseOf(criterion);
  if (values.noise_ == 0) return std::nullopt;
  values.normal_.resize(table.num_cells());
  values.unseen_.assign(criterion.mean().begin(), criterion.mean().end());
  return values;
}

double UnseenValues::NoiseOf(const Column& column) {
  if (column.kind() != Column::ACCURACY) return 0;
  const auto [found, is_new] = noises_.try_emplace(column.key().metric(), 0);
  if (is_new) {
    const auto floor = MeasureNoise(twins_, column, /*best=*/0);
    if (floor) found->second = floor->standard_deviation();
  }
  return found->second;
}

void UnseenValues::Draw(int number, PhiloxStream& random) {
  if (seeds_.empty()) {
    DrawNormal(random, absl::MakeSpan(normal_));
    return;
  }
  seen_seed_ = seeds_[number % seeds_.size()];
  std::fill(unseen_.begin(), unseen_.end(), 0);
  for (const Column::Seed* seed : seeds_) {
    if (seed == seen_seed_) continue;
    for (size_t i = 0; i < unseen_.size(); ++i) {
      unseen_[i] += seed->value(i) / (seeds_.size() - 1);
    }
  }
}

std::vector<double> UnseenValues::Seen(const Column& column) {
  if (seen_seed_ != nullptr) {
    for (const Column::Seed& seed : column.seeds()) {
      if (seed.seed() == seen_seed_->seed() &&
          IsWhole(seed, static_cast<int>(unseen_.size()))) {
        return {seed.value().begin(), seed.value().end()};
      }
    }
  }
  std::vector<double> values(column.mean().begin(), column.mean().end());
  if (seen_seed_ == nullptr) {
    const double noise = NoiseOf(column);
    for (size_t i = 0; i < values.size(); ++i) values[i] += noise * normal_[i];
  }
  return values;
}

}  // namespace robbench
