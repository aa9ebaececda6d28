// Quantiles and probabilities of the distributions that judge small samples.
#ifndef ANALYSIS_STATISTICS_DISTRIBUTIONS_H_
#define ANALYSIS_STATISTICS_DISTRIBUTIONS_H_

namespace robbench {

// Returns t with P(T <= t) = p for Student's T. 0.5 <= p < 1 and degrees > 0
// are CHECKed; degrees need not be whole.
double StudentQuantile(double p, double degrees);

// Returns x with P(F <= x) = p, 0 < p < 1, for Fisher's F, the ratio of two
// estimates of one variance with `above` degrees of freedom in the numerator
// and `below` in the denominator.
double FisherQuantile(double p, double above, double below);

// Returns the probability of `least` or more successes in `trials` trials, each
// with probability `share`, 0 <= share <= 1.
double BinomialAtLeast(int least, int trials, double share);

}  // namespace robbench

#endif  // ANALYSIS_STATISTICS_DISTRIBUTIONS_H_
