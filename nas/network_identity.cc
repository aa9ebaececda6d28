#include "nas/network_identity.h"

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nas/operation.h"

namespace robbench {
namespace {

std::string NodeString(const Cell& cell, bool flatten) {
  // A node is the list of its terms. A node without terms is zero.
  std::array<std::vector<std::string>, kNumNodes> nodes;
  nodes[0] = {"0"};
  const auto text = [&](int node) { return absl::StrJoin(nodes[node], "+"); };
  for (int edge = 0; edge < kNumEdges; ++edge) {
    const auto [source, target] = kEdges[edge];
    const Operation operation = cell.operation(edge);
    std::vector<std::string>& terms = nodes[target];
    if (operation != Operation::kNone && !nodes[source].empty()) {
      if (operation != Operation::kSkipConnect) {
        terms.push_back(
            absl::StrCat("(", text(source), ")@", OperationName(operation)));
      } else if (flatten) {
        terms.insert(terms.end(), nodes[source].begin(), nodes[source].end());
      } else {
        terms.push_back(text(source));
      }
    }
    // Edges are sorted by target and then by source, so this is the node's last
    // edge and its list is complete.
    if (source == target - 1) std::sort(terms.begin(), terms.end());
  }
  return text(kNumNodes - 1);
}

// One of the terms that a node adds up: the cell's input or a convolution's
// output, pooled `pools` times.
struct Term {
  int source;  // kInput or the convolution's edge
  int pools;
  friend auto operator<=>(const Term&, const Term&) = default;
};
constexpr int kInput = -1;

struct Convolution {
  char kind = 0;  // '1' or '3': kernel size; 'c': a constant, its beta
  std::vector<Term> inputs;
};

}  // namespace

std::string StringWithoutZeros(const Cell& cell) {
  return NodeString(cell, /*flatten=*/false);
}

std::string FlattenedString(const Cell& cell) {
  return NodeString(cell, /*flatten=*/true);
}

std::string NetworkString(const Cell& cell) {
  std::array<std::vector<Term>, kNumNodes> nodes;
  nodes[0] = {{kInput, 0}};
  std::array<Convolution, kNumEdges> convolutions;
  const auto is_constant = [&](const Term& term) {
    return term.source != kInput && convolutions[term.source].kind == 'c';
  };
  for (int edge = 0; edge < kNumEdges; ++edge) {
    const auto [source, target] = kEdges[edge];
    const std::vector<Term>& from = nodes[source];
    switch (cell.operation(edge)) {
      case Operation::kNone:
        break;
      case Operation::kSkipConnect:
        nodes[target].insert(nodes[target].end(), from.begin(), from.end());
        break;
      case Operation::kAveragePool3x3:
        // The padding does not count, so constants stay as they are.
        for (Term term : from) {
          if (!is_constant(term)) ++term.pools;
          nodes[target].push_back(term);
        }
        break;
      default: {
        // A 1x1 convolution of a constant is constant too, and BatchNorm
        // removes all of it but beta. A 3x3 one sees the zeros of the padding,
        // so its output differs at the border.
        const bool is_3x3 = cell.operation(edge) == Operation::kConvolution3x3;
        const bool constant =
            from.empty() ||
            (!is_3x3 && std::all_of(from.begin(), from.end(), is_constant));
        convolutions[edge].kind = constant ? 'c' : is_3x3 ? '3' : '1';
        if (!constant) convolutions[edge].inputs = from;
        nodes[target].push_back({edge, 0});
      }
    }
  }
  // Finds the convolutions that reach the output. The inputs of an edge's
  // convolution are outputs of earlier edges, so one pass backwards is enough.
  std::array<bool, kNumEdges> live{};
  const auto reach = [&](const std::vector<Term>& terms) {
    for (const Term& term : terms) {
      if (term.source != kInput) live[term.source] = true;
    }
  };
  reach(nodes[kNumNodes - 1]);
  std::vector<int> order;
  for (int edge = kNumEdges - 1; edge >= 0; --edge) {
    if (!live[edge]) continue;
    reach(convolutions[edge].inputs);
    order.insert(order.begin(), edge);
  }
  // Of all ways to number the convolutions, the one with the smallest text is
  // taken.
  std::string smallest;
  do {
    std::array<char, kNumEdges> number{};
    for (size_t i = 0; i < order.size(); ++i) number[order[i]] = '1' + i;
    std::string text;
    std::vector<std::pair<char, char>> terms;
    const auto append = [&](const std::vector<Term>& of) {
      terms.clear();
      for (const Term& term : of) {
        terms.emplace_back(term.source == kInput ? '0' : number[term.source],
                           '0' + term.pools);
      }
      std::sort(terms.begin(), terms.end());
      for (const auto& [source, pools] : terms) {
        text += source;
        text += pools;
      }
    };
    for (const int edge : order) {
      text += convolutions[edge].kind;
      append(convolutions[edge].inputs);
      text += ';';
    }
    append(nodes[kNumNodes - 1]);
    if (smallest.empty() || text < smallest) smallest = std::move(text);
  } while (std::next_permutation(order.begin(), order.end()));
  return smallest;
}

}  // namespace robbench
