// Multi-objective adversarial training of the theory's networks (Algorithm 1 of
// the paper): SGD from the initial weights on
//
//   (1 - b) loss(y f(x)) + b loss(y f(x~)),   loss(z) = log(1 + exp(-z)),
//
// x~ the adversarial example of x under the weights of the step. Batches are
// means; x~ is held fixed in the gradient. b = 0 is training on clean inputs,
// b = 1 on adversarial ones only.
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

// InvalidArgument naming `path`, `field` and what is wrong in it: a learning
// rate that is not above 0, no epoch or more than 10,000, no batch, an attack
// that CheckInputAttack refuses.
absl::Status CheckTraining(const std::string& path, const std::string& field,
                           const MultiObjectiveTraining& training);

// Changes `network`. Order of the inputs: streams (seed, kShuffle, epoch);
// starts of attacks: (seed, kTrainingAttack, epoch, 0, input). Errors:
// InvalidArgument for b outside [0, 1]; Internal naming epoch and step when an
// output is not finite.
absl::Status TrainMultiObjective(const Eigen::MatrixXd& x,
                                 const Eigen::VectorXd& y, double b,
                                 const MultiObjectiveTraining& training,
                                 uint32_t seed, ResidualNetwork& network);

// The share of inputs with y f(x) <= 0.
double ErrorShare(const ResidualNetwork& network, const Eigen::MatrixXd& x,
                  const Eigen::VectorXd& y);

}  // namespace robbench

#endif  // NTK_THEORY_MULTI_OBJECTIVE_TRAINING_H_
