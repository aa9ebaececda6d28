#include "ntk/proxies/score_proxies.h"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "nas/base/record.h"
#include "nas/base/safetensors.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"
#include "nas/cell_counts.h"
#include "nas/cell_identity.h"
#include "nas/cost.h"
#include "nas/network/network.h"
#include "nas/network/torch_boundary.h"
#include "nas/network_plan.h"
#include "ntk/image_choice.h"
#include "ntk/proxies/image_scores.h"
#include "ntk/proxies/proxy_spec.h"
#include "training/dataset/dataset.h"
#include "training/dataset/image_tensors.h"

namespace robbench {
namespace {

void AddCounts(const NetworkPlan& plan, ProxyRecord& record) {
  const auto add = [&](const std::string& name, double value) {
    ProxyScore& score = *record.add_scores();
    score.set_score(name);
    score.set_value(value);
  };
  const Cost cost = CountCost(plan);
  add("parameters", static_cast<double>(cost.parameters));
  add("multiply_adds", static_cast<double>(cost.multiply_adds));
  for (const auto& [name, count] : NamedCounts(plan.cell)) add(name, count);
}

void AddFlags(const NetworkPlan& plan, ProxyRecord& record) {
  // The walk back from the logits does not reach the image.
  if (!plan.layers.front().live) record.add_flags("dead_cell");
  const int images = static_cast<int>(record.spec().images());
  if (images == 1) record.add_flags("one_image");
  if (images < plan.size.classes) record.add_flags("more_classes_than_images");
  for (const ProxyScore& score : record.scores()) {
    if (std::isfinite(score.value())) continue;
    record.add_flags(absl::StrCat("not_finite_", score.score(),
                                  score.has_images() ? "_" : "",
                                  score.images()));
  }
  std::sort(record.mutable_flags()->begin(), record.mutable_flags()->end());
}

}  // namespace

absl::StatusOr<ProxyResult> ScoreProxies(const ProxyJob& job) {
  ROBBENCH_ASSIGN_OR_RETURN(const Cell cell, ParseCell(job.cell));
  ROBBENCH_ASSIGN_OR_RETURN(const TextProtoFile<ProxySpec> spec,
                            ReadTextProto<ProxySpec>(job.spec));
  ROBBENCH_ASSIGN_OR_RETURN(const SafetensorsFile dataset_file,
                            SafetensorsFile::Read(job.dataset));
  ROBBENCH_ASSIGN_OR_RETURN(const Dataset dataset, ParseDataset(dataset_file));
  ROBBENCH_RETURN_IF_ERROR(CheckProxySpec(job.spec, spec.message, dataset));
  // MakeNetworkPlan refuses what is out of range; this only keeps the
  // conversion from overflowing.
  const auto clamped = [](uint32_t value) {
    return static_cast<int>(std::min<uint32_t>(value, 1 << 30));
  };
  const Skeleton& skeleton = spec.message.skeleton();
  ROBBENCH_ASSIGN_OR_RETURN(
      const NetworkPlan plan,
      MakeNetworkPlan(cell,
                      {.channels = clamped(skeleton.channels()),
                       .cells_per_stage = clamped(skeleton.cells_per_stage()),
                       .image_channels = dataset.channels,
                       .image_size = dataset.image_size,
                       .classes = dataset.classes}));
  ROBBENCH_ASSIGN_OR_RETURN(
      const std::vector<int64_t> samples,
      BalancedImages(job.spec, dataset.test, dataset.classes,
                     spec.message.images(), job.seed));

  ProxyResult result{.warnings = ProxySpecWarnings(spec.message)};
  ProxyRecord& record = result.record;
  *record.mutable_provenance() =
      MakeProvenance("ntk:score_proxies", job.profile,
                     {{"dataset", dataset_file.bytes()}, {"spec", spec.bytes}});
  record.set_dataset(dataset.name);
  *record.mutable_cell() = MakeCellIdentity(cell);
  record.set_seed(job.seed);
  *record.mutable_spec() = ResolveProxySpec(spec.message, dataset.classes);
  AddCounts(plan, record);
  ROBBENCH_ASSIGN_OR_RETURN(
      const std::vector<ProxyScore> scores,
      CatchTorchErrors(
          absl::StrCat("scores of cell ", record.cell().index(), " ",
                       record.cell().code(), ", seed ", job.seed),
          [&] {
            const at::Device device(job.device);
            const ProxyInputs inputs{
                .plan = plan,
                .normalizer = {dataset.mean, dataset.standard_deviation},
                .state = ToDevice(InitialState(plan, job.seed), device),
                .images =
                    ImageTensor(dataset, dataset.test, samples).to(device),
                .labels = LabelTensor(dataset.test, samples).to(device),
                .samples = samples,
                .seed = job.seed};
            return ImageScores(inputs, AttackedImages(inputs, record.spec()),
                               record.spec());
          }));
  for (const ProxyScore& score : scores) *record.add_scores() = score;
  AddFlags(plan, record);
  return result;
}

}  // namespace robbench
