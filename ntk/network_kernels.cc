#include "ntk/network_kernels.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "nas/base/philox.h"
#include "nas/base/status_macros.h"
#include "nas/network/backend.h"
#include "nas/network/backend_choice.h"
#include "nas/network/folded_network.h"
#include "nas/network/make_backend.h"
#include "nas/network/network.h"
#include "nas/network/normalizer.h"
#include "ntk/gradients/gradient_kernel.h"
#include "ntk/gradients/scalar_output.h"
#include "ntk/kernel_scores.h"
#include "training/attack/pgd_attack.h"

namespace robbench {
namespace {

Eigen::MatrixXd ToMatrix(const at::Tensor& kernel) {
  const at::Tensor rows = kernel.contiguous();
  using RowMajor =
      Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const RowMajor>(rows.data_ptr<double>(), rows.size(0),
                                    rows.size(1));
}

GradientKernelOptions OptionsOf(const NtkSpec& spec, BackendChoice backend) {
  GradientKernelOptions options;
  switch (spec.scalar()) {
    case NtkSpec::SUM_OF_LOGITS:
      options.scalar.kind = ScalarOutput::kSumOfLogits;
      break;
    case NtkSpec::ONE_CLASS:
      options.scalar = {ScalarOutput::kOneClass,
                        static_cast<int>(spec.scalar_class())};
      break;
    case NtkSpec::MARGIN:
      options.scalar.kind = ScalarOutput::kMargin;
      break;
    case NtkSpec::ALL_LOGITS:
      options.scalar.kind = ScalarOutput::kAllLogits;
      break;
  }
  options.weights_only = spec.parameters() == NtkSpec::WEIGHTS;
  options.batch_statistics = spec.batch_norm() == NtkSpec::BATCH;
  options.backend = backend;
  return options;
}

// The kernel's name: "robust_twice_8" in a spec of several epsilons, else
// "robust_twice".
std::string NameOf(KernelScore::Kind kind, const NtkSpec& spec,
                   double epsilon) {
  std::string name = absl::AsciiStrToLower(KernelScore::Kind_Name(kind));
  if (kind != KernelScore::CLEAN && spec.attack().epsilon_size() > 1) {
    absl::StrAppend(&name, "_", epsilon);
  }
  return name;
}

// A kernel that is still to be computed, and the sets that it is between.
struct PlannedKernel {
  NetworkKernel kernel;
  KernelPair pair;
};

std::vector<PlannedKernel> PlanKernels(const NtkSpec& spec) {
  std::vector<PlannedKernel> planned;
  const auto add = [&](KernelScore::Kind kind, double epsilon,
                       const KernelPair& pair) {
    NetworkKernel& kernel = planned.emplace_back().kernel;
    kernel.name = NameOf(kind, spec, epsilon);
    kernel.kind = kind;
    if (kind != KernelScore::CLEAN) kernel.epsilon = epsilon;
    planned.back().pair = pair;
  };
  add(KernelScore::CLEAN, 0, {0, 0});
  int last = 0;
  for (const double epsilon : spec.attack().epsilon()) {
    const int robust = ++last;
    add(KernelScore::CROSS, epsilon, {0, robust});
    add(KernelScore::ROBUST, epsilon, {robust, robust});
    if (!spec.twice()) continue;
    const int twice = ++last;
    add(KernelScore::CROSS_TWICE, epsilon, {robust, twice});
    add(KernelScore::ROBUST_TWICE, epsilon, {twice, twice});
  }
  return planned;
}

absl::Status AddMixtures(KernelScore::Kind kind, const NtkSpec& spec,
                         const NetworkKernel& clean, const NetworkKernel& cross,
                         const NetworkKernel& robust,
                         std::vector<NetworkKernel>& kernels) {
  for (const double mix : spec.mix()) {
    NetworkKernel kernel{
        .name = absl::StrCat(NameOf(kind, spec, *cross.epsilon), "_", mix),
        .kind = kind,
        .epsilon = cross.epsilon,
        .mix = mix};
    ROBBENCH_ASSIGN_OR_RETURN(
        kernel.matrix,
        MixedKernel(clean.matrix, cross.matrix, robust.matrix, mix));
    kernels.push_back(std::move(kernel));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<at::Tensor> CalibratedState(const NetworkPlan& plan,
                                        const Normalizer& normalizer,
                                        const std::vector<at::Tensor>& state,
                                        const at::Tensor& images) {
  const Trace trace =
      Forward(plan, normalizer, state, images, NetworkMode::kTrain);
  std::vector<at::Tensor> calibrated = state;
  for (size_t p = 0; p < plan.parameters.size(); ++p) {
    const Parameter& parameter = plan.parameters[p];
    const Layer& layer = plan.layers[parameter.layer];
    if (parameter.kind == ParameterKind::kRunningMean) {
      calibrated[p] = trace.batch_mean[parameter.layer];
    } else if (parameter.kind == ParameterKind::kRunningVariance) {
      const double values =
          static_cast<double>(images.size(0)) * layer.in_size * layer.in_size;
      calibrated[p] =
          trace.batch_variance[parameter.layer] * ((values - 1) / values);
    }
  }
  return calibrated;
}

KernelSets AttackImages(const NetworkPlan& plan, const Normalizer& normalizer,
                        const std::vector<at::Tensor>& state,
                        const KernelImages& images, const NtkSpec& spec,
                        BackendChoice backend) {
  KernelSets result;
  result.state = spec.batch_norm() == NtkSpec::EVAL
                     ? state
                     : CalibratedState(plan, normalizer, state, images.images);
  const std::shared_ptr<const Backend> maker = MakeBackend(backend);
  const std::unique_ptr<FoldedNetwork> network =
      maker->MakeFoldedNetwork(plan, normalizer, result.state);
  const NtkAttack& attack = spec.attack();
  // Round 0 attacks the images, round 1 their adversarial examples.
  const auto run = [&](const at::Tensor& centre, double epsilon,
                       uint32_t round) {
    return RunPgd(*network, centre, images.labels,
                  {.epsilon = epsilon / 255,
                   .step_size = attack.relative_step_size() * epsilon / 255,
                   .steps = static_cast<int>(attack.steps()),
                   .random_start = attack.random_start()},
                  {.seed = images.seed,
                   .purpose = Purpose::kNtkAttack,
                   .step = round,
                   .samples = images.samples});
  };
  result.sets.push_back({"clean", images.images});
  for (const double epsilon : attack.epsilon()) {
    const at::Tensor robust = run(images.images, epsilon, 0);
    result.sets.push_back({NameOf(KernelScore::ROBUST, spec, epsilon), robust});
    if (!spec.twice()) continue;
    result.sets.push_back({NameOf(KernelScore::ROBUST_TWICE, spec, epsilon),
                           run(robust, epsilon, 1)});
  }
  return result;
}

absl::StatusOr<std::vector<NetworkKernel>> NetworkKernels(
    const NetworkPlan& plan, const Normalizer& normalizer,
    const KernelSets& sets, const at::Tensor& labels, const NtkSpec& spec,
    BackendChoice backend) {
  const std::vector<PlannedKernel> planned = PlanKernels(spec);
  std::vector<KernelPair> pairs;
  for (const PlannedKernel& kernel : planned) pairs.push_back(kernel.pair);
  ROBBENCH_ASSIGN_OR_RETURN(
      const std::vector<at::Tensor> computed,
      GradientKernels(plan, normalizer, sets.state, sets.sets, labels, pairs,
                      OptionsOf(spec, backend)));
  std::vector<NetworkKernel> kernels;
  for (size_t k = 0; k < planned.size(); ++k) {
    kernels.push_back(planned[k].kernel);
    kernels.back().matrix = ToMatrix(computed[k]);
    // The mixtures of an epsilon follow its last kernel.
    const bool is_last =
        spec.twice() ? planned[k].kernel.kind == KernelScore::ROBUST_TWICE
                     : planned[k].kernel.kind == KernelScore::ROBUST;
    if (!is_last) continue;
    std::vector<NetworkKernel> mixtures;
    const size_t first = kernels.size() - (spec.twice() ? 4 : 2);
    ROBBENCH_RETURN_IF_ERROR(AddMixtures(KernelScore::MIXED, spec, kernels[0],
                                         kernels[first], kernels[first + 1],
                                         mixtures));
    if (spec.twice()) {
      ROBBENCH_RETURN_IF_ERROR(
          AddMixtures(KernelScore::MIXED_TWICE, spec, kernels[first + 1],
                      kernels[first + 2], kernels[first + 3], mixtures));
    }
    for (NetworkKernel& kernel : mixtures) kernels.push_back(std::move(kernel));
  }
  return kernels;
}

}  // namespace robbench
