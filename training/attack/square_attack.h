// The Square attack in the L-infinity ball: black-box, by random search
// (Andriushchenko, Croce, Flammarion, Hein: "Square attack: a query-efficient
// black-box adversarial attack via random search", ECCV 2020, Algorithms 1 and
// 2). The start has vertical stripes of one pixel, each +-epsilon by channel.
// Every query proposes a square at a random place, +-2 epsilon by channel,
// added to the best image so far and projected on the ball and [0, 1]; it is
// kept where it lowers the margin z_y - max_{i != y} z_i or fools the network.
// The share of the image that a square covers falls with the queries
// (SquareShare).
//
// An image is left as soon as it is misclassified. Others return the best image
// found; images that are misclassified already are returned as they are.
#ifndef TRAINING_ATTACK_SQUARE_ATTACK_H_
#define TRAINING_ATTACK_SQUARE_ATTACK_H_

#include <ATen/core/Tensor.h>

#include "nas/network/folded_network.h"
#include "training/attack/attack_streams.h"

namespace robbench {

// Lengths in units of the pixels' range 1.
struct SquareOptions {
  double epsilon = 8 / 255.0;
  int queries = 5000;          // after the start
  double initial_share = 0.8;  // p of the paper, of the first squares
};

// Returns the share of the pixels, in (0, 1], that the square of query number
// `query` (from 0) covers. It is halved after the queries 10, 50, 200, 500,
// 1000, 2000, 4000, 6000, 8000 of 10,000, and in proportion for other numbers
// of queries.
double SquareShare(const SquareOptions& options, int query);

// Returns adversarial examples of `images` [B, C, H, W] in [0, 1] with `labels`
// int64 [B]. It sees logits only.
at::Tensor RunSquare(const FoldedNetwork& network, const at::Tensor& images,
                     const at::Tensor& labels, const SquareOptions& options,
                     const AttackStreams& streams);

}  // namespace robbench

#endif  // TRAINING_ATTACK_SQUARE_ATTACK_H_
