#include "ntk/score_cell.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nas/base/record.h"
#include "nas/base/safetensors.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "nas/folded_network.h"
#include "nas/network.h"
#include "nas/network_plan.h"
#include "nas/torch_boundary.h"
#include "nas/weights.h"
#include "ntk/gradient_kernel.h"
#include "ntk/kernel_scores.h"
#include "training/attack/pgd_attack.h"
#include "training/dataset/dataset.h"
#include "training/dataset/image_tensors.h"

namespace robbench {
namespace {

constexpr int kMaxAttackSteps = 10000;
// What fits into memory: up to 3.4 MB of activations an image and its
// adversarial example (sample_gradients.h).
constexpr int64_t kMaxImages = 1024;

absl::Status FieldError(absl::string_view path, absl::string_view field,
                        absl::string_view expected, double found) {
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": ", field, ": expected ", expected, ", found ", found));
}

absl::Status CheckSpec(const std::string& path, const NtkSpec& spec) {
  const NtkAttack& attack = spec.attack();
  for (const auto& [field, value] :
       {std::pair("attack.epsilon", attack.epsilon()),
        std::pair("attack.step_size", attack.step_size())}) {
    if (!(value >= 0 && value <= 255)) {
      return FieldError(path, field, "0 to 255 (units of 1/255)", value);
    }
  }
  if (attack.steps() < 1 || attack.steps() > kMaxAttackSteps) {
    return FieldError(path, "attack.steps",
                      absl::StrCat("1 to ", kMaxAttackSteps), attack.steps());
  }
  return absl::OkStatus();
}

absl::Status CheckImages(absl::string_view where, int64_t images,
                         const Dataset& dataset) {
  const int64_t most = std::min(dataset.test.count(), kMaxImages);
  if (images >= 1 && images <= most) return absl::OkStatus();
  return FieldError(
      where, "images",
      absl::StrCat("1 to ", most, " (the test split of ", dataset.name, " has ",
                   dataset.test.count(), ")"),
      static_cast<double>(images));
}

// The logits depend on the image when the walk back from them reaches it.
bool IsDead(const NetworkPlan& plan) { return !plan.layers.front().live; }

Eigen::MatrixXd ToMatrix(const at::Tensor& kernel) {
  const int64_t n = kernel.size(0);
  const at::Tensor rows = kernel.contiguous();
  Eigen::MatrixXd matrix(n, n);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      matrix(i, j) = rows.data_ptr<double>()[i * n + j];
    }
  }
  return matrix;
}

// A job's inputs, read and checked.
struct Inputs {
  TextProtoFile<NtkSpec> spec;
  SafetensorsFile dataset_file;
  Dataset dataset;
  std::optional<SafetensorsFile> weights_file;
  NetworkPlan plan;
};

absl::StatusOr<Inputs> ReadInputs(const ScoreJob& job) {
  ROBBENCH_ASSIGN_OR_RETURN(const Cell cell, ParseCell(job.cell));
  ROBBENCH_ASSIGN_OR_RETURN(TextProtoFile<NtkSpec> spec,
                            ReadTextProto<NtkSpec>(job.spec));
  ROBBENCH_RETURN_IF_ERROR(CheckSpec(job.spec, spec.message));
  ROBBENCH_ASSIGN_OR_RETURN(SafetensorsFile dataset_file,
                            SafetensorsFile::Read(job.dataset));
  ROBBENCH_ASSIGN_OR_RETURN(Dataset dataset, ParseDataset(dataset_file));
  if (job.images.has_value()) {
    ROBBENCH_RETURN_IF_ERROR(CheckImages("--images", *job.images, dataset));
    spec.message.set_images(static_cast<uint32_t>(*job.images));
  } else {
    ROBBENCH_RETURN_IF_ERROR(
        CheckImages(job.spec, spec.message.images(), dataset));
  }
  // Out of range is the plan's to say; here only no overflow.
  const auto clamped = [](uint32_t value) {
    return static_cast<int>(std::min<uint32_t>(value, 1 << 30));
  };
  ROBBENCH_ASSIGN_OR_RETURN(
      NetworkPlan plan,
      MakeNetworkPlan(cell,
                      {.channels = clamped(spec.message.skeleton().channels()),
                       .cells_per_stage =
                           clamped(spec.message.skeleton().cells_per_stage()),
                       .image_channels = dataset.channels,
                       .image_size = dataset.image_size,
                       .classes = dataset.classes}));
  std::optional<SafetensorsFile> weights;
  if (!job.weights.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(weights, SafetensorsFile::Read(job.weights));
  }
  return Inputs{std::move(spec), std::move(dataset_file), std::move(dataset),
                std::move(weights), std::move(plan)};
}

