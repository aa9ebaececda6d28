// How many forward passes a score costs, by its definition in ntk/proxies.
//
// Unit: forward passes of each image of the batch, as robbench plan counts. A
// gradient in the images is two (each convolution's backward pass costs what
// its forward pass does), one in the weights three. Scores of an attack's
// images have the attack in them, as whoever wants that score alone has to make
// the images; attacks and scores that see BatchNorm fixed have one more pass,
// for its statistics.
//
//   counts, l2_norm                        0
//   synflow                                3 / images: one image of ones
//   naswot, linear_regions                 1
//   zen, jacobian_covariance, epe_nas      2
//   gradient_norm, snip, plain, fisher,
//   zico                                   3
//   grasp                                  9: the gradient's gradient passes
//                                          through its three passes again
//   input_gradient_norm                    1 + 2
//   local_linearity                        1 + 2 + 2, and the attack
//   croze                                  3 + 3, and the attack
//   on an attack's images                  + 2 a step of it, + 1 for BatchNorm
//   short trainings                        short/add_short_training.h
#ifndef ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_COST_H_
#define ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_COST_H_

#include <optional>
#include <string>

#include "ntk/proxies/proxies.pb.h"
#include "training/attack_suite.pb.h"

namespace robbench {

// Of an attack on an image. Absent for attacks other than FGSM and PGD's last
// iterate of one run.
std::optional<double> AttackPasses(const Attack& attack);

// Of a score of records of `spec`; `images` is empty for what is of no images.
// Absent for a score that is not listed above, images that are not of the spec,
// and attacks without a number of passes.
std::optional<double> ForwardPasses(const ProxySpec& spec,
                                    const std::string& score,
                                    const std::string& images);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_COST_H_
