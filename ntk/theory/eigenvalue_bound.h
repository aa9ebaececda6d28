// A lower bound on the smallest eigenvalue of the kernel of infinite width
// (infinite_kernel.h, whose S_l, B_l and D_l are used here).
//
// Theorem. Let |x_i| = 1, G = (<x_i, x_j>), h_r the coefficients of s_1 in the
// normalised Hermite polynomials, q_l = S_l(x, x) (the same for all inputs),
// nu_l = E[s_l'(sqrt(q_{l-1}) g)] with g standard normal, and
//
//   P = prod_{l=2}^{L-1} (a_{l-1} + nu_l^2 / L^2),   A = prod_{l=2}^{L-1}
//   a_{l-1}
//
// (1 for L = 2). Then for every R >= 1, with powers entry by entry,
//
//   lambda_min(K) >= lambda_min( sum_{r=1}^{R} (r P + A) h_r^2 G^{.r} ).
//
// Proof. Write X >= Y when X - Y is positive semi-definite. By Schur, X >= Y >=
// 0 and Z >= 0 give X.Z >= Y.Z (entry by entry), and so X1.X2 >= Y1.Y2 for X1
// >= Y1 >= 0, X2 >= Y2 >= 0. J is the matrix of ones.
// (1) S_l, D_l, B_l are limits of Gram matrices, so K's parts are all >= 0 and
//     K >= S_{L-1} + B_1.D_1.G.
// (2) On the sphere the diagonal of S_{l-1} is constant, so by Mehler's formula
//     D_l = sum_k c_k^2 C^{.k} with C = S_{l-1} / q_{l-1} >= 0 and c_k the
//     Hermite coefficients of z -> s_l'(sqrt(q_{l-1}) z). Keeping k = 0: D_l >=
//     nu_l^2 J. So B_1 = prod (a_{l-1} J + D_l / L^2) >= P J, and B_1.D_1.G >=
//     P D_1.G.
// (3) E[s_1' He_{r-1}] = E[s_1 He_r] (integration by parts), so the (r-1)-th
//     coefficient of s_1' is sqrt(r) h_r and D_1.G = sum_{r>=1} r h_r^2 G^{.r}.
// (4) f_l's entries are, in the limit, a random variable F_l = s_l(u) / L + a
//     F_{l-1} with independent summands and S_l = E[F_l F_l'] >= Cov(F_l, F_l')
//     = Cov(s_l, s_l') / L^2 + a Cov(F_{l-1}, F_{l-1}'), a^2 = a. Keeping only
//     the skips: S_{L-1} >= A Cov(s_1(u), s_1(v)) = A sum_{r>=1} h_r^2 G^{.r}.
// All powers G^{.r} >= 0, so the sum may stop at R; and X >= Y gives
// lambda_min(X) >= lambda_min(Y). QED
//
// The bound grows with R. Its summands alone give the form of Oymak and
// Soltanolkotabi (2020), Nguyen, Mondelli and Montufar (2021) and Zhu et al.
// (2022), (r P + A) h_r^2 lambda_min(G^{.r}) for any single r, which is weaker.
// The paper's own constants are not known here.
#ifndef NTK_THEORY_EIGENVALUE_BOUND_H_
#define NTK_THEORY_EIGENVALUE_BOUND_H_

#include <Eigen/Core>

#include "absl/status/statusor.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {

// The bound and its parts, named as in the theorem.
struct EigenvalueBound {
  double bound;          // R = kMaxHermiteDegree
  double single_power;   // the largest with a single r
  double slope_product;  // P
  double skip_product;   // A
};

// Bounds the kernel between the columns of x, for a `spec` as in
// InfiniteKernel. Rounding may make bounds of singular Gram matrices slightly
// negative. InvalidArgument when there is no column, or when a column's norm
// differs from 1 by more than 1e-9.
absl::StatusOr<EigenvalueBound> BoundMinEigenvalue(
    const ResidualNetworkSpec& spec, const Eigen::MatrixXd& x);

// The smallest eigenvalue of a symmetric matrix.
double MinEigenvalue(const Eigen::MatrixXd& matrix);

}  // namespace robbench

#endif  // NTK_THEORY_EIGENVALUE_BOUND_H_
