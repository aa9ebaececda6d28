#include "training/parity/parity_golden.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>

#include <cmath>
#include <cstdint>
#include <cstring>

namespace robbench {
namespace {

std::vector<double> RuleVector(uint64_t stream, int64_t count) {
  std::vector<double> values(count);
  for (int64_t i = 0; i < count; ++i) {
    uint64_t z =
        (static_cast<uint64_t>(i) + (stream << 32)) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z = z ^ (z >> 31);
    values[i] = static_cast<double>(z >> 11) * 0x1p-52 - 1.0;
  }
  return values;
}

double Norm(const at::Tensor& tensor) {
  return tensor.to(at::kDouble).norm().item<double>();
}

double Scale(const NetworkPlan& plan, const std::vector<at::Tensor>& state,
             size_t p) {
  switch (plan.parameters[p].kind) {
    case ParameterKind::kBatchNormBias:  // behind the weight
      return Norm(state[p - 1]);
    case ParameterKind::kRunningMean:  // before the variance
      return std::sqrt(state[p + 1].to(at::kDouble).sum().item<double>());
    default:
      return 0;
  }
}

Deviation Compare(const Tolerance& tolerance, double difference, double norm,
                  double scale, const std::string& tensor) {
  // Tensors of zeros are equal, not 0 / 0.
  if (difference == 0) return {};
  return {difference / (tolerance.relative * norm + tolerance.of_scale * scale),
          tensor};
}

}  // namespace

std::vector<double> Digest(const at::Tensor& tensor) {
  const at::Tensor v = tensor.to(at::kDouble).contiguous().view({-1});
  std::vector<double> digest = {Norm(v)};
  for (uint64_t stream : {90001, 90002}) {
    std::vector<double> rule = RuleVector(stream, v.numel());
    digest.push_back(v.dot(at::from_blob(rule.data(), {v.numel()}, at::kDouble))
                         .item<double>());
  }
  return digest;
}

std::vector<double> Golden(const SafetensorsFile& file,
                           const std::string& name) {
  const TensorEntry& entry = file.tensors().at(name);
  std::vector<double> values(entry.NumElements());
  std::memcpy(values.data(), entry.data.data(), entry.data.size());
  return values;
}

void Raise(Deviation& largest, const Deviation& found) {
  // NaN is the largest.
  if (found.units > largest.units || std::isnan(found.units)) largest = found;
}

Deviation CompareState(const NetworkPlan& plan, const Tolerance& tolerance,
                       const std::vector<at::Tensor>& state,
                       const double* golden) {
  Deviation largest;
  for (size_t p = 0; p < plan.parameters.size(); ++p, golden += 3) {
    const std::vector<double> found = Digest(state[p]);
    for (int k = 0; k < 3; ++k) {
      Raise(largest,
            Compare(tolerance, std::abs(found[k] - golden[k]), golden[0],
                    Scale(plan, state, p), plan.parameters[p].name));
    }
  }
  return largest;
}

Deviation CompareStates(const NetworkPlan& plan, const Tolerance& tolerance,
                        const std::vector<at::Tensor>& state,
                        const std::vector<at::Tensor>& expected) {
  Deviation largest;
  for (size_t p = 0; p < plan.parameters.size(); ++p) {
    Raise(largest,
          Compare(tolerance, Norm(state[p].to(at::kDouble) - expected[p]),
                  Norm(expected[p]), Scale(plan, state, p),
                  plan.parameters[p].name));
  }
  return largest;
}

}  // namespace robbench
