// Says which cells are the same in senses that the published classes
// (nas/isomorphism.h) do not have. There are three strings, each of which is
// equal for cells that are the same in its sense.
//
// The published classes keep "#+x" apart from "x" and a sum within a sum from
// one sum, though all of these compute the same; and they put together one
// convolution that is used twice through skips and two of their own, which
// have different parameters.
#ifndef NAS_NETWORK_IDENTITY_H_
#define NAS_NETWORK_IDENTITY_H_

#include <string>

#include "nas/cell.h"

namespace robbench {

// CanonicalString without the terms "#" of a sum: 5,390 classes of all cells.
std::string StringWithoutZeros(const Cell& cell);

// The same with the terms of a skipped sum among those of the sum that it goes
// into: 4,930 classes of all cells.
std::string FlattenedString(const Cell& cell);

// A string that is equal for two cells exactly when the networks made of them
// are equal up to the names of their parameters, apart from parameters that
// cannot reach the output: they have the same convolutions, shared or not, of
// the same inputs. Average pooling is linear, so that the pool of a sum is the
// sum of pools. A convolution whose input is zero is not zero, because its
// BatchNorm adds its beta.
std::string NetworkString(const Cell& cell);

}  // namespace robbench

#endif  // NAS_NETWORK_IDENTITY_H_
