#include "analysis/statistics/difference_error.h"

#include <algorithm>
#include <cmath>

namespace robbench {
namespace {

// These return the two parts of the square of a difference's error.
double SeedPart(const DifferenceErrorTerms& terms) {
  return terms.seed_variance *
         (1.0 / terms.our_seeds + 1.0 / terms.their_seeds);
}

double ImagePart(const DifferenceErrorTerms& terms) {
  return std::max(0.0, terms.accuracy * (1 - terms.accuracy) *
                           (1.0 / terms.our_images - 1.0 / terms.their_images));
}

}  // namespace

double DifferenceError(const DifferenceErrorTerms& terms) {
  return std::sqrt(SeedPart(terms) + ImagePart(terms));
}

double MeanDifferenceError(absl::Span<const DifferenceErrorTerms> cells) {
  double seeds = 0, images = 0;
  for (const DifferenceErrorTerms& terms : cells) {
    seeds += SeedPart(terms);
    images += std::sqrt(ImagePart(terms));
  }
  return std::sqrt(seeds + images * images) / cells.size();
}

}  // namespace robbench
