#include "analysis/statistics/best_operations.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "analysis/statistics/normal_draws.h"
#include "analysis/statistics/rank_statistics.h"
#include "nas/base/philox.h"
#include "nas/cell.h"
#include "nas/network_identity.h"
#include "nas/operation.h"

namespace robbench {
namespace {

constexpr int kDraws = 2000;
// A network that is so many standard deviations below the last of the best is
// never drawn among them.
constexpr double kOutOfReach = 12;

// Counts by edge and operation; the last row has those of all edges together.
using Counts = std::array<std::array<int, kNumOperations>, kNumEdges + 1>;

void Count(const Cell& cell, Counts& counts) {
  for (int edge = 0; edge < kNumEdges; ++edge) {
    const int operation = static_cast<int>(cell.operation(edge));
    ++counts[edge][operation];
    ++counts[kNumEdges][operation];
  }
}

struct Network {
  Cell cell;  // of its highest row
  double value = 0;
  int rows = 0;
};

// Returns the networks in the order of their highest rows.
std::vector<Network> Networks(const DatasetStatistics& dataset) {
  std::vector<Network> networks;
  std::map<std::string, size_t> places;
  for (const RankedCell& ranked : dataset.ranking()) {
    const Cell cell = *Cell::FromCode(ranked.cell().code());
    const auto [place, is_new] =
        places.try_emplace(NetworkString(cell), networks.size());
    if (is_new) networks.push_back({cell});
    Network& network = networks[place->second];
    network.value += ranked.value();
    ++network.rows;
  }
  for (Network& network : networks) network.value /= network.rows;
  return networks;
}

// Returns the networks that can be among the first `best`.
std::vector<Network> WithinReach(std::vector<Network> networks, size_t best,
                                 double noise) {
  std::vector<double> values;
  for (const Network& network : networks) values.push_back(network.value);
  std::nth_element(values.begin(), values.begin() + (best - 1), values.end(),
                   [](double a, double b) { return a > b; });
  const double least = values[best - 1] - kOutOfReach * noise;
  networks.erase(std::remove_if(networks.begin(), networks.end(),
                                [&](const Network& network) {
                                  return network.value < least;
                                }),
                 networks.end());
  return networks;
}

}  // namespace

void AddOperations(DatasetStatistics& dataset) {
  Counts all{}, top{};
  std::map<std::string, int> best_networks;
  for (const RankedCell& ranked : dataset.ranking()) {
    const Cell cell = *Cell::FromCode(ranked.cell().code());
    Count(cell, all);
    if (ranked.rank() > dataset.best()) continue;
    Count(cell, top);
    ++best_networks[NetworkString(cell)];
  }
  dataset.set_best_networks(best_networks.size());
  const auto set = [&](int edge, int operation, OperationCount& count) {
    count.set_operation(std::string(kOperationNames[operation]));
    count.set_best(top[edge][operation]);
    count.set_all(all[edge][operation]);
  };
  for (int edge = 0; edge < kNumEdges; ++edge) {
    EdgeOperations& out = *dataset.add_edges();
    out.set_edge(edge);
    out.set_source(kEdges[edge].source);
    out.set_target(kEdges[edge].target);
    for (int operation = 0; operation < kNumOperations; ++operation) {
      set(edge, operation, *out.add_operations());
    }
  }
  for (int operation = 0; operation < kNumOperations; ++operation) {
    set(kNumEdges, operation, *dataset.add_operations());
  }
}

void AddOperationIntervals(double noise, DatasetStatistics& dataset) {
  std::vector<Network> networks = Networks(dataset);
  const size_t best = std::min<size_t>(dataset.best(), networks.size());
  if (best == 0) return;
  networks = WithinReach(std::move(networks), best, noise);
  std::array<std::array<std::vector<double>, kNumOperations>, kNumEdges + 1>
      shares;
  std::vector<double> normal(networks.size()), drawn(networks.size());
  std::vector<size_t> order(networks.size());
  PhiloxStream random(/*seed=*/0, Purpose::kBootstrap);
  for (int draw = 0; draw < kDraws; ++draw) {
    DrawNormal(random, absl::MakeSpan(normal));
    for (size_t i = 0; i < networks.size(); ++i) {
      drawn[i] =
          networks[i].value + noise / std::sqrt(networks[i].rows) * normal[i];
      order[i] = i;
    }
    std::partial_sort(order.begin(), order.begin() + best, order.end(),
                      [&](size_t a, size_t b) {
                        return drawn[a] != drawn[b] ? drawn[a] > drawn[b]
                                                    : a < b;
                      });
    Counts counts{};
    for (size_t i = 0; i < best; ++i) Count(networks[order[i]].cell, counts);
    for (int edge = 0; edge <= kNumEdges; ++edge) {
      const double slots = best * (edge == kNumEdges ? kNumEdges : 1);
      for (int operation = 0; operation < kNumOperations; ++operation) {
        shares[edge][operation].push_back(counts[edge][operation] / slots);
      }
    }
  }
  const auto set = [&](std::vector<double>& values, OperationCount& count) {
    std::sort(values.begin(), values.end());
    count.set_best_share_low(Quantile(values, 0.025));
    count.set_best_share_high(Quantile(values, 0.975));
  };
  for (int operation = 0; operation < kNumOperations; ++operation) {
    for (int edge = 0; edge < kNumEdges; ++edge) {
      set(shares[edge][operation],
          *dataset.mutable_edges(edge)->mutable_operations(operation));
    }
    set(shares[kNumEdges][operation], *dataset.mutable_operations(operation));
  }
}

}  // namespace robbench
