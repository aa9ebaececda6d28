// Computes the scores of a network at initialisation that need LibTorch. Each
// is defined in a header of its name, which has its equation, source and unit.
// image_scores.cc includes them all, so that LibTorch is compiled once.
//
// Type and device are the state's (float32 or float64). LibTorch's exceptions
// pass through.
#ifndef NTK_PROXIES_IMAGE_SCORES_H_
#define NTK_PROXIES_IMAGE_SCORES_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "nas/network/normalizer.h"
#include "nas/network_plan.h"
#include "ntk/proxies/proxies.pb.h"

namespace robbench {

// What the scores are computed from.
struct ProxyInputs {
  NetworkPlan plan;
  Normalizer normalizer;
  std::vector<at::Tensor> state;
  at::Tensor images;             // [N, image_channels, H, W] in [0, 1]
  at::Tensor labels;             // int64 [N]
  std::vector<int64_t> samples;  // positions, which name the attacks' streams
  uint32_t seed = 0;             // of the attacks' starts and Zen's numbers
};

// Images under the name that a record gives them.
struct NamedImages {
  std::string name;
  at::Tensor images;
};

// Returns the images as they are under the name "clean", then what each attack
// of the spec makes of them under its name. `spec` must have passed
// CheckProxySpec. Attack a starts from the streams (seed, kEvaluationAttack, a,
// restart, image).
std::vector<NamedImages> AttackedImages(const ProxyInputs& inputs,
                                        const ProxySpec& spec);

// Returns the scores in the spec's order, for each set of images where they
// need images. `sets` come from AttackedImages. A score that is not a number is
// the quiet NaN without sign, so that records have the same bytes everywhere.
std::vector<ProxyScore> ImageScores(const ProxyInputs& inputs,
                                    const std::vector<NamedImages>& sets,
                                    const ProxySpec& spec);

}  // namespace robbench

#endif  // NTK_PROXIES_IMAGE_SCORES_H_
