// The iterates of Auto-PGD in the L-infinity ball (Croce, Hein: "Reliable
// evaluation of adversarial robustness with an ensemble of diverse
// parameter-free attacks", ICML 2020, Algorithm 1), without a network: losses
// and gradients come in, iterates go out. For each image, with its own step
// size eta (2 epsilon at first), P the projection on the ball and [0, 1]:
//
//   z      = P(x(k) + eta * sign(grad))
//   x(k+1) = P(x(k) + 0.75 (z - x(k)) + 0.25 (x(k) - x(k-1)))     (x(1) = z)
//
// At a checkpoint the step size is halved, and the walk starts again from the
// best iterate so far, if the loss rose in at most 0.75 of the steps since the
// last checkpoint (condition 1), or if neither the step size nor the best loss
// has changed since then (condition 2). Of N steps, the first checkpoint is
// after 0.22 N; each period is 0.03 N shorter than the one before, but 0.06 N
// at least (all rounded down, 1 at least).
//
// As in the authors' own code and where it is more definite than the paper:
// the loss before the first step counts as 0 in condition 1; condition 2 does
// not hold at the first checkpoint; "at most 0.75" includes equality.
#ifndef TRAINING_ATTACK_APGD_TRAJECTORY_H_
#define TRAINING_ATTACK_APGD_TRAJECTORY_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace robbench {

// Returns the start x + epsilon t / max|t|, clipped to [0, 1], where t is the
// `noise` of each image x, [B, C, H, W].
at::Tensor ApgdStart(const at::Tensor& images, const at::Tensor& noise,
                     double epsilon);

// The walk of a batch of images. Observe and Move are called by turns.
class ApgdTrajectory {
 public:
  // Images and start [B, C, H, W]; lengths in units of the pixels' range 1.
  ApgdTrajectory(const at::Tensor& images, const at::Tensor& start,
                 double epsilon, int steps);

  // The point where loss and gradient are wanted next.
  const at::Tensor& iterate() const { return iterate_; }
  // The iterate of the highest loss so far, and that loss [B].
  const at::Tensor& best() const { return best_; }
  const at::Tensor& best_loss() const { return best_loss_; }
  const at::Tensor& step_size() const { return step_size_; }  // [B]

  // Takes loss [B] and gradient [B, C, H, W] at iterate(). At a checkpoint this
  // may set iterate() to best().
  void Observe(const at::Tensor& loss, const at::Tensor& gradient);

  // Moves iterate() one step on.
  void Move();

  // Goes on with the images at `index` (int64 [b]) only.
  void Keep(const at::Tensor& index);

 private:
  void Check();

  at::Tensor lower_, upper_;  // the ball within [0, 1]
  at::Tensor iterate_, previous_iterate_, gradient_;
  at::Tensor best_, best_gradient_, best_loss_;
  at::Tensor step_size_;
  at::Tensor previous_loss_, rises_, best_loss_at_check_, halved_at_check_;
  int64_t observed_ = 0;
  bool moved_ = false;
  int since_check_ = 0;
  int period_;
  const int period_decrement_;
  const int shortest_period_;
};

}  // namespace robbench

#endif  // TRAINING_ATTACK_APGD_TRAJECTORY_H_
