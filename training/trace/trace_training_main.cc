// //training/trace:trace_training: goes on from a checkpoint of a training for
// some steps, by another arithmetic or with other random starts of the attack,
// and writes what each step saw.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/text_format.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/safetensors.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "nas/network/backend.h"
#include "nas/network/backend_choice.h"
#include "nas/network/device.h"
#include "nas/network/folded_network.h"
#include "nas/network/make_backend.h"
#include "nas/network/network_constants.h"
#include "nas/network/normalizer.h"
#include "nas/network/torch_boundary.h"
#include "nas/network_plan.h"
#include "training/attack/cross_entropy.h"
#include "training/augmentation.h"
#include "training/checkpoint/checkpoint.h"
#include "training/dataset/dataset.h"
#include "training/recipe.pb.h"
#include "training/records.pb.h"
#include "training/trace/step_trace.pb.h"
#include "training/trainer.h"

ABSL_FLAG(std::string, dataset, "", "data set, safetensors (required)");
ABSL_FLAG(std::string, cell, "",
          "official index, six-digit code or architecture string (required)");
ABSL_FLAG(uint32_t, seed, 0, "seed of the training");
ABSL_FLAG(std::string, recipe, "", "textproto Recipe (required)");
ABSL_FLAG(std::string, checkpoint, "",
          "checkpoint to go on from, as --scratch of train leaves it "
          "(required)");
ABSL_FLAG(std::string, trace_out, "",
          "textproto StepTrace to write (required)");
ABSL_FLAG(uint32_t, steps, 100, "steps to go on for");
ABSL_FLAG(std::string, arithmetic, "float32_engines",
          "float32_engines, float32_libtorch or float64_libtorch");
ABSL_FLAG(std::optional<uint32_t>, attack_seed, std::nullopt,
          "seed of the attack's random starts (default: --seed)");

