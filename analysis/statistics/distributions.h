// Probability distributions of small samples.
#ifndef ANALYSIS_STATISTICS_DISTRIBUTIONS_H_
#define ANALYSIS_STATISTICS_DISTRIBUTIONS_H_

namespace robbench {

// t with P(T <= t) = p for Student's T; 0.5 <= p < 1, degrees > 0 (they need
// not be whole). CHECKed.
double StudentQuantile(double p, double degrees);

// x with P(F <= x) = p for Fisher's F, the ratio of two estimates of one
// variance with so many degrees of freedom above and below; 0 < p < 1.
double FisherQuantile(double p, double above, double below);

// The probability of `least` or more of `trials`, each with probability
// `share`; 0 <= share <= 1.
double BinomialAtLeast(int least, int trials, double share);

}  // namespace robbench

#endif  // ANALYSIS_STATISTICS_DISTRIBUTIONS_H_