// K, Kbar and K~, in the order of the record.
absl::StatusOr<std::vector<at::Tensor>> Kernels(const ScoreJob& job,
                                                const Inputs& inputs) {
  const NetworkPlan& plan = inputs.plan;
  const Dataset& dataset = inputs.dataset;
  const Normalizer normalizer{dataset.mean, dataset.standard_deviation};
  std::vector<at::Tensor> state;
  if (inputs.weights_file.has_value()) {
    ROBBENCH_ASSIGN_OR_RETURN(state, ParseWeights(*inputs.weights_file, plan));
  } else {
    state = InitialState(plan, job.seed);
  }
  const at::Device device(job.device);
  state = ToDevice(state, device);
  const int64_t count = inputs.spec.message.images();
  const std::vector<int64_t> samples = Range(0, count);
  const at::Tensor images =
      ImageTensor(dataset, dataset.test, samples).to(device);
  const NtkAttack& attack = inputs.spec.message.attack();
  const at::Tensor adversarial = RunPgd(
      FoldedNetwork(plan, normalizer, state), images,
      LabelTensor(dataset.test, samples).to(device),
      {.epsilon = attack.epsilon() / 255,
       .step_size = attack.step_size() / 255,
       .steps = static_cast<int>(attack.steps()),
       .random_start = attack.random_start()},
      {.seed = job.seed, .purpose = Purpose::kNtkAttack, .samples = samples});
  return GradientKernels(plan, normalizer, state, {images, adversarial},
                         at::ones({count, dataset.classes}, images.options()),
                         {{0, 0}, {0, 1}, {1, 1}});
}

absl::Status AddScores(const std::string& name, const Eigen::MatrixXd& kernel,
                       NtkRecord& record) {
  ROBBENCH_ASSIGN_OR_RETURN(const KernelScores scores,
                            ScoreKernel(kernel, 0x1p-24));
  KernelScore& added = *record.add_scores();
  added.set_kernel(name);
  added.set_min_eigenvalue(scores.min_eigenvalue);
  added.set_max_eigenvalue(scores.max_eigenvalue);
  added.set_condition_number(scores.condition_number);
  added.set_trace(scores.trace);
  added.set_frobenius_norm(scores.frobenius_norm);
  if (scores.singular) record.add_flags("singular_" + name);
  return absl::OkStatus();
}

NtkRecord MakeRecord(const ScoreJob& job, const Inputs& inputs) {
  NtkRecord record;
  std::vector<std::pair<std::string, absl::string_view>> files = {
      {"dataset", inputs.dataset_file.bytes()}, {"spec", inputs.spec.bytes}};
  if (inputs.weights_file.has_value()) {
    files.emplace_back("weights", inputs.weights_file->bytes());
  }
  *record.mutable_provenance() =
      MakeProvenance("ntk:score", job.profile, files);
  record.set_dataset(inputs.dataset.name);
  *record.mutable_cell() = MakeCellIdentity(inputs.plan.cell);
  record.set_seed(job.seed);
  *record.mutable_spec() = inputs.spec.message;
  record.set_from_weights(inputs.weights_file.has_value());
  if (IsDead(inputs.plan)) record.add_flags("dead_cell");
  return record;
}

std::string SerializeKernels(const std::vector<at::Tensor>& kernels,
                             const NtkRecord& record) {
  std::map<std::string, TensorEntry> tensors;
  for (size_t k = 0; k < kernels.size(); ++k) {
    const at::Tensor& kernel = kernels[k];
    tensors[record.scores(static_cast<int>(k)).kernel()] = {
        DType::kF64,
        kernel.sizes().vec(),
        {static_cast<const char*>(kernel.data_ptr()), kernel.nbytes()}};
  }
  return WriteSafetensors(tensors, {{"cell", record.cell().code()},
                                    {"dataset", record.dataset()},
                                    {"seed", absl::StrCat(record.seed())}});
}

}  // namespace

absl::StatusOr<ScoreResult> ScoreCell(const ScoreJob& job) {
  ROBBENCH_ASSIGN_OR_RETURN(const Inputs inputs, ReadInputs(job));
  ScoreResult result{.record = MakeRecord(job, inputs)};
  const std::string what =
      absl::StrCat("NTK of cell ", result.record.cell().index(), " ",
                   result.record.cell().code(), ", seed ", job.seed);
  absl::StatusOr<std::vector<at::Tensor>> computed =
      CatchTorchErrors(what, [&] { return Kernels(job, inputs); });
  if (absl::IsFailedPrecondition(computed.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat(what, ": ", computed.status().message()));
  }
  ROBBENCH_ASSIGN_OR_RETURN(std::vector<at::Tensor> kernels,
                            std::move(computed));
  for (at::Tensor& kernel : kernels) kernel = kernel.contiguous();
  ROBBENCH_RETURN_IF_ERROR(
      AddScores("clean", ToMatrix(kernels[0]), result.record));
  ROBBENCH_RETURN_IF_ERROR(
      AddScores("cross", Symmetrized(ToMatrix(kernels[1])), result.record));
  ROBBENCH_RETURN_IF_ERROR(
      AddScores("robust", ToMatrix(kernels[2]), result.record));
  std::sort(result.record.mutable_flags()->begin(),
            result.record.mutable_flags()->end());
  result.kernels = SerializeKernels(kernels, result.record);
  return result;
}

}  // namespace robbench
