#include "training/attack/apgd_attack.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>

#include "training/attack/apgd_trajectory.h"
#include "training/attack/cross_entropy.h"
#include "training/attack/dlr_loss.h"
#include "training/attack/predictions.h"

namespace robbench {
namespace {

using at::Tensor;

// The images that one run has still to fool.
struct Remaining {
  Tensor positions;  // in the batch
  Tensor images;
  Tensor labels;
  Tensor targets;  // undefined: none

  Remaining At(const Tensor& index) const {
    return {positions.index_select(0, index), images.index_select(0, index),
            labels.index_select(0, index),
            targets.defined() ? targets.index_select(0, index) : targets};
  }
};

LossAndGradient Loss(ApgdLoss loss, const Tensor& logits, const Tensor& labels,
                     const Tensor& targets) {
  switch (loss) {
    case ApgdLoss::kCrossEntropy:
      return {CrossEntropy(logits, labels),
              CrossEntropyGradient(logits, labels)};
    case ApgdLoss::kDlr:
      return DlrLoss(logits, labels);
    case ApgdLoss::kTargetedDlr:
      return TargetedDlrLoss(logits, labels, targets);
  }
  return {};
}

// Makes one run. Writes its examples to the rows of `result` and returns the
// positions of the images that it did not fool.
Tensor RunOnce(const FoldedNetwork& network, Remaining remaining,
               const ApgdOptions& options, const AttackStreams& streams,
               Tensor& result) {
  ApgdTrajectory trajectory(
      remaining.images,
      ApgdStart(remaining.images, UniformNoise(remaining.images, streams),
                options.epsilon),
      options.epsilon, options.steps);
  for (int step = 0;; ++step) {
    const bool last = step == options.steps;
    Tensor loss, fooled;
    Tensor gradient =
        network.ImageGradient(trajectory.iterate(), [&](const Tensor& logits) {
          const LossAndGradient value =
              Loss(options.loss, logits, remaining.labels, remaining.targets);
          loss = value.loss;
          fooled = logits.argmax(1).ne(remaining.labels);
          // A gradient of zero saves the backward pass where its result would
          // not be used.
          return last ? at::zeros_like(logits)
                      : value.gradient.masked_fill(fooled.unsqueeze(1), 0);
        });
    const Tensor done = Positions(fooled);
    if (done.numel() > 0) {
      result.index_copy_(0, remaining.positions.index_select(0, done),
                         trajectory.iterate().index_select(0, done));
      const Tensor others = Positions(fooled.eq(0));
      remaining = remaining.At(others);
      if (others.numel() == 0) break;
      trajectory.Keep(others);
      loss = loss.index_select(0, others);
      gradient = gradient.index_select(0, others);
    }
    trajectory.Observe(loss, gradient);
    if (last) {
      result.index_copy_(0, remaining.positions, trajectory.best());
      break;
    }
    trajectory.Move();
  }
  return remaining.positions;
}

}  // namespace

at::Tensor RunApgd(const FoldedNetwork& network, const at::Tensor& images,
                   const at::Tensor& labels, const ApgdOptions& options,
                   const AttackStreams& streams) {
  at::NoGradGuard no_graph;
  const bool targeted = options.loss == ApgdLoss::kTargetedDlr;
  const Tensor logits = network.Logits(images);
  const Tensor targets =
      targeted ? LikeliestOtherClasses(logits, labels, options.targets)
               : Tensor();
  const int runs = (targeted ? options.targets : 1) * options.restarts;
  Tensor result = images.clone();
  Tensor positions = CorrectImages(logits, labels);
  for (int run = 0; run < runs && positions.numel() > 0; ++run) {
    const Remaining all{positions, images.index_select(0, positions),
                        labels.index_select(0, positions),
                        targeted ? targets.select(1, run / options.restarts)
                                       .index_select(0, positions)
                                 : Tensor()};
    positions = RunOnce(network, all, options,
                        SelectStreams(streams, positions, run), result);
  }
  return result;
}

}  // namespace robbench
