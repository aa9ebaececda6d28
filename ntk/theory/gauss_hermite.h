// Gauss-Hermite quadrature for a standard normal variable g:
//
//   E[p(g)] = sum_k weights[k] p(nodes[k])
//
// exactly for polynomials p of degree below 2 n. Nodes are the eigenvalues of
// the Jacobi matrix of the Hermite polynomials (Golub and Welsch 1969), weights
// 1 / sum_{r<n} h_r(node)^2 with normalised polynomials h_r.
#ifndef NTK_THEORY_GAUSS_HERMITE_H_
#define NTK_THEORY_GAUSS_HERMITE_H_

#include <Eigen/Core>

namespace robbench {

// A rule of n nodes.
struct GaussHermite {
  Eigen::ArrayXd nodes;    // ascending
  Eigen::ArrayXd weights;  // not negative, of sum 1
};

// Makes the rule of n >= 1 nodes.
GaussHermite MakeGaussHermite(int n);

}  // namespace robbench

#endif  // NTK_THEORY_GAUSS_HERMITE_H_