namespace robbench {
namespace {

// The reference's own rounding is what float64_libtorch is for; the profile
// keeps the other two to one thread, as trainings are.
constexpr char kProfile[] = "portable";

absl::StatusOr<TrainerOptions> OptionsFor(const std::string& arithmetic) {
  TrainerOptions options;
  options.attack_seed = absl::GetFlag(FLAGS_attack_seed);
  if (arithmetic == "float32_engines") return options;
  options.backend = MakeBackend(BackendChoice::kLibtorch);
  if (arithmetic == "float32_libtorch") return options;
  options.dtype = at::kDouble;
  if (arithmetic == "float64_libtorch") return options;
  return UsageError(absl::StrCat(
      "--arithmetic: expected float32_engines, float32_libtorch or "
      "float64_libtorch, found ",
      arithmetic));
}

std::vector<at::Tensor> Copies(const std::vector<at::Tensor>& tensors,
                               at::ScalarType dtype) {
  std::vector<at::Tensor> copies;
  for (const at::Tensor& tensor : tensors) {
    copies.push_back(tensor.to(dtype, /*non_blocking=*/false, /*copy=*/true));
  }
  return copies;
}

double Norm(const std::vector<at::Tensor>& tensors) {
  double squares = 0;
  for (const at::Tensor& tensor : tensors) {
    const at::Tensor numbers = tensor.to(at::kDouble);
    squares += (numbers * numbers).sum().item<double>();
  }
  return std::sqrt(squares);
}

// Fills the gaps from the running statistics before and after a step, which
// moved by kBatchNormMomentum towards the batch's.
void SetGaps(const NetworkPlan& plan, const std::vector<at::Tensor>& before,
             const std::vector<at::Tensor>& after, TracedStep& step) {
  double variance_gap = 0, mean_gap = 0;
  double last_variance_gap = 0, last_mean_gap = 0;
  const auto batch = [&](size_t p) {
    return (after[p].to(at::kDouble) -
            before[p].to(at::kDouble) * (1 - kBatchNormMomentum)) /
           kBatchNormMomentum;
  };
  for (size_t p = 0; p + 1 < plan.parameters.size(); ++p) {
    if (plan.parameters[p].kind != ParameterKind::kRunningMean) continue;
    const size_t v = p + 1;  // the layer's running variance follows
    const at::Tensor variance = before[v].to(at::kDouble) + kBatchNormEpsilon;
    const double variances =
        ((batch(v).clamp_min(0) + kBatchNormEpsilon) / variance)
            .log()
            .abs()
            .max()
            .item<double>();
    const double means =
        ((batch(p) - before[p].to(at::kDouble)).abs() / variance.sqrt())
            .max()
            .item<double>();
    variance_gap = std::max(variance_gap, variances);
    mean_gap = std::max(mean_gap, means);
    if (absl::StartsWith(plan.parameters[p].name, "lastact.")) {
      last_variance_gap = variances;
      last_mean_gap = means;
    }
  }
  step.set_variance_gap(variance_gap);
  step.set_mean_gap(mean_gap);
  step.set_last_variance_gap(last_variance_gap);
  step.set_last_mean_gap(last_mean_gap);
}

double ShortcutGain(const NetworkPlan& plan,
                    const std::vector<at::Tensor>& state) {
  double gain = 1;
  for (size_t p = 0; p < plan.parameters.size(); ++p) {
    if (absl::StrContains(plan.parameters[p].name, ".downsample.")) {
      gain *= Norm({state[p]});
    }
  }
  return gain;
}

// Five digits are enough to read, and keep the file small.
double Rounded(double value) {
  double rounded = 0;
  return absl::SimpleAtod(absl::StrFormat("%.5g", value), &rounded) ? rounded
                                                                    : value;
}

void RoundNumbers(TracedStep& step) {
  step.set_loss(Rounded(step.loss()));
  step.set_accuracy(Rounded(step.accuracy()));
  step.set_clean_loss(Rounded(step.clean_loss()));
  step.set_gradient_norm(Rounded(step.gradient_norm()));
  step.set_variance_gap(Rounded(step.variance_gap()));
  step.set_mean_gap(Rounded(step.mean_gap()));
  step.set_last_variance_gap(Rounded(step.last_variance_gap()));
  step.set_last_mean_gap(Rounded(step.last_mean_gap()));
  step.set_shortcut_gain(Rounded(step.shortcut_gain()));
}

absl::StatusOr<TracedStep> NextStep(Trainer& trainer, const Dataset& dataset,
                                    uint32_t seed, const Backend& backend) {
  at::NoGradGuard no_graph;
  const NetworkPlan& plan = trainer.plan();
  const int64_t done = trainer.position().step;
  const int epoch = static_cast<int>(done / trainer.steps_per_epoch());
  const std::vector<int64_t> batch = trainer.Batch(
      ShuffledOrder(dataset.train.count(), seed, static_cast<uint32_t>(epoch)),
      done % trainer.steps_per_epoch());
  const std::vector<at::Tensor> before =
      Copies(trainer.state(), trainer.state()[0].scalar_type());
  const int64_t correct = trainer.position().correct;

  TracedStep step;
  step.set_step(static_cast<uint32_t>(done + 1));
  const std::unique_ptr<FoldedNetwork> network = backend.MakeFoldedNetwork(
      plan, Normalizer{dataset.mean, dataset.standard_deviation}, before);
  step.set_clean_loss(
      CrossEntropy(network->Logits(trainer.BatchImages(epoch, batch)),
                   trainer.BatchLabels(batch))
          .mean()
          .item<double>());
  step.set_shortcut_gain(ShortcutGain(plan, before));
  ROBBENCH_ASSIGN_OR_RETURN(const TrainingProgress progress,
                            trainer.NextStep());
  step.set_loss(progress.loss);
  // After an epoch's last step the count starts anew and is in its record.
  const double images = static_cast<double>(batch.size());
  step.set_accuracy(
      progress.finished.has_value()
          ? progress.finished->accuracy() *
                    static_cast<double>(dataset.train.count()) / images -
                static_cast<double>(correct) / images
          : static_cast<double>(trainer.position().correct - correct) / images);
  step.set_gradient_norm(Norm(trainer.last_gradients()));
  SetGaps(plan, before, trainer.state(), step);
  RoundNumbers(step);
  return step;
}

absl::Status Run(const std::vector<std::string>& arguments) {
  const std::string dataset_path = absl::GetFlag(FLAGS_dataset);
  const std::string recipe_path = absl::GetFlag(FLAGS_recipe);
  const std::string checkpoint_path = absl::GetFlag(FLAGS_checkpoint);
  const std::string arithmetic = absl::GetFlag(FLAGS_arithmetic);
  const uint32_t seed = absl::GetFlag(FLAGS_seed);
  if (!arguments.empty()) {
    return UsageError("unexpected argument \"" + arguments[0] + "\"");
  }
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("dataset", dataset_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("cell", absl::GetFlag(FLAGS_cell)));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("recipe", recipe_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("checkpoint", checkpoint_path));
  ROBBENCH_RETURN_IF_ERROR(
      RequireFlag("trace_out", absl::GetFlag(FLAGS_trace_out)));
  ROBBENCH_ASSIGN_OR_RETURN(const TrainerOptions options,
                            OptionsFor(arithmetic));
  ROBBENCH_ASSIGN_OR_RETURN(
      OutputFiles outputs,
      OutputFiles::Open({absl::GetFlag(FLAGS_trace_out)},
                        {dataset_path, recipe_path, checkpoint_path}));
  ROBBENCH_ASSIGN_OR_RETURN(const Cell cell,
                            ParseCell(absl::GetFlag(FLAGS_cell)));
  ROBBENCH_ASSIGN_OR_RETURN(const TextProtoFile<Recipe> recipe,
                            ReadTextProto<Recipe>(recipe_path));
  ROBBENCH_RETURN_IF_ERROR(CheckRecipe(recipe_path, recipe.message));
  ROBBENCH_ASSIGN_OR_RETURN(const NumericDevice device,
                            EnterDevice("cpu", kProfile));
  ROBBENCH_ASSIGN_OR_RETURN(const SafetensorsFile dataset_file,
                            SafetensorsFile::Read(dataset_path));
  ROBBENCH_ASSIGN_OR_RETURN(const Dataset dataset, ParseDataset(dataset_file));
  ROBBENCH_ASSIGN_OR_RETURN(const SafetensorsFile checkpoint,
                            SafetensorsFile::Read(checkpoint_path));
  ROBBENCH_ASSIGN_OR_RETURN(
      const NetworkPlan plan,
      MakeNetworkPlan(cell, SkeletonFor(recipe.message.skeleton(), dataset)));

  StepTrace trace;
  *trace.mutable_provenance() =
      MakeProvenance("training:trace_training", device.profile.name,
                     {{"dataset", dataset_file.bytes()},
                      {"recipe", recipe.bytes},
                      {"checkpoint", checkpoint.bytes()}});
  *trace.mutable_cell() = MakeCellIdentity(cell);
  trace.set_seed(seed);
  trace.set_arithmetic(arithmetic);
  trace.set_attack_seed(options.attack_seed.value_or(seed));
  ROBBENCH_RETURN_IF_ERROR(CatchTorchErrors("training", [&]() -> absl::Status {
    Trainer trainer(plan, dataset, recipe.message, seed, options);
    TrainRecord record;
    ROBBENCH_RETURN_IF_ERROR(ResumeFrom(checkpoint, trainer, record));
    trainer.Resume(Copies(trainer.state(), options.dtype),
                   Copies(trainer.optimizer().velocity(), options.dtype),
                   trainer.position());
    for (uint32_t i = 0; i < absl::GetFlag(FLAGS_steps) && !trainer.Done();
         ++i) {
      ROBBENCH_ASSIGN_OR_RETURN(
          *trace.add_steps(),
          NextStep(trainer, dataset, seed, *options.backend));
      const TracedStep& step = trace.steps(static_cast<int>(i));
      std::cerr << absl::StrFormat(
          "step %d: loss %.4f, gradient norm %.3g, gaps of variance %.2f and "
          "mean %.2f\n",
          step.step(), step.loss(), step.gradient_norm(), step.variance_gap(),
          step.mean_gap());
    }
    return absl::OkStatus();
  }));
  std::string text;
  google::protobuf::TextFormat::PrintToString(trace, &text);
  outputs.Add(absl::GetFlag(FLAGS_trace_out),
              absl::StrCat("# proto-file: training/trace/step_trace.proto\n"
                           "# proto-message: StepTrace\n",
                           text));
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(
      argc, argv,
      "Goes on from a checkpoint of a training and writes what each step saw.\n"
      "Example: trace_training --dataset=d.dataset.safetensors --cell=199 "
      "--recipe=recipe.textproto --checkpoint=000000004900-SHA256.safetensors "
      "--steps=100 --arithmetic=float64_libtorch --attack_seed=1 "
      "--trace_out=trace.textproto",
      robbench::Run);
}
