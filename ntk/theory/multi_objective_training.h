// Multi-objective adversarial training of the theory's networks (Algorithm 1 of
// the paper): SGD from the initial weights on
//
//   (1 - b) loss(y f(x)) + b loss(y f(x~)),   loss(z) = log(1 + exp(-z)),
//
// where x~ is the adversarial example of x under the weights of the step. The
// loss of a batch is the mean over its inputs, and x~ is held fixed in the
// gradient. With b = 0 training is on clean inputs only, with b = 1 on
// adversarial ones only.
//
//   ROBBENCH_RETURN_IF_ERROR(
//       TrainMultiObjective(x, y, /*b=*/0.5, training, seed, *network));
#ifndef NTK_THEORY_MULTI_OBJECTIVE_TRAINING_H_
#define NTK_THEORY_MULTI_OBJECTIVE_TRAINING_H_

#include <Eigen/Core>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "ntk/theory/residual_network.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {

// Returns InvalidArgument, naming `path`, `field` and the fault, for a learning
// rate that is not above 0, for no epoch or more than 10,000, for an empty
// batch, and for an attack that CheckInputAttack refuses.
absl::Status CheckTraining(const std::string& path, const std::string& field,
                           const MultiObjectiveTraining& training);

// Trains `network` from its weights on the columns of x [inputs, n] with labels
// y [n] of -1 and 1. The order of inputs is drawn from the streams (seed,
// kShuffle, epoch), and starts of attacks from (seed, kTrainingAttack, epoch,
// 0, input). InvalidArgument for b outside [0, 1]; Internal, naming epoch and
// step, when an output is not finite.
absl::Status TrainMultiObjective(const Eigen::MatrixXd& x,
                                 const Eigen::VectorXd& y, double b,
                                 const MultiObjectiveTraining& training,
                                 uint32_t seed, ResidualNetwork& network);

// Returns the share of inputs with y f(x) <= 0, which are misclassified.
double ErrorShare(const ResidualNetwork& network, const Eigen::MatrixXd& x,
                  const Eigen::VectorXd& y);

}  // namespace robbench

#endif  // NTK_THEORY_MULTI_OBJECTIVE_TRAINING_H_
