#include "analysis/search/search_run.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nas/cell.h"
#include "nas/isomorphism.h"
#include "nas/operation.h"

namespace robbench {
namespace {

constexpr int kNeighbours = kNumEdges * (kNumOperations - 1);
constexpr int kMostKnownChildren = 10000;

// A cell's position is the sum of its edges' operations times these.
constexpr std::array<int, kNumEdges> kPlace = {3125, 625, 125, 25, 5, 1};

int RandomCell(PhiloxStream& random) { return random.Below(kNumCells); }

// Returns the cell with one other operation on one edge; 0 <= which <
// kNeighbours.
int Neighbour(int position, int which) {
  const int place = kPlace[which / (kNumOperations - 1)];
  const int operation = position / place % kNumOperations;
  const int other =
      (operation + 1 + which % (kNumOperations - 1)) % kNumOperations;
  return position + (other - operation) * place;
}

}  // namespace

absl::StatusOr<SearchSpace> SearchSpace::Make(const std::string& table_path,
                                              const BenchmarkTable& table) {
  SearchSpace space;
  space.num_rows_ = table.num_cells();
  const IsomorphismClasses& classes = IsomorphismClasses::Get();
  for (int position = 0; position < kNumCells; ++position) {
    const int representative =
        classes.Representative(Cell::FromPosition(position).Index());
    const auto row = table.Position(*Cell::FromIndex(representative));
    if (!row) {
      return absl::FailedPreconditionError(absl::StrCat(
          table_path, ": field cells: expected all ", classes.size(),
          " classes, as a search goes through the whole space, found ",
          table.num_cells(), " cells without ", representative));
    }
    space.row_[position] = *row;
  }
  return space;
}

SearchRun::SearchRun(const SearchSpace& space, absl::Span<const double> values,
                     int budget)
    : space_(space),
      values_(values),
      budget_(budget),
      asked_(space.num_rows(), 0) {
  best_.reserve(budget);
  Restart();
}

void SearchRun::Restart() {
  best_.clear();
  ++round_;
}

double SearchRun::Query(int position) {
  const int row = space_.row(position);
  if (asked_[row] == round_) return values_[row];
  if (spent()) return -std::numeric_limits<double>::infinity();
  asked_[row] = round_;
  const bool better = best_.empty() || values_[row] > values_[best_.back()];
  best_.push_back(better ? row : best_.back());
  return values_[row];
}

CellSource::CellSource(const SearchSpace& space,
                       absl::Span<const double> values, bool lowest_first)
    : ranked_(kNumCells), ends_(kNumCells) {
  std::iota(ranked_.begin(), ranked_.end(), 0);
  const auto value = [&](int position) { return values[space.row(position)]; };
  std::stable_sort(ranked_.begin(), ranked_.end(), [&](int a, int b) {
    return lowest_first ? value(a) < value(b) : value(a) > value(b);
  });
  for (int place = kNumCells; place-- > 0;) {
    const bool equal = place + 1 < kNumCells &&
                       value(ranked_[place]) == value(ranked_[place + 1]);
    ends_[place] = equal ? ends_[place + 1] : place + 1;
  }
  Restart();
}

void CellSource::Restart() {
  order_ = ranked_;
  next_ = 0;
}

int CellSource::Next(const SearchRun& run, PhiloxStream& random) {
  if (ranked_.empty()) return RandomCell(random);
  // This ends, as a run that knows all cells is spent.
  while (true) {
    const int equals = ends_[next_] - next_;
    std::swap(order_[next_], order_[next_ + random.Below(equals)]);
    const int cell = order_[next_++];
    if (!run.Knows(cell)) return cell;
  }
}

void TakeCells(CellSource& source, SearchRun& run, PhiloxStream& random) {
  while (!run.spent()) run.Query(source.Next(run, random));
}

void SearchLocally(CellSource& source, SearchRun& run, PhiloxStream& random) {
  std::array<int, kNeighbours> order;
  std::iota(order.begin(), order.end(), 0);
  while (!run.spent()) {
    int cell = source.Next(run, random);
    double value = run.Query(cell);
    // Neighbours come in random order, as each is drawn from those not yet
    // seen.
    for (int seen = 0; seen < kNeighbours && !run.spent();) {
      std::swap(order[seen], order[seen + random.Below(kNeighbours - seen)]);
      const int neighbour = Neighbour(cell, order[seen++]);
      const double found = run.Query(neighbour);
      if (found > value) {
        cell = neighbour;
        value = found;
        seen = 0;
      }
    }
  }
}

void SearchByEvolution(const RegularizedEvolution& options, CellSource& source,
                       SearchRun& run, PhiloxStream& random) {
  struct Member {
    int cell;
    double value;
  };
  std::vector<Member> population;
  while (population.size() < options.population() && !run.spent()) {
    const int cell = source.Next(run, random);
    population.push_back({cell, run.Query(cell)});
  }
  size_t oldest = 0;
  for (int known = 0; !run.spent() && known < kMostKnownChildren;) {
    const Member* parent = nullptr;
    for (uint32_t i = 0; i < options.tournament(); ++i) {
      const Member& drawn = population[random.Below(population.size())];
      if (parent == nullptr || drawn.value > parent->value) parent = &drawn;
    }
    const int child = Neighbour(parent->cell, random.Below(kNeighbours));
    const int before = run.queries();
    population[oldest] = {child, run.Query(child)};
    oldest = (oldest + 1) % population.size();
    known = run.queries() > before ? 0 : known + 1;
  }
}

}  // namespace robbench
