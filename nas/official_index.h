// Computes the official index of a cell, by which the authors' files name it,
// without a data file.
//
// The authors list all 15,625 cells in nested order (the six-digit code read
// as a number in base 5: the *position*) and then call CPython 3's
// random.seed(88); random.shuffle(cells). The index of a cell is its place
// after the shuffle. Both directions are computed once, on first use.
#ifndef NAS_OFFICIAL_INDEX_H_
#define NAS_OFFICIAL_INDEX_H_

namespace robbench {

inline constexpr int kNumCells = 15625;  // 5^6

// Each is the inverse of the other. Arguments are CHECKed to be
// 0 ... kNumCells - 1, and results are in the same range.
int OfficialIndexOfPosition(int position);
int PositionOfOfficialIndex(int index);

}  // namespace robbench

#endif  // NAS_OFFICIAL_INDEX_H_
