#include "ntk/proxies/image_scores.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "nas/base/philox.h"
#include "nas/network/cpu_backend.h"
#include "nas/network/folded_network.h"
#include "ntk/network_kernels.h"
#include "ntk/proxies/activation_codes.h"
#include "ntk/proxies/correlation.h"
#include "ntk/proxies/croze.h"
#include "ntk/proxies/epe_nas.h"
#include "ntk/proxies/fisher.h"
#include "ntk/proxies/gradient_norm.h"
#include "ntk/proxies/grasp.h"
#include "ntk/proxies/input_gradient_norm.h"
#include "ntk/proxies/jacobian_covariance.h"
#include "ntk/proxies/l2_norm.h"
#include "ntk/proxies/linear_regions.h"
#include "ntk/proxies/local_linearity.h"
#include "ntk/proxies/naswot.h"
#include "ntk/proxies/network_pass.h"
#include "ntk/proxies/plain.h"
#include "ntk/proxies/snip.h"
#include "ntk/proxies/synflow.h"
#include "ntk/proxies/zen.h"
#include "ntk/proxies/zico.h"
#include "training/attack/cross_entropy.h"
#include "training/evaluation/run_attack.h"

namespace robbench {
namespace {

// Returns the network that attacks see, whose BatchNorm has the statistics of
// the clean batch and keeps them.
std::unique_ptr<FoldedNetwork> CalibratedNetwork(const ProxyInputs& inputs,
                                                 const at::Tensor& clean) {
  return CpuBackend().MakeFoldedNetwork(
      inputs.plan, inputs.normalizer,
      CalibratedState(inputs.plan, inputs.normalizer, inputs.state, clean));
}

class Scorer {
 public:
  Scorer(const ProxyInputs& inputs, const std::vector<NamedImages>& sets,
         const ProxySpec& spec)
      : inputs_(inputs),
        network_{inputs.plan, inputs.normalizer, inputs.state},
        sets_(sets),
        spec_(spec) {}

