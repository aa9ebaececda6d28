#include "ntk/theory/studies/width_study.h"

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nas/base/field_error.h"
#include "nas/base/record.h"
#include "nas/base/safetensors.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "ntk/theory/eigenvalue_bound.h"
#include "ntk/theory/infinite_kernel.h"
#include "ntk/theory/residual_network.h"
#include "ntk/theory/studies/study_spec.h"
#include "ntk/theory/studies/study_statistics.h"
#include "ntk/theory/studies/unit_images.h"
#include "training/dataset/dataset.h"

namespace robbench {
namespace {

constexpr uint32_t kMaxWidth = 1 << 15;
constexpr uint32_t kMaxImages = 256;
constexpr uint32_t kMaxRepeats = 1000;

absl::Status CheckSpec(const std::string& path, const WidthStudySpec& spec) {
  ROBBENCH_RETURN_IF_ERROR(CheckStudyNetworks(path, spec.networks()));
  for (const ResidualNetworkSpec& network : spec.networks()) {
    if (network.has_kernel_size()) {
      return FieldError(path, "networks.kernel_size",
                        "none: only fully connected networks have a "
                        "kernel of infinite width here",
                        network.kernel_size());
    }
  }
  if (spec.widths_size() < 3) {
    return FieldError(path, "widths", "at least 3", spec.widths_size());
  }
  uint32_t last = 0;
  for (int i = 0; i < spec.widths_size(); ++i) {
    const std::string field = absl::StrCat("widths[", i, "]");
    const WidthStudySpec::Width& entry = spec.widths(i);
    ROBBENCH_RETURN_IF_ERROR(CheckRange<uint32_t>(
        path, field + ".width", entry.width(), last + 1, kMaxWidth));
    ROBBENCH_RETURN_IF_ERROR(CheckRange<uint32_t>(
        path, field + ".repeats", entry.repeats(), 1, kMaxRepeats));
    last = entry.width();
  }
  return CheckRange<uint32_t>(path, "images", spec.images(), 2, kMaxImages);
}

absl::StatusOr<WidthStudyNetwork> StudyNetwork(const StudyJob& job,
                                               const WidthStudySpec& spec,
                                               const ResidualNetworkSpec& of,
                                               const InputShape& shape,
                                               const Eigen::MatrixXd& x) {
  WidthStudyNetwork result;
  result.set_name(of.name());
  const Eigen::MatrixXd limit = InfiniteKernel(of, x);
  if (job.kernels != nullptr) job.kernels->kernels[of.name()] = limit;
  ROBBENCH_ASSIGN_OR_RETURN(const EigenvalueBound bound,
                            BoundMinEigenvalue(of, x));
  result.set_min_eigenvalue(MinEigenvalue(limit));
  result.set_min_eigenvalue_bound(bound.bound);
  std::vector<double> widths, errors;
  uint32_t seed = 0;
  for (const WidthStudySpec::Width& of_width : spec.widths()) {
    const uint32_t width = of_width.width();
    for (uint32_t repeat = 0; repeat < of_width.repeats(); ++repeat, ++seed) {
      ROBBENCH_ASSIGN_OR_RETURN(
          const std::unique_ptr<ResidualNetwork> network,
          MakeResidualNetwork(job.spec, of, shape, width, seed));
      const GradientFactors factors = network->Factors(x);
      const double error =
          (FactorKernel(factors, factors) - limit).norm() / limit.norm();
      widths.push_back(width);
      errors.push_back(error);
      WidthStudyNetwork::Error& entry = *result.add_errors();
      entry.set_width(width);
      entry.set_seed(seed);
      entry.set_relative_error(error);
    }
  }
  const Interval slope = LogLogSlope(widths, errors);
  result.set_slope(slope.estimate);
  result.set_slope_low(slope.low);
  result.set_slope_high(slope.high);
  result.set_inverse_square_root(slope.low <= -0.5 && slope.high >= -0.5);
  return result;
}

}  // namespace

absl::StatusOr<WidthStudyRecord> RunWidthStudy(const StudyJob& job) {
  ROBBENCH_ASSIGN_OR_RETURN(const TextProtoFile<WidthStudySpec> spec,
                            ReadTextProto<WidthStudySpec>(job.spec));
  ROBBENCH_RETURN_IF_ERROR(CheckSpec(job.spec, spec.message));
  ROBBENCH_ASSIGN_OR_RETURN(const SafetensorsFile file,
                            SafetensorsFile::Read(job.dataset));
  ROBBENCH_ASSIGN_OR_RETURN(const Dataset dataset, ParseDataset(file));
  if (dataset.test.count() < spec.message.images()) {
    return FieldError(job.spec, "images",
                      absl::StrCat("at most ", dataset.test.count(),
                                   " (the test split of ", job.dataset, ")"),
                      spec.message.images());
  }
  std::vector<int64_t> images(spec.message.images());
  std::iota(images.begin(), images.end(), 0);
  ROBBENCH_ASSIGN_OR_RETURN(
      const Eigen::MatrixXd x,
      UnitImages(job.dataset, dataset, dataset.test, images));
  WidthStudyRecord record;
  *record.mutable_provenance() =
      MakeProvenance("ntk/theory:width_study", job.profile,
                     {{"dataset", file.bytes()}, {"spec", spec.bytes}});
  record.set_dataset(dataset.name);
  if (job.kernels != nullptr) {
    job.kernels->metadata = {{"dataset", dataset.name},
                             {"producer", record.provenance().producer()}};
  }
  *record.mutable_spec() = spec.message;
  for (const ResidualNetworkSpec& network : spec.message.networks()) {
    ROBBENCH_ASSIGN_OR_RETURN(
        *record.add_networks(),
        StudyNetwork(job, spec.message, network,
                     {dataset.channels, dataset.image_size}, x));
  }
  return record;
}

}  // namespace robbench
