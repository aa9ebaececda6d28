#include "ntk/score_cell.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nas/base/record.h"
#include "nas/base/safetensors.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "nas/base/unit_warning.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "nas/network/network.h"
#include "nas/network/normalizer.h"
#include "nas/network/numeric_run.h"
#include "nas/network/torch_boundary.h"
#include "nas/network/weights.h"
#include "nas/network_plan.h"
#include "ntk/image_choice.h"
#include "ntk/kernel_file.h"
#include "ntk/kernel_scores.h"
#include "ntk/network_kernels.h"
#include "ntk/ntk_spec.h"
#include "training/dataset/dataset.h"
#include "training/dataset/image_tensors.h"

namespace robbench {
namespace {

// The logits depend on the image when the walk back from them reaches it.
bool IsDead(const NetworkPlan& plan) { return !plan.layers.front().live; }

// A job's inputs, read and checked.
struct Inputs {
  TextProtoFile<NtkSpec> spec;
  SafetensorsFile dataset_file;
  Dataset dataset;
  std::vector<int64_t> samples;  // positions in the test split
  std::optional<SafetensorsFile> weights_file;
  NetworkPlan plan;
};

absl::StatusOr<Inputs> ReadInputs(const ScoreJob& job) {
  ROBBENCH_ASSIGN_OR_RETURN(const Cell cell, ParseCell(job.cell));
  ROBBENCH_ASSIGN_OR_RETURN(TextProtoFile<NtkSpec> spec,
                            ReadTextProto<NtkSpec>(job.spec));
  ROBBENCH_ASSIGN_OR_RETURN(SafetensorsFile dataset_file,
                            SafetensorsFile::Read(job.dataset));
  ROBBENCH_ASSIGN_OR_RETURN(Dataset dataset, ParseDataset(dataset_file));
  ROBBENCH_RETURN_IF_ERROR(
      CheckImageCount(job.images.has_value() ? "--images" : job.spec,
                      job.images.value_or(spec.message.images()), dataset));
  if (job.images.has_value()) {
    spec.message.set_images(static_cast<uint32_t>(*job.images));
  }
  ROBBENCH_RETURN_IF_ERROR(CheckNtkSpec(job.spec, spec.message, dataset));
  std::vector<int64_t> samples = Range(0, spec.message.images());
  if (spec.message.image_choice() == NtkSpec::BALANCED) {
    ROBBENCH_ASSIGN_OR_RETURN(
        samples, BalancedImages(job.spec, dataset.test, dataset.classes,
                                spec.message.images(), job.seed));
  }
  // MakeNetworkPlan refuses what is out of range; this only keeps the
  // conversion from overflowing.
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
  return Inputs{std::move(spec),    std::move(dataset_file), std::move(dataset),
                std::move(samples), std::move(weights),      std::move(plan)};
}

absl::StatusOr<std::vector<NetworkKernel>> Kernels(const ScoreJob& job,
                                                   const NumericRun& run,
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
  const at::Device device(run.device.name);
  const KernelImages images{
      .images = ImageTensor(dataset, dataset.test, inputs.samples).to(device),
      .labels = LabelTensor(dataset.test, inputs.samples).to(device),
      .samples = inputs.samples,
      .seed = job.seed};
  const NtkSpec& spec = inputs.spec.message;
  return NetworkKernels(plan, normalizer,
                        AttackImages(plan, normalizer, ToDevice(state, device),
                                     images, spec, run.backend),
                        images.labels, spec, run.backend);
}

ScoreOptions ScoreOptionsOf(const Inputs& inputs) {
  ScoreOptions options{.classes = inputs.dataset.classes,
                       .ratios = {inputs.spec.message.ratio().begin(),
                                  inputs.spec.message.ratio().end()},
                       .gradient_roundoff = 0x1p-24};
  for (const int64_t sample : inputs.samples) {
    options.labels.push_back(inputs.dataset.test.labels[sample]);
  }
  return options;
}

absl::Status AddScores(const NetworkKernel& kernel, const ScoreOptions& options,
                       NtkRecord& record) {
  const bool is_cross = kernel.kind == KernelScore::CROSS ||
                        kernel.kind == KernelScore::CROSS_TWICE;
  ROBBENCH_ASSIGN_OR_RETURN(
      const KernelScores scores,
      ScoreKernel(is_cross ? Symmetrized(kernel.matrix) : kernel.matrix,
                  options));
  KernelScore& added = *record.add_scores();
  added.set_kernel(kernel.name);
  added.set_kind(kernel.kind);
  if (kernel.epsilon.has_value()) added.set_epsilon(*kernel.epsilon);
  if (kernel.mix.has_value()) added.set_mix(*kernel.mix);
  added.set_min_eigenvalue(scores.min_eigenvalue);
  added.set_max_eigenvalue(scores.max_eigenvalue);
  added.set_condition_number(scores.condition_number);
  added.set_trace(scores.trace);
  added.set_frobenius_norm(scores.frobenius_norm);
  for (const double ratio : scores.eigenvalue_ratios) {
    added.add_eigenvalue_ratio(ratio);
  }
  added.set_label_complexity(scores.label_complexity);
  added.set_label_alignment(scores.label_alignment);
  added.set_singular(scores.singular);
  if (scores.singular) record.add_flags("singular_" + kernel.name);
  return absl::OkStatus();
}

NtkRecord MakeRecord(const ScoreJob& job, const std::string& profile,
                     const Inputs& inputs) {
  NtkRecord record;
  std::vector<std::pair<std::string, absl::string_view>> files = {
      {"dataset", inputs.dataset_file.bytes()}, {"spec", inputs.spec.bytes}};
  if (inputs.weights_file.has_value()) {
    files.emplace_back("weights", inputs.weights_file->bytes());
  }
  *record.mutable_provenance() = MakeProvenance("ntk:score", profile, files);
  record.set_dataset(inputs.dataset.name);
  *record.mutable_cell() = MakeCellIdentity(inputs.plan.cell);
  record.set_seed(job.seed);
  *record.mutable_spec() = inputs.spec.message;
  record.set_from_weights(inputs.weights_file.has_value());
  if (IsDead(inputs.plan)) record.add_flags("dead_cell");
  return record;
}

std::string KernelBytes(const std::vector<NetworkKernel>& kernels,
                        const NtkRecord& record) {
  KernelFile file{.metadata = {{"cell", record.cell().code()},
                               {"dataset", record.dataset()},
                               {"seed", absl::StrCat(record.seed())}}};
  for (const NetworkKernel& kernel : kernels) {
    file.kernels[kernel.name] = kernel.matrix;
  }
  return SerializeKernels(file);
}

}  // namespace

absl::StatusOr<ScoreResult> ScoreCell(const ScoreJob& job,
                                      const NumericRun& run) {
  ROBBENCH_ASSIGN_OR_RETURN(const Inputs inputs, ReadInputs(job));
  ScoreResult result{.record = MakeRecord(job, run.Profile(), inputs)};
  for (const double epsilon : inputs.spec.message.attack().epsilon()) {
    AddUnitWarnings("attack", epsilon, /*step_size=*/0, /*steps=*/0,
                    result.warnings);
  }
  const std::string what =
      absl::StrCat("NTK of cell ", result.record.cell().index(), " ",
                   result.record.cell().code(), ", seed ", job.seed);
  absl::StatusOr<std::vector<NetworkKernel>> computed =
      CatchTorchErrors(what, [&] { return Kernels(job, run, inputs); });
  if (absl::IsFailedPrecondition(computed.status())) {
    if (job.failure_as_record) {
      result.record.set_failed(std::string(computed.status().message()));
      result.kernels = KernelBytes({}, result.record);
      return result;
    }
    return absl::FailedPreconditionError(
        absl::StrCat(what, ": ", computed.status().message()));
  }
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<NetworkKernel> kernels,
                            std::move(computed));
  const ScoreOptions options = ScoreOptionsOf(inputs);
  for (const NetworkKernel& kernel : kernels) {
    ROBBENCH_RETURN_IF_ERROR(AddScores(kernel, options, result.record));
  }
  std::sort(result.record.mutable_flags()->begin(),
            result.record.mutable_flags()->end());
  result.kernels = KernelBytes(kernels, result.record);
  return result;
}

}  // namespace robbench