  std::vector<ProxyScore> Run() {
    ScoreNetwork();
    for (const NamedImages& set : sets_) {
      const bool is_clean = &set == &sets_.front();
      ScoreBatch(set, is_clean);
      ScoreSingleImages(set, is_clean);
    }
    std::stable_sort(
        scores_.begin(), scores_.end(),
        [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<ProxyScore> sorted;
    for (auto& [place, score] : scores_) sorted.push_back(std::move(score));
    return sorted;
  }

 private:
  using Score = ProxySpec::Score;

  bool Wants(Score score) const { return Place(score) < spec_.score_size(); }

  bool WantsAny(std::initializer_list<Score> scores) const {
    return std::any_of(scores.begin(), scores.end(),
                       [&](Score score) { return Wants(score); });
  }

  int Place(Score score) const {
    return static_cast<int>(
        std::find(spec_.score().begin(), spec_.score().end(), score) -
        spec_.score().begin());
  }

  // Adds the value of `compute` if the spec wants the score. `set` is null for
  // scores that need no images.
  template <typename Compute>
  void Add(Score score, const NamedImages* set, Compute compute) {
    if (!Wants(score)) return;
    const double value = compute();
    ProxyScore& added = scores_.emplace_back(Place(score), ProxyScore()).second;
    added.set_score(absl::AsciiStrToLower(ProxySpec::Score_Name(score)));
    if (set != nullptr) added.set_images(set->name);
    added.set_value(std::isnan(value) ? std::numeric_limits<double>::quiet_NaN()
                                      : value);
  }

  void ScoreNetwork() {
    Add(ProxySpec::L2_NORM, nullptr, [&] { return L2Norm(network_); });
    Add(ProxySpec::SYNFLOW, nullptr, [&] { return Synflow(network_); });
    Add(ProxySpec::ZEN, nullptr,
        [&] { return Zen(network_, inputs_.images.size(0), inputs_.seed); });
  }

  // Adds the scores whose BatchNorm has the statistics of the batch.
  void ScoreBatch(const NamedImages& set, bool is_clean) {
    Add(ProxySpec::GRASP, &set,
        [&] { return Grasp(network_, set.images, inputs_.labels); });
    Add(ProxySpec::ZICO, &set,
        [&] { return Zico(network_, set.images, inputs_.labels); });
    if (!is_clean) {
      Add(ProxySpec::CROZE, &set,
          [&] { return Croze(*clean_, set.images, inputs_.labels); });
    }
    const bool for_croze =
        is_clean && sets_.size() > 1 && Wants(ProxySpec::CROZE);
    const bool gradients =
        for_croze || WantsAny({ProxySpec::GRADIENT_NORM, ProxySpec::SNIP,
                               ProxySpec::PLAIN, ProxySpec::FISHER});
    const bool jacobian =
        WantsAny({ProxySpec::JACOBIAN_COVARIANCE, ProxySpec::EPE_NAS});
    const bool codes = WantsAny({ProxySpec::NASWOT, ProxySpec::LINEAR_REGIONS});
    if (!gradients && !jacobian && !codes) return;
    NetworkPass pass = RunForward(network_, set.images);
    if (codes) ScoreCodes(set, pass);
    if (jacobian) ScoreJacobian(set, pass);
    if (!gradients) return;
    RunBackward(pass, inputs_.labels, Wants(ProxySpec::FISHER));
    Add(ProxySpec::GRADIENT_NORM, &set, [&] { return GradientNorm(pass); });
    Add(ProxySpec::SNIP, &set, [&] { return Snip(pass); });
    Add(ProxySpec::PLAIN, &set, [&] { return Plain(pass); });
    Add(ProxySpec::FISHER, &set, [&] { return Fisher(pass); });
    if (!for_croze) return;
    pass.gradients.values.clear();
    clean_.emplace(std::move(pass));
  }

  void ScoreCodes(const NamedImages& set, const NetworkPass& pass) {
    const std::vector<ActivationCode> codes = ActivationCodes(pass);
    Add(ProxySpec::NASWOT, &set, [&] { return Naswot(codes); });
    Add(ProxySpec::LINEAR_REGIONS, &set, [&] { return LinearRegions(codes); });
  }

  void ScoreJacobian(const NamedImages& set, const NetworkPass& pass) {
    const Eigen::MatrixXd correlations = RowCorrelations(InputJacobian(pass));
    Add(ProxySpec::JACOBIAN_COVARIANCE, &set,
        [&] { return JacobianCovariance(correlations); });
    Add(ProxySpec::EPE_NAS, &set, [&] {
      const at::Tensor labels = inputs_.labels.to(at::kCPU).contiguous();
      const int64_t* first = labels.data_ptr<int64_t>();
      return EpeNas(correlations, {first, first + labels.numel()},
                    inputs_.plan.size.classes);
    });
  }

  // Adds the scores of the network that attacks see.
  void ScoreSingleImages(const NamedImages& set, bool is_clean) {
    if (!WantsAny(
            {ProxySpec::INPUT_GRADIENT_NORM, ProxySpec::LOCAL_LINEARITY})) {
      return;
    }
    if (calibrated_ == nullptr) {
      calibrated_ = CalibratedNetwork(inputs_, sets_.front().images);
    }
    const at::Tensor gradients =
        calibrated_->ImageGradient(set.images, [&](const at::Tensor& logits) {
          return CrossEntropyGradient(logits, inputs_.labels);
        });
    Add(ProxySpec::INPUT_GRADIENT_NORM, &set,
        [&] { return InputGradientNorm(gradients); });
    if (is_clean) {
      clean_gradients_ = gradients;
      return;
    }
    Add(ProxySpec::LOCAL_LINEARITY, &set,
        [&] { return LocalLinearity(clean_gradients_, gradients); });
  }

  const ProxyInputs& inputs_;
  const UntrainedNetwork network_;
  const std::vector<NamedImages>& sets_;
  const ProxySpec& spec_;
  std::optional<NetworkPass> clean_;
  std::unique_ptr<FoldedNetwork> calibrated_;
  at::Tensor clean_gradients_;
  std::vector<std::pair<int, ProxyScore>> scores_;  // by place in the spec
};

}  // namespace

std::vector<NamedImages> AttackedImages(const ProxyInputs& inputs,
                                        const ProxySpec& spec) {
  std::vector<NamedImages> sets = {{"clean", inputs.images}};
  if (spec.attacks().empty()) return sets;
  const std::unique_ptr<FoldedNetwork> network =
      CalibratedNetwork(inputs, inputs.images);
  for (int a = 0; a < spec.attacks_size(); ++a) {
    sets.push_back(
        {spec.attacks(a).name(),
         RunAttack(*network, spec.attacks(a), inputs.images, inputs.labels,
                   {.seed = inputs.seed,
                    .purpose = Purpose::kEvaluationAttack,
                    .epoch = static_cast<uint32_t>(a),
                    .samples = inputs.samples})});
  }
  return sets;
}

std::vector<ProxyScore> ImageScores(const ProxyInputs& inputs,
                                    const std::vector<NamedImages>& sets,
                                    const ProxySpec& spec) {
  return Scorer(inputs, sets, spec).Run();
}

}  // namespace robbench
