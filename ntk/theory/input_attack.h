// Adversarial examples of the theory's networks: x~ = A_epsilon(x, W).
//
// Labels are y = -1 or 1, and the loss falls with y f(x), so its gradient has
// the direction of -y df/dx whatever the loss. A step goes step_size along its
// sign (LINF) or its direction (L2; nowhere where it is zero), then back to the
// nearest point of the ball around x. Nothing else is projected onto: inputs
// are scaled images, whose range of pixels hangs on the image, and x~ need not
// have norm 1.
#ifndef NTK_THEORY_INPUT_ATTACK_H_
#define NTK_THEORY_INPUT_ATTACK_H_

#include <Eigen/Core>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "nas/base/philox.h"
#include "ntk/theory/residual_network.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {

// InvalidArgument naming `path`, `field` and what is wrong in it: epsilon or
// step size outside [0, 10], steps outside 1 ... 1,000.
absl::Status CheckInputAttack(const std::string& path, const std::string& field,
                              const InputAttack& attack);

// Random numbers of the start of a column; only asked for random starts.
using StartStream = std::function<PhiloxStream(Eigen::Index column)>;

// One for each column of x [inputs, n]; y [n]. `attack` must have passed
// CheckInputAttack.
Eigen::MatrixXd AttackInputs(const ResidualNetwork& network,
                             const Eigen::MatrixXd& x, const Eigen::VectorXd& y,
                             const InputAttack& attack,
                             const StartStream& start);

}  // namespace robbench

#endif  // NTK_THEORY_INPUT_ATTACK_H_
