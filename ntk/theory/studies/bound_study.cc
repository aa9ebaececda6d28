#include "ntk/theory/studies/bound_study.h"

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nas/base/field_error.h"
#include "nas/base/philox.h"
#include "nas/base/record.h"
#include "nas/base/safetensors.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "ntk/kernel_file.h"
#include "ntk/kernel_scores.h"
#include "ntk/theory/generalisation_bound.h"
#include "ntk/theory/input_attack.h"
#include "ntk/theory/multi_objective_training.h"
#include "ntk/theory/residual_network.h"
#include "ntk/theory/studies/study_spec.h"
#include "ntk/theory/studies/study_statistics.h"
#include "ntk/theory/studies/unit_images.h"
#include "training/dataset/dataset.h"

namespace robbench {
namespace {

constexpr uint32_t kMaxWidth = 1 << 13;
constexpr uint32_t kMaxTrainImages = 1 << 12;
constexpr uint32_t kMaxTestImages = 1 << 14;
constexpr uint32_t kMaxRepeats = 1000;
// The most numbers that the factors of one kernel may have; they take 512 MiB.
constexpr int64_t kMaxFactors = int64_t{1} << 26;

absl::Status CheckSpec(const std::string& path, const BoundStudySpec& spec) {
  ROBBENCH_RETURN_IF_ERROR(CheckStudyNetworks(path, spec.networks()));
  ROBBENCH_RETURN_IF_ERROR(
      CheckRange<uint32_t>(path, "width", spec.width(), 1, kMaxWidth));
  if (spec.negative_class() == spec.positive_class()) {
    return FieldError(path, "positive_class", "another than negative_class",
                      spec.positive_class());
  }
  ROBBENCH_RETURN_IF_ERROR(CheckRange<uint32_t>(
      path, "train_images", spec.train_images(), 2, kMaxTrainImages));
  ROBBENCH_RETURN_IF_ERROR(CheckRange<uint32_t>(
      path, "test_images", spec.test_images(), 1, kMaxTestImages));
  if (spec.weights_size() < 2) {
    return FieldError(path, "weights", "at least 2", spec.weights_size());
  }
  for (int i = 0; i < spec.weights_size(); ++i) {
    const double low = i > 0 ? spec.weights(i - 1) : 0;
    if (!(spec.weights(i) >= low && spec.weights(i) <= 1) ||
        (i > 0 && spec.weights(i) == low)) {
      return FieldError(
          path, absl::StrCat("weights[", i, "]"),
          i > 0 ? absl::StrCat("above ", low, ", to 1") : "0 to 1",
          spec.weights(i));
    }
  }
  ROBBENCH_RETURN_IF_ERROR(
      CheckRange<uint32_t>(path, "repeats", spec.repeats(), 2, kMaxRepeats));
  if (!(spec.delta() > 0 && spec.delta() < 1)) {
    return FieldError(path, "delta", "above 0 and below 1", spec.delta());
  }
  return CheckTraining(path, "training", spec.training());
}

struct StudyData {
  InputShape shape;
  TwoClasses train, test;
};

// The same images with their labels in random order (Fisher and Yates).
TwoClasses Shuffled(const TwoClasses& images, uint32_t seed) {
  TwoClasses shuffled = images;
  PhiloxStream stream(seed, Purpose::kShuffle, uint32_t{1} << 31);
  for (Eigen::Index i = images.y.size() - 1; i > 0; --i) {
    std::swap(shuffled.y(i), shuffled.y(stream.Below(i + 1)));
  }
  return shuffled;
}

// The kernels of one network, from which its bounds for any b follow.
struct Kernels {
  Eigen::VectorXd y;
  Eigen::MatrixXd clean, cross, robust, cross_twice, robust_twice;
};

Kernels MakeKernels(const ResidualNetwork& network, const TwoClasses& images,
                    const InputAttack& attack, uint32_t seed) {
  const auto attacked = [&](const Eigen::MatrixXd& x, uint32_t round) {
    return AttackInputs(network, x, images.y, attack, [&](Eigen::Index i) {
      return PhiloxStream(seed, Purpose::kNtkAttack, 0, round, i);
    });
  };
  const Eigen::MatrixXd once = attacked(images.x, 0);
  const Eigen::MatrixXd twice = attacked(once, 1);
  const GradientFactors at_x = network.Factors(images.x);
  const GradientFactors at_once = network.Factors(once);
  const GradientFactors at_twice = network.Factors(twice);
  return {images.y,
          FactorKernel(at_x, at_x),
          FactorKernel(at_x, at_once),
          FactorKernel(at_once, at_once),
          FactorKernel(at_once, at_twice),
          FactorKernel(at_twice, at_twice)};
}

struct Bounds {
  GeneralisationBound clean, robust;
};

absl::StatusOr<Bounds> BoundsOf(const Kernels& kernels, double b,
                                double delta) {
  ROBBENCH_ASSIGN_OR_RETURN(
      const Eigen::MatrixXd once,
      MixedKernel(kernels.clean, kernels.cross, kernels.robust, b));
  ROBBENCH_ASSIGN_OR_RETURN(const Eigen::MatrixXd twice,
                            MixedKernel(kernels.robust, kernels.cross_twice,
                                        kernels.robust_twice, b));
  Bounds bounds;
  ROBBENCH_ASSIGN_OR_RETURN(bounds.clean, BoundError(once, kernels.y, delta));
  ROBBENCH_ASSIGN_OR_RETURN(bounds.robust, BoundError(twice, kernels.y, delta));
  return bounds;
}

double RobustErrorShare(const ResidualNetwork& network,
                        const TwoClasses& images, const InputAttack& attack,
                        uint32_t seed, uint32_t position) {
  return ErrorShare(network,
                    AttackInputs(network, images.x, images.y, attack,
                                 [&](Eigen::Index i) {
                                   return PhiloxStream(
                                       seed, Purpose::kEvaluationAttack,
                                       position, 0, i);
                                 }),
                    images.y);
}

absl::Status FillRun(const BoundStudySpec& spec, const StudyData& data,
                     const Kernels& kernels, const Kernels& shuffled,
                     ResidualNetwork& network, BoundStudyRun& run) {
  ROBBENCH_ASSIGN_OR_RETURN(const Bounds bounds,
                            BoundsOf(kernels, run.b(), spec.delta()));
  run.set_clean_complexity(bounds.clean.complexity);
  run.set_robust_complexity(bounds.robust.complexity);
  run.set_clean_bound(bounds.clean.bound);
  run.set_robust_bound(bounds.robust.bound);
  run.set_clean_min_eigenvalue(bounds.clean.min_eigenvalue);
  run.set_robust_min_eigenvalue(bounds.robust.min_eigenvalue);
  ROBBENCH_ASSIGN_OR_RETURN(const Bounds control,
                            BoundsOf(shuffled, run.b(), spec.delta()));
  run.set_shuffled_clean_bound(control.clean.bound);
  run.set_shuffled_robust_bound(control.robust.bound);
  const InputAttack& attack = spec.training().attack();
  ROBBENCH_RETURN_IF_ERROR(TrainMultiObjective(data.train.x, data.train.y,
                                               run.b(), spec.training(),
                                               run.seed(), network));
  run.set_clean_error(ErrorShare(network, data.test.x, data.test.y));
  run.set_robust_error(
      RobustErrorShare(network, data.test, attack, run.seed(), 0));
  run.set_training_clean_error(ErrorShare(network, data.train.x, data.train.y));
  run.set_training_robust_error(
      RobustErrorShare(network, data.train, attack, run.seed(), 1));
  return absl::OkStatus();
}

// The mean over the seeds of Kendall's tau-b over b.
std::optional<Interval> Agreement(
    const BoundStudyNetwork& network, uint32_t seeds,
    const std::function<double(const BoundStudyRun&)>& x,
    const std::function<double(const BoundStudyRun&)>& y) {
  std::vector<double> agreements;
  for (uint32_t seed = 0; seed < seeds; ++seed) {
    std::vector<double> xs, ys;
    for (const BoundStudyRun& run : network.runs()) {
      if (run.seed() != seed) continue;
      xs.push_back(x(run));
      ys.push_back(y(run));
    }
    if (const auto tau = RankAgreement(xs, ys)) agreements.push_back(*tau);
  }
  if (agreements.size() < 2) return std::nullopt;
  return MeanInterval(agreements);
}

std::string OrderWord(const std::optional<Interval>& agreement) {
  if (!agreement || (agreement->low <= 0 && agreement->high >= 0)) {
    return "undecided";
  }
  return agreement->low > 0 ? "orders" : "reverses";
}

void Summarise(uint32_t seeds, BoundStudyNetwork& network) {
  int clean_holds = 0, robust_holds = 0;
  for (const BoundStudyRun& run : network.runs()) {
    clean_holds += run.clean_bound() >= run.clean_error();
    robust_holds += run.robust_bound() >= run.robust_error();
  }
  network.set_clean_holds(clean_holds);
  network.set_robust_holds(robust_holds);
  const auto clean = Agreement(network, seeds, &BoundStudyRun::clean_complexity,
                               &BoundStudyRun::clean_error);
  const auto robust =
      Agreement(network, seeds, &BoundStudyRun::robust_complexity,
                &BoundStudyRun::robust_error);
  const auto store = [](const Interval& from, StudyEstimate& to) {
    to.set_mean(from.estimate);
    to.set_low(from.low);
    to.set_high(from.high);
  };
  if (clean) store(*clean, *network.mutable_clean_agreement());
  if (robust) store(*robust, *network.mutable_robust_agreement());
  network.set_clean_order(OrderWord(clean));
  network.set_robust_order(OrderWord(robust));
}

void KeepKernels(const std::string& prefix, const Kernels& kernels,
                 KernelFile& file) {
  file.kernels[prefix + "clean"] = kernels.clean;
  file.kernels[prefix + "cross"] = kernels.cross;
  file.kernels[prefix + "robust"] = kernels.robust;
  file.kernels[prefix + "cross_twice"] = kernels.cross_twice;
  file.kernels[prefix + "robust_twice"] = kernels.robust_twice;
}

absl::StatusOr<BoundStudyNetwork> StudyNetwork(const StudyJob& job,
                                               const BoundStudySpec& spec,
                                               const ResidualNetworkSpec& of,
                                               const StudyData& data) {
  const std::string& path = job.spec;
  BoundStudyNetwork result;
  result.set_name(of.name());
  for (const double b : spec.weights()) {
    for (uint32_t seed = 0; seed < spec.repeats(); ++seed) {
      BoundStudyRun& run = *result.add_runs();
      run.set_b(b);
      run.set_seed(seed);
    }
  }
  for (uint32_t seed = 0; seed < spec.repeats(); ++seed) {
    ROBBENCH_ASSIGN_OR_RETURN(
        const std::unique_ptr<ResidualNetwork> network,
        MakeResidualNetwork(path, of, data.shape, spec.width(), seed));
    int64_t numbers = 0;
    for (const Eigen::MatrixXd& weights : network->weights()) {
      numbers += of.has_kernel_size() ? weights.size()
                                      : weights.rows() + weights.cols();
    }
    numbers *= spec.train_images();
    if (numbers > kMaxFactors) {
      return absl::ResourceExhaustedError(absl::StrCat(
          path, ": train_images: expected gradients of network ", of.name(),
          " in at most ", kMaxFactors, " numbers, found ", numbers));
    }
    const std::vector<Eigen::MatrixXd> initial = network->weights();
    const InputAttack& attack = spec.training().attack();
    const Kernels kernels = MakeKernels(*network, data.train, attack, seed);
    if (job.kernels != nullptr) {
      KeepKernels(absl::StrCat(of.name(), "/seed_", seed, "/"), kernels,
                  *job.kernels);
    }
    const Kernels shuffled =
        MakeKernels(*network, Shuffled(data.train, seed), attack, seed);
    for (BoundStudyRun& run : *result.mutable_runs()) {
      if (run.seed() != seed) continue;
      network->weights() = initial;
      const absl::Status status =
          FillRun(spec, data, kernels, shuffled, *network, run);
      if (!status.ok()) {
        return absl::Status(
            status.code(),
            absl::StrCat(path, ": network ", of.name(), ", seed ", seed, ", b ",
                         run.b(), ": ", status.message()));
      }
    }
  }
  Summarise(spec.repeats(), result);
  return result;
}

}  // namespace

absl::StatusOr<BoundStudyRecord> RunBoundStudy(const StudyJob& job) {
  ROBBENCH_ASSIGN_OR_RETURN(const TextProtoFile<BoundStudySpec> file,
                            ReadTextProto<BoundStudySpec>(job.spec));
  const BoundStudySpec& spec = file.message;
  ROBBENCH_RETURN_IF_ERROR(CheckSpec(job.spec, spec));
  ROBBENCH_ASSIGN_OR_RETURN(const SafetensorsFile tensors,
                            SafetensorsFile::Read(job.dataset));
  ROBBENCH_ASSIGN_OR_RETURN(const Dataset dataset, ParseDataset(tensors));
  StudyData data = {{dataset.channels, dataset.image_size}, {}, {}};
  const auto read = [&](const char* name, const ImageSplit& split,
                        uint32_t count) {
    return ReadTwoClasses(absl::StrCat(job.dataset, ": ", name), dataset, split,
                          spec.negative_class(), spec.positive_class(), count);
  };
  ROBBENCH_ASSIGN_OR_RETURN(
      data.train, read("train split", dataset.train, spec.train_images()));
  ROBBENCH_ASSIGN_OR_RETURN(
      data.test, read("test split", dataset.test, spec.test_images()));
  BoundStudyRecord record;
  *record.mutable_provenance() =
      MakeProvenance("ntk/theory:bound_study", job.profile,
                     {{"dataset", tensors.bytes()}, {"spec", file.bytes}});
  record.set_dataset(dataset.name);
  if (job.kernels != nullptr) {
    job.kernels->metadata = {{"dataset", dataset.name},
                             {"producer", record.provenance().producer()}};
  }
  *record.mutable_spec() = spec;
  for (const ResidualNetworkSpec& network : spec.networks()) {
    ROBBENCH_ASSIGN_OR_RETURN(*record.add_networks(),
                              StudyNetwork(job, spec, network, data));
  }
  return record;
}

}  // namespace robbench
