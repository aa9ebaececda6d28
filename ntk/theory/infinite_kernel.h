// The kernel of a fully connected residual network (residual_network.h) as its
// width m goes to infinity, at initialisation.
//
// Forward. Given f_{l-1}, the entries of sqrt(m) W_l f_{l-1}(x) are independent
// Gaussians whose covariance between inputs is <f_{l-1}(x), f_{l-1}(x')>, and
// they are independent of f_{l-1} itself. Write S_l(x, x') for the limit of
// <f_l(x), f_l(x')> and M_l(x) for that of sum_i f_l(x)_i / sqrt(m). With
// (u, v) Gaussian of mean 0 and covariance S_{l-1}, S_0(x, x') = <x, x'>:
//
//   S_1(x, x') = E[s_1(u) s_1(v)],   M_1(x) = E[s_1(u)],
//   S_l(x, x') = E[s_l(u) s_l(v)] / L^2 + a S_{l-1}(x, x')
//                + a (M_{l-1}(x) E[s_l(v)] + E[s_l(u)] M_{l-1}(x')) / L,
//   M_l(x)     = E[s_l(u)] / L + a M_{l-1}(x),        a = a_{l-1}.
//
// The mixed terms are those of the branch with the skip: <f_{l-1}(x),
// s_l(..(x'))> = sum_i f_{l-1}(x)_i s_l(g_i) / sqrt(m) with g independent of
// f_{l-1}, so its limit is M_{l-1}(x) E[s_l(v)]. They vanish for odd
// activations only; leaving them out for ReLU gives a kernel that wide networks
// do not approach.
//
// Backward. Let B_l(x, x') be the limit of <df/df_l(x), df/df_l(x')>, and D_l =
// E[s_l'(u) s_l'(v)]. As w_L is independent of the rest with mean 0, the
// transposed weights act like independent copies (Yang 2020, "Tensor Programs
// II", simple GIA check), so the two summands of df/df_{l-1} = a df/df_l +
// W_l^T delta_l have no mixed terms and |delta_l|^2 factorises:
//
//   B_{L-1} = 1,   B_{l-1} = B_l (a_{l-1} + D_l / L^2)
//
// Kernel. By <delta_l, delta_l'> <f_{l-1}, f_{l-1}'>, and w_L's own part:
//
//   K = S_{L-1} + sum_{l=2}^{L-1} B_l D_l S_{l-1} / L^2 + B_1 D_1 S_0
//
// all products entry by entry. For L = 2 and ReLU on the sphere this is
// the known rho (pi - t) / (2 pi) + (sin t + (pi - t) rho) / (2 pi), t =
// arccos(rho).
#ifndef NTK_THEORY_INFINITE_KERNEL_H_
#define NTK_THEORY_INFINITE_KERNEL_H_

#include <Eigen/Core>

#include "ntk/theory/theory.pb.h"

namespace robbench {

// Returns the kernel [n, n] between the columns of x [inputs, n], which may
// have any norm. `spec` must be fully connected and have passed
// CheckNetworkSpec; the former is CHECKed.
Eigen::MatrixXd InfiniteKernel(const ResidualNetworkSpec& spec,
                               const Eigen::MatrixXd& x);

}  // namespace robbench

#endif  // NTK_THEORY_INFINITE_KERNEL_H_
