// Adversarial examples of the theory's networks: x~ = A_epsilon(x, W).
//
// Labels are y = -1 or 1, and the loss falls with y f(x), so its gradient has
// the direction of -y df/dx whatever the loss. A step goes step_size along the
// sign of the gradient (LINF) or along its direction (L2; a gradient of zero
// gives no step), then back to the nearest point of the ball around x. There is
// no projection on a range of pixels: inputs are scaled images, whose range
// depends on the image. So x~ need not have norm 1.
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

// Returns InvalidArgument, naming `path`, `field` and the fault, when epsilon
// or step size is outside [0, 10] or steps is outside 1 ... 1,000.
absl::Status CheckInputAttack(const std::string& path, const std::string& field,
                              const InputAttack& attack);

// Gives the random numbers for the start of a column of x. It is called only
// for attacks with a random start.
using StartStream = std::function<PhiloxStream(Eigen::Index column)>;

// Returns an adversarial example for each column of x [inputs, n], whose labels
// are y [n]. `attack` must have passed CheckInputAttack.
Eigen::MatrixXd AttackInputs(const ResidualNetwork& network,
                             const Eigen::MatrixXd& x, const Eigen::VectorXd& y,
                             const InputAttack& attack,
                             const StartStream& start);

}  // namespace robbench

#endif  // NTK_THEORY_INPUT_ATTACK_H_
