#include "nas/isomorphism.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "glog/logging.h"
#include "nas/official_index.h"
#include "nas/operation.h"

namespace robbench {

std::string CanonicalString(const Cell& cell) {
  std::array<std::string, kNumNodes> nodes;
  nodes[0] = "0";
  std::vector<std::string> terms;
  for (int edge = 0; edge < kNumEdges; ++edge) {
    const auto [source, target] = kEdges[edge];
    const Operation operation = cell.operation(edge);
    const std::string& from = nodes[source];
    if (operation == Operation::kNone || from == "#") {
      terms.push_back("#");
    } else if (operation == Operation::kSkipConnect) {
      terms.push_back(from);
    } else {
      terms.push_back(absl::StrCat("(", from, ")@", OperationName(operation)));
    }
    if (source == target - 1) {  // the node's last edge
      std::sort(terms.begin(), terms.end());
      nodes[target] = absl::StrJoin(terms, "+");
      terms.clear();
    }
  }
  return std::move(nodes[kNumNodes - 1]);
}

IsomorphismClasses::IsomorphismClasses() : class_of_(kNumCells) {
  // The cells are taken in the order of their indices, so that the first of a
  // class is the one with the smallest index.
  absl::flat_hash_map<std::string, int> classes;
  std::vector<int> sizes;
  for (int index = 0; index < kNumCells; ++index) {
    const Cell cell = Cell::FromPosition(PositionOfOfficialIndex(index));
    const auto [found, is_new] =
        classes.try_emplace(CanonicalString(cell), size());
    if (is_new) {
      representatives_.push_back(index);
      sizes.push_back(0);
    }
    class_of_[index] = found->second;
    ++sizes[found->second];
  }
  begin_.resize(size() + 1);
  for (int i = 0; i < size(); ++i) begin_[i + 1] = begin_[i] + sizes[i];
  members_.resize(kNumCells);
  std::vector<int> next(begin_.begin(), begin_.end() - 1);
  for (int index = 0; index < kNumCells; ++index) {
    members_[next[class_of_[index]]++] = index;
  }
}

const IsomorphismClasses& IsomorphismClasses::Get() {
  static const auto* const classes = new IsomorphismClasses();
  return *classes;
}

absl::Span<const int> IsomorphismClasses::Members(int index) const {
  CHECK(index >= 0 && index < kNumCells) << index;
  const int i = class_of_[index];
  return absl::MakeConstSpan(members_).subspan(begin_[i],
                                               begin_[i + 1] - begin_[i]);
}

}  // namespace robbench
